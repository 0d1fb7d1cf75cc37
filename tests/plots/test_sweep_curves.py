"""Survival curves and fan charts of sweeps."""

from __future__ import annotations

import numpy as np
import pytest
from plots.looks import legend, line, words
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
from cascade_sim.metrics.branching import wilson
from cascade_sim.plots.style import drawing_style, new_picture
from cascade_sim.plots.survival_curves import MOST_CURVES
from cascade_sim.plots.sweep_reading import PictureError

SELL = "flow.orders.0.sell"


def panel(figure):
    return figure.axes[1]


def at(drawn, value):
    """The height of a line of steps at a value."""
    x, y = drawn.get_data()
    return y[np.searchsorted(x, value, side="left") - 1]


def one_key(falls, **settings):
    """A sweep over one key with these falls, one list a value."""
    runs = iter([fall for each in falls.values() for fall in each])
    count = len(next(iter(falls.values())))
    return sweep_result({SELL: list(falls)}, lambda rng, sell: next(runs), replicates=count, **settings)


def test_a_curve_is_the_share_of_runs_at_least_as_large():
    figure = plots.survival_curves(one_key({1e6: [0.1, 0.2, 0.2, 0.4], 2e6: [0.3, 0.3, 0.3, 0.3]}))
    drawn = line(figure, "1M")
    for value, share in ((0.05, 1.0), (0.1, 1.0), (0.11, 0.75), (0.2, 0.75), (0.3, 0.25), (0.4, 0.25), (0.401, 0.0)):
        assert at(drawn, value) == share


def test_bands_are_wilson_s_intervals():
    figure = plots.survival_curves(one_key({1e6: [0.1, 0.2, 0.2, 0.4]}), by="point")
    corners = panel(figure).collections[0].get_paths()[0].vertices
    inside = corners[(corners[:, 0] > 0.1) & (corners[:, 0] < 0.3)]
    low, high = wilson(0.75, 4)
    assert inside[:, 1].min() == pytest.approx(wilson(0.25, 4)[0])
    assert {low, high} <= set(inside[:, 1])
    assert "pointwise 95 % intervals (Wilson)" in words(figure)


def test_of_many_values_eight_are_drawn_and_that_is_said():
    figure = plots.survival_curves(shock_sweep(replicates=3))
    assert len([name for name in legend(panel(figure)) if "cascade" not in name]) == MOST_CURVES
    assert "8 of 11 values are drawn." in words(figure)
    assert {"10M", "320M"} <= set(legend(panel(figure)))


def test_values_drawn_at_random_are_gathered_into_ranges():
    rng = np.random.default_rng(2)
    result = sweep_result({SELL: list(rng.uniform(1e6, 11e6, 60))}, lambda rng, sell: sell / 1e8, replicates=1)
    names = [name for name in legend(panel(plots.survival_curves(result))) if "cascade" not in name]
    assert len(names) == 5
    assert names[0].split(" – ")[1] == names[1].split(" – ")[0]


def test_amounts_over_many_sizes_get_logarithmic_axes_and_zeros_are_named():
    result = one_key({1e6: [0.0501, 0.2, 0.4, 0.9] * 12, 2e6: [0.01] * 48})
    figure = plots.survival_curves(result, "liquidated_notional")
    assert (panel(figure).get_xscale(), panel(figure).get_yscale()) == ("log", "log")
    assert "0 in every run: 2M." in words(figure)
    assert panel(figure).get_xlabel() == "notional liquidated, USD"


def test_the_threshold_is_marked_on_falls_only():
    assert "a cascade: 20 %" in legend(panel(plots.survival_curves(shock_sweep(replicates=4))))
    assert "a cascade" not in words(plots.survival_curves(shock_sweep(replicates=4), "liquidated_notional"))


def test_runs_at_other_keys_are_pooled_only_if_asked():
    result = leverage_sweep(replicates=1)
    with pytest.raises(PictureError, match=r"select with where=.*average=True"):
        plots.survival_curves(result, by=LEVERAGE)
    assert f"Pooled over {DEPTH}." in words(plots.survival_curves(result, by=LEVERAGE, average=True))
    cut = words(plots.survival_curves(result, where={LEVERAGE: 25.0}))
    assert f"Runs by {DEPTH}" in cut


