"""Tornado and Sobol bars, and the album of a sweep."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plots.looks import words
from plots.pictured_sweeps import (
    DEPTH,
    LEVERAGE,
    leverage_fall,
    leverage_sweep,
    shock_sweep,
    sweep_result,
    venue_sweep,
)
from plots.readable import unreadable

from cascade_sim import plots
from cascade_sim.errors import CascadeError
from cascade_sim.plots.key_bars import tail_of
from cascade_sim.plots.style import drawing_style, new_picture
from cascade_sim.plots.sweep_album import SWEEP_ALBUM, SWEEP_ENTRIES, pictures_of_sweep
from cascade_sim.plots.sweep_reading import PictureError

KEYS = [DEPTH, LEVERAGE, "flow.orders.0.sell", "exchange.extends"]
SWINGS = pd.DataFrame(
    {
        "key": KEYS,
        "low_value": [5e6, 5.0, 1e7, "venues/okx"],
        "high_value": [8e7, 50.0, 9e7, "venues/bybit"],
        "at_low": [0.6, 0.04, 0.12, 0.2],
        "at_high": [0.05, 0.7, 0.33, 0.21],
        "base": 0.2,
    }
)
INDICES = pd.DataFrame(
    {
        "key": KEYS,
        "S1": [0.22, 0.5, 0.05, -0.01],
        "S1_conf": [0.05, 0.06, 0.04, 0.02],
        "ST": [0.41, 0.68, 0.07, 0.004],
        "ST_conf": [0.06, 0.07, 0.03, 0.002],
    }
)


def panel(figure):
    return figure.axes[1]


def bars(figure):
    """Left end, right end and height of each bar, in the order drawn."""
    return [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y()) for bar in panel(figure).patches]


def names(figure):
    return [label.get_text() for label in panel(figure).get_yticklabels()]


def test_bars_of_a_tornado_reach_from_the_base_to_both_ends_the_widest_on_top():
    figure = plots.tornado(SWINGS)
    assert names(figure) == ["exchange.extends", "flow.orders.0.sell", DEPTH, LEVERAGE]
    found = bars(figure)
    assert found[3][:2] == pytest.approx((0.2, 0.04))
    assert found[7][:2] == pytest.approx((0.2, 0.7))
    assert {"5M", "80M", "venues/okx"} <= {text.get_text() for text in panel(figure).texts}


def test_a_sweep_is_asked_for_its_own_tables():
    result = leverage_sweep(replicates=1)
    swings = SWINGS.set_index("key").rename(
        columns={"low_value": "low_at", "high_value": "high_at", "at_low": "low", "at_high": "high"}
    )
    swings.attrs = {"base": 0.2, "rule": "tenths"}
    result.tornado = lambda value: swings.drop(columns="base")
    result.sobol = lambda value: INDICES.set_index("key")
    figure = plots.tornado(result)
    assert bars(figure) == bars(plots.tornado(SWINGS))
    assert "Means over the tenths of points" in words(figure)
    assert panel(figure).get_xlabel() == "largest fall of the mark"
    assert bars(plots.sobol_bars(result)) == bars(plots.sobol_bars(INDICES))


def test_sobol_bars_are_both_indices_with_their_intervals_the_largest_total_on_top():
    figure = plots.sobol_bars(INDICES)
    assert names(figure)[-1] == LEVERAGE
    lengths = [right for _, right, _ in bars(figure)]
    assert lengths == pytest.approx([-0.01, 0.05, 0.22, 0.5, 0.004, 0.07, 0.41, 0.68])
    first, total = (group for group in panel(figure).collections if len(group.get_segments()) == 4)
    np.testing.assert_allclose(first.get_segments()[-1][:, 0], [0.44, 0.56])
    np.testing.assert_allclose(total.get_segments()[-1][:, 0], [0.61, 0.75])
    assert "24 %" in words(figure)
    assert "interactions" in words(figure)


def test_keys_without_a_value_are_named_below():
    figure = plots.tornado(SWINGS.assign(at_high=[0.05, np.nan, 0.33, 0.21]))
    assert f"Without a value, and not drawn: {LEVERAGE}." in words(figure)
    assert "no key whose two ends" in words(plots.tornado(SWINGS.iloc[:0]))


def test_a_key_within_a_list_keeps_the_list_s_name():
    assert tail_of("market.index.path.points.2.1") == "points.2.1"
    assert tail_of("flow.orders.0.sell") == "orders.0.sell"
    assert tail_of("crowd.longs.leverage.mean") == "leverage.mean"
    assert tail_of("seed") == "seed"


def test_what_a_sweep_cannot_compute_stands_in_the_picture():
    def constant(value):
        raise CascadeError("max_drawdown is the same at every point")

    result = leverage_sweep(replicates=1)
    result.sobol = constant
    assert "max_drawdown is the same at every point" in words(plots.sobol_bars(result))


def test_a_table_without_a_column_is_refused():
    with pytest.raises(PictureError, match="no column at_low"):
        plots.tornado(SWINGS.drop(columns="at_low"))


@pytest.mark.parametrize("width", [None, 3.4])
def test_bars_can_be_read_at_any_width(width):
    result = leverage_sweep(replicates=1)
    for picture, table in ((plots.tornado, SWINGS), (plots.sobol_bars, INDICES)):
        for rows in (table,) if width is None else (table, table.iloc[:1], table.iloc[:0]):
            assert unreadable(picture(rows, result=result, width=width)) == []


def test_bars_fit_into_places_of_another_figure():
    with drawing_style():
        figure = new_picture(12.0, 4.2)
        first, second = figure.subplots(1, 2, gridspec_kw={"wspace": 0.4})
        plots.tornado(SWINGS, ax=first)
        plots.sobol_bars(INDICES, ax=second)
    assert unreadable(figure) == []


def one_run():
    return sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, leverage_fall, replicates=1)


def names_only():
    values = {"exchange.extends": ["venues/okx", "venues/bybit"]}
    return sweep_result(values, lambda rng, extends: 0.1, replicates=3)


@pytest.mark.parametrize(
    ("result", "pictures"),
    [
        (leverage_sweep(replicates=2), ["sweep_map", "survival_curves", "tornado"]),
        (venue_sweep(replicates=2), ["sweep_map", "survival_curves", "tornado"]),
        (shock_sweep(replicates=2), ["fan_chart", "survival_curves"]),
        (names_only(), ["survival_curves"]),
        (one_run(), ["sweep_map", "tornado"]),
        (leverage_sweep(replicates=0), ["sweep_map", "tornado"]),
    ],
    ids=["two numbers", "words", "one number", "one word", "one run", "empty"],
)
def test_the_design_decides_which_pictures_a_sweep_has(result, pictures):
    assert list(pictures_of_sweep(result)) == pictures


def test_a_sobol_design_has_its_bars():
    result = one_run()
    result.sweep = SimpleNamespace(**{**vars(result.sweep), "design": "sobol"})
    assert "sobol_bars" in pictures_of_sweep(result)


@pytest.mark.parametrize("name", list(SWEEP_ALBUM))
def test_every_picture_of_the_album_draws_itself_and_says_what_it_shows(name):
    result = shock_sweep(replicates=3) if name == "fan_chart" else leverage_sweep(replicates=2)
    result.tornado, result.sobol = lambda value: SWINGS.assign(swing=0.1), lambda value: INDICES
    entry = SWEEP_ALBUM[name]
    if name == "sweep_map":
        result.scenario_at = lambda point: result.sweep.base.with_overrides({"flow.orders": []})
    assert unreadable(entry.draw(result, 3.4)) == []
    assert entry.finding(result).endswith(".")


def test_headings_and_ways_to_read_are_one_sentence_each_and_all_different():
    assert len({entry.heading for entry in SWEEP_ENTRIES}) == len({entry.reading for entry in SWEEP_ENTRIES}) == 5
    for entry in SWEEP_ENTRIES:
        assert entry.reading.endswith(".")
        assert entry.reading.count(". ") == 0


def test_the_words_of_the_map_and_the_fan_say_where_the_cliff_is():
    assert "at least half of them at 1 of 4 points." in SWEEP_ALBUM["sweep_map"].finding(
        sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1.0, 2.0]}, lambda rng, mean, notional: 0.03 * mean / notional)
    )
    shock = sweep_result({"flow.orders.0.sell": [1e6, 3e6]}, lambda rng, sell: sell / 1e7, name="Shock")
    assert SWEEP_ALBUM["fan_chart"].finding(shock) == (
        "Half of the runs fall by 20 % or more at flow.orders.0.sell = 2M."
    )
