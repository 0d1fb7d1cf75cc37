from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cascade_sim import plots
from cascade_sim.plots import style

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB
SIGHT = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
TOGETHER = {
    "price": (style.MARK, style.INDEX, style.COUNTERFACTUAL),
    "liquidations": (style.LONG, style.SHORT, style.INK, style.DELEVERAGED),
    "book": (style.DEPTH, style.SPREAD),
    "both sides of the book": (style.BID, style.ASK, style.SPREAD),
    "not the sides of the crowd": (style.BID, style.ASK, style.LONG, style.SHORT),
    "backstop": (style.FUND, style.BAD_DEBT, style.INVENTORY, style.DELEVERAGED, style.VAULT),
    "turnover": (style.ENTRIES, style.EXITS),
    "runs": style.RUNS,
    "leverage": (*style.LEVERAGE_RAMP, style.NO_LEVERAGE),
    "map": (style.LONG, style.SHORT, style.INK),
    "paid": (style.COLLATERAL, style.FUND, style.DELEVERAGED, style.SOCIALISED, style.BAD_DEBT),
    "received": (style.DEPTH, style.FUND, style.INVENTORY),
    "sizes": (style.OPEN_INTEREST, style.INK, style.INDEX),
}


def lab(colour: str, sight: str) -> np.ndarray:
    """CIE L*a*b* of a colour as somebody with that sight sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.asarray(SIGHT[sight]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = (np.asarray(to_xyz) @ linear) / [0.9505, 1.0, 1.089]
    fx, fy, fz = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("panel", TOGETHER)
def test_colours_that_meet_in_a_panel_stay_apart_for_every_sight(panel, sight):
    for one, other in itertools.combinations(TOGETHER[panel], 2):
        assert np.linalg.norm(lab(one, sight) - lab(other, sight)) > 12, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
def test_no_run_has_the_colour_of_longs_or_shorts_for_any_sight(sight):
    for run, side in itertools.product(style.RUNS, (style.LONG, style.SHORT)):
        assert np.linalg.norm(lab(run, sight) - lab(side, sight)) > 12, (run, side)


def test_runs_can_be_told_apart_without_colour():
    assert len(set(style.RUN_DASHES)) == len(style.RUNS) == len(style.RUN_DASHES)


def test_long_and_short_have_the_same_colours_in_every_figure(crash):
    timeline, map_ = plots.timeline(crash), plots.liquidation_map(crash)
    bars = next(ax for ax in timeline.axes if ax.get_title(loc="left") == "Liquidations").containers
    drawn = {bar.get_label().split()[0]: mpl.colors.to_hex(bar.patches[0].get_facecolor()) for bar in bars}
    lines = {line.get_label().split(",")[0]: line.get_color() for line in map_.axes[-1].lines}
    assert drawn["longs"] == lines["longs"] == style.LONG
    assert drawn["shorts"] == lines["shorts"] == style.SHORT


def test_drawing_leaves_the_global_settings_as_they_were(crash, tmp_path):
    with mpl.rc_context({"font.size": 31.0, "axes.facecolor": "black", "text.color": "white", "savefig.dpi": 17}):
        before = dict(mpl.rcParams)
        plots.save(plots.timeline(crash), tmp_path / "timeline.png")
        plots.save(plots.liquidation_map(crash), tmp_path / "map.png")
        plots.timeline(crash)._repr_png_()
        assert dict(mpl.rcParams) == before


def test_the_readers_own_style_does_not_change_the_picture(small, tmp_path):
    plain = plots.save(plots.timeline(small), tmp_path / "plain.png").read_bytes()
    dark = {"axes.facecolor": "black", "text.color": "white", "font.size": 20.0, "lines.linewidth": 9.0}
    with mpl.rc_context({**dark, "savefig.transparent": True, "savefig.bbox": "tight", "axes.grid": True}):
        styled = plots.save(plots.timeline(small), tmp_path / "styled.png").read_bytes()
    assert plain == styled


def test_pictures_need_no_pyplot_and_the_package_needs_no_matplotlib():
    script = (
        "import sys, cascade_sim; assert 'matplotlib' not in sys.modules;"
        "import cascade_sim.plots; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_notebook_shows_the_picture_at_twice_the_resolution(small):
    figure = plots.timeline(small)
    png, size = figure._repr_png_()
    assert png.startswith(b"\x89PNG")
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    assert (width, height) == (2 * size["width"], 2 * size["height"])
    assert size["width"] == 1000