def test_bands_of_the_fan_hold_half_and_nine_tenths_of_the_runs():
    runs = list(np.linspace(0.0, 0.5, 101))
    figure = plots.fan_chart(one_key({1e6: runs, 2e6: runs}))
    outer, inner = (each.get_paths()[0].vertices[:, 1] for each in panel(figure).collections[:2])
    assert (outer.min(), outer.max()) == pytest.approx((0.025, 0.475))
    assert (inner.min(), inner.max()) == pytest.approx((0.125, 0.375))
    np.testing.assert_allclose(line(figure, "median").get_ydata(), 0.25)


def test_the_cliff_stands_where_the_share_of_cascades_crosses_one_half():
    falls = {1e6: [0.1, 0.1, 0.1, 0.1], 1e7: [0.1, 0.1, 0.1, 0.3], 1e8: [0.1, 0.3, 0.3, 0.3]}
    drawn = line(plots.fan_chart(one_key(falls)), "half cascade near 31.6M")
    assert drawn.get_xdata()[0] == pytest.approx(10**7.5)


def test_without_a_crossing_there_is_no_cliff():
    assert "half cascade" not in words(plots.fan_chart(one_key({1e6: [0.1, 0.1], 2e6: [0.1, 0.15]})))


def test_of_cascades_the_share_is_drawn_with_its_interval():
    figure = plots.fan_chart(one_key({1e6: [0.1, 0.3], 2e6: [0.3, 0.3]}), value="cascade")
    np.testing.assert_allclose(line(figure, "share").get_ydata(), [0.5, 1.0])
    assert "95 % interval (Wilson)" in legend(panel(figure))


def test_runs_are_dots_and_failed_ones_are_counted():
    figure = plots.fan_chart(one_key({1e6: [0.1, None, 0.2], 2e6: [None, None, 0.4]}))
    assert "Failed and left out: 3, most of them (2) at 2M." in words(figure)
    dots = [each for each in panel(figure).lines if each.get_alpha() == 0.28]
    assert dots[0].get_xdata().size == 3


def test_a_fan_needs_numbers():
    with pytest.raises(PictureError, match="are words; survival_curves"):
        plots.fan_chart(venue_sweep(replicates=1), "exchange.extends")


EDGES = {
    "failed": sweep_result({SELL: [1e6, 2e6]}, lambda rng, sell: None, replicates=2),
    "empty": sweep_result({SELL: [1e6, 2e6]}, lambda rng, sell: 0.1, replicates=0),
    "one": sweep_result({SELL: [1e6]}, lambda rng, sell: 0.1, replicates=1),
    "nothing": sweep_result({SELL: [1e6, 2e6]}, lambda rng, sell: 0.0, replicates=2),
    "shock": shock_sweep(replicates=6),
}


@pytest.mark.parametrize(("name", "width"), [*((name, 3.4) for name in EDGES), ("shock", None), ("one", None)])
def test_curves_and_fans_can_be_read_at_any_width(name, width):
    for picture in (plots.survival_curves, plots.fan_chart):
        figure = picture(EDGES[name], width=width)
        assert unreadable(figure) == []
        if name in ("failed", "empty"):
            assert ("every run failed" if name == "failed" else "no run") in words(figure)


def test_curves_by_venue_can_be_read():
    figure = plots.survival_curves(venue_sweep(replicates=3), by="exchange.extends", average=True, width=3.4)
    assert unreadable(figure) == []
    assert "Left out: 6 runs without a value." in words(figure)


def test_both_fit_into_places_of_another_figure():
    with drawing_style():
        figure = new_picture(10.0, 4.2)
        first, second = figure.subplots(1, 2)
        plots.survival_curves(shock_sweep(replicates=4), ax=first)
        plots.fan_chart(shock_sweep(replicates=4), ax=second)
    assert unreadable(figure) == []


def test_sizes_of_a_sweep_are_those_of_its_runs():
    result = sweep_result({LEVERAGE: [5.0, 40.0], DEPTH: [1e7]}, leverage_fall, replicates=4)
    figure = plots.cascade_sizes(result)
    counts = result.frame["liquidated_count"]
    np.testing.assert_array_equal(line(figure, "cascades").get_xdata(), np.unique(counts[counts > 0]))
    assert "Each run counts as one cascade." in words(figure)
    del result.frame["liquidated_count"]
    with pytest.raises(ValueError, match="no output liquidated_count"):
        plots.cascade_sizes(result)
