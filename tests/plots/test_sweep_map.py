from __future__ import annotations

import numpy as np
import pytest
from plots.looks import legend, line, words
from plots.pictured_sweeps import (
    DEPTH,
    LEVERAGE,
    OPEN_INTEREST,
    VENUES,
    leverage_fall,
    leverage_sweep,
    sweep_result,
    uniform_sweep,
    venue_sweep,
)
from plots.readable import unreadable

from cascade_sim import plots
from cascade_sim.plots.style import drawing_style, new_picture
from cascade_sim.plots.sweep_axis import SweepAxis
from cascade_sim.plots.sweep_cells import cells_of
from cascade_sim.plots.sweep_lines import field_of_cells, level_lines
from cascade_sim.plots.sweep_map import _colours
from cascade_sim.plots.sweep_reading import PictureError
from cascade_sim.plots.sweep_theory import theory_of


def ax_map(figure):
    return figure.axes[1]


def mesh(figure):
    (found,) = [each for each in ax_map(figure).collections if hasattr(each, "get_coordinates")]
    return found


def theory_lines(figure, label):
    """All lines drawn in the look of the one with this label."""
    first = line(figure, label)
    same = [each for each in ax_map(figure).lines if each.get_color() == first.get_color()]
    return np.concatenate([each.get_xydata() for each in same])


def test_cells_show_the_share_of_cascades_of_their_runs():
    result = leverage_sweep(replicates=4)
    figure = plots.sweep_map(result, theory=False)
    share = result.frame.groupby([DEPTH, LEVERAGE])["cascade"].mean().to_numpy()
    np.testing.assert_allclose(mesh(figure).get_array().ravel(), share)
    assert "4 runs a cell" in words(figure)


@pytest.mark.parametrize(("statistic", "by_hand"), [("median", "median"), ("max", "max"), (0.9, 0.9)])
def test_cells_show_the_statistic_of_the_output_asked_for(statistic, by_hand):
    result = leverage_sweep(replicates=5)
    grouped = result.frame.groupby([DEPTH, LEVERAGE])["max_drawdown"]
    expected = grouped.quantile(by_hand) if isinstance(by_hand, float) else getattr(grouped, by_hand)()
    figure = plots.sweep_map(result, value="max_drawdown", statistic=statistic, theory=False)
    np.testing.assert_allclose(mesh(figure).get_array().ravel(), expected)


def test_cells_meet_half_way_between_values_in_the_measure_of_their_axis():
    result = sweep_result({LEVERAGE: [5.0, 10.0, 30.0], DEPTH: [1e6, 1e7, 1e8]}, leverage_fall, replicates=1)
    figure = plots.sweep_map(result, theory=False)
    corners = mesh(figure).get_coordinates()
    assert (ax_map(figure).get_xscale(), ax_map(figure).get_yscale()) == ("linear", "log")
    np.testing.assert_allclose(corners[0, :, 0], [2.5, 7.5, 20.0, 40.0])
    np.testing.assert_allclose(corners[:, 0, 1], 10.0 ** np.array([5.5, 6.5, 7.5, 8.5]))


def test_the_line_r_is_one_lies_where_the_closed_form_says():
    figure = plots.sweep_map(uniform_sweep(replicates=1))
    interest, depth = theory_lines(figure, "theory: R = 1").T
    # R = OI / (span D) with a span of 50 % and D = notional / 1 % per unit of log price.
    ratio = interest / 0.5 / (depth / 0.01)
    assert interest.size > 10
    np.testing.assert_allclose(ratio, 1.0, rtol=1e-9)


def test_theory_says_where_the_fall_reaches_the_threshold_at_every_place_it_is_asked_about():
    result = uniform_sweep(replicates=1)
    cells = cells_of(result, OPEN_INTEREST, DEPTH, "cascade", "mean", None, False)
    fall = theory_of(result, cells, demanded=False).fall
    assert fall.z.shape == (9, 9)
    density, rho = np.exp(fall.y)[:, None] / 0.01, np.exp(fall.x)[None, :] / 0.5
    # y = Q / (D - rho) reaches the threshold where R = 1 - Q / (D threshold).
    beyond = rho / density - (1.0 - 20e6 / density / -np.log(0.8))
    clear = np.abs(beyond) > 0.02
    assert clear.sum() > 70
    np.testing.assert_array_equal((fall.z > 0.0)[clear], (beyond > 0.0)[clear])


def test_colours_darken_evenly_enough_to_be_read_in_grey():
    red, green, blue, _ = _colours()(np.linspace(0.0, 1.0, 64)).T
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert np.diff(grey).max() < 0.0
    assert grey[0] - grey[-1] > 0.7


def test_between_cells_a_line_is_linear_in_the_measure_of_the_axes():
    x, y = SweepAxis("x", [1.0, 10.0, 100.0], "log"), SweepAxis("y", [1.0, 2.0, 4.0], "linear")
    z = np.log10(np.array([1.0, 10.0, 100.0]))[None, :] + np.zeros((3, 1))
    (found,) = level_lines(x, y, field_of_cells(x, y, z), 0.5)
    np.testing.assert_allclose(found[:, 0], 10**0.5)
    assert (found[:, 1].min(), found[:, 1].max()) == (0.5, 5.0)


def test_along_words_each_row_has_a_crossing_of_its_own():
    x, y = SweepAxis("x", [0.0, 1.0], "linear"), SweepAxis("y", ["one", "two"], "words")
    z = np.array([[0.0, 1.0], [0.4, 0.6]])
    lines = level_lines(x, y, field_of_cells(x, y, z), 0.5)
    np.testing.assert_allclose(lines, [[[0.5, -0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 1.5]]])


def test_the_cliff_of_the_runs_is_drawn_and_named():
    figure = plots.sweep_map(leverage_sweep(replicates=6), theory=False)
    half = line(figure, "half of the runs cascade")
    assert half.get_xdata().size > 3
    assert "theory" not in words(figure)


def test_theory_demanded_where_it_says_nothing_is_refused_with_the_reason():
    without = uniform_sweep(replicates=1)
    base = without.sweep.base.with_overrides({"flow.orders": []})
    without.scenario_at = lambda point: base.with_overrides(without.overrides[point])
    with pytest.raises(PictureError, match="no order that would start a fall"):
        plots.sweep_map(without, theory=True)
    assert "No line of theory: it has no order" in words(plots.sweep_map(without))


def test_what_theory_leaves_out_stands_below_the_map():
    result = uniform_sweep(replicates=1)
    base = result.sweep.base.with_overrides({"market.book.refill.half_life": "10s"})
    result.scenario_at = lambda point: base.with_overrides(result.overrides[point])
    said = words(plots.sweep_map(result))
    assert "that of the block book: what is eaten stays eaten; it leaves out refill." in said


def three_keys(**settings):
    values = {LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 4e7], "flow.orders.0.sell": [1e7, 5e7]}
    return sweep_result(values, lambda rng, mean, notional, sell: min(0.01 * mean * sell / 1e7, 0.9), **settings)


def test_a_third_key_is_selected_or_averaged_over_but_never_silently():
    result = three_keys()
    with pytest.raises(PictureError, match=r"flow.orders.0.sell varies too: select with where=.*average=True"):
        plots.sweep_map(result)
    cut = plots.sweep_map(result, where={"flow.orders.0.sell": 5e7}, value="max_drawdown")
    np.testing.assert_allclose(mesh(cut).get_array().ravel(), [0.25, 0.5, 0.25, 0.5])
    mean = plots.sweep_map(result, average=True, value="max_drawdown")
    np.testing.assert_allclose(mesh(mean).get_array().ravel(), [0.15, 0.3, 0.15, 0.3])
    assert "Averaged over flow.orders.0.sell." in words(mean)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"x": "crowd.shorts.leverage"}, "does not vary 'crowd.shorts.leverage'; it varies crowd.longs"),
        ({"x": LEVERAGE, "y": LEVERAGE}, "needs two keys, not"),
        ({"value": "drawdown"}, "no output 'drawdown'; it has cascade, max_drawdown"),
        ({"value": "max_drawdown", "statistic": "average"}, "statistic must be one of mean"),
        ({"value": "max_drawdown", "statistic": 1.5}, "a quantile lies between 0 and 1"),
        ({"where": {DEPTH: 7e6}}, "no point left where market.book.depth.notional is 7000000.0; there are 5M"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_could_be(settings, sentence):
    with pytest.raises(PictureError, match=sentence):
        plots.sweep_map(leverage_sweep(replicates=1), theory=False, **settings)


def test_one_key_that_varies_is_no_map():
    result = sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7]}, leverage_fall)
    with pytest.raises(PictureError, match="fan_chart"):
        plots.sweep_map(result)


def test_cells_without_a_result_are_hatched_and_counted():
    figure = plots.sweep_map(venue_sweep(), theory=False)
    assert "Hatched: 2 cells where every run failed." in words(figure)
    assert "no result" in legend(ax_map(figure))
    hatched = [patch for patch in ax_map(figure).patches if patch.get_hatch()]
    assert len(hatched) == 2
    assert [text.get_text() for text in ax_map(figure).get_yticklabels()] == list(VENUES)


def test_scattered_points_are_gathered_into_even_cells():
    rng = np.random.default_rng(0)
    values = {LEVERAGE: list(rng.uniform(5, 50, 60)), DEPTH: list(5e6 * 16 ** rng.uniform(size=60))}
    result = sweep_result(values, leverage_fall, design="latin_hypercube", replicates=2)
    figure = plots.sweep_map(result, theory=False)
    assert "Points are gathered into even cells." in words(figure)
    assert mesh(figure).get_array().size == 16
    widths = np.diff(mesh(figure).get_coordinates()[0, :, 0])
    np.testing.assert_allclose(widths, widths[0])


@pytest.mark.parametrize(
    ("result", "width"),
    [
        (uniform_sweep(replicates=2), None),
        (uniform_sweep(replicates=2), 3.4),
        (venue_sweep(replicates=2), None),
        (venue_sweep(replicates=2), 3.4),
        (sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, lambda rng, **values: None), 3.4),
        (sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, leverage_fall, replicates=0), 3.4),
        (sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, lambda rng, **values: np.nan), None),
    ],
    ids=["grid", "narrow", "words", "narrow words", "failed", "empty", "unknown"],
)
def test_a_map_can_be_read_at_any_width(result, width):
    figure = plots.sweep_map(result, width=width, theory=False if "exchange.extends" in result.keys else None)
    assert unreadable(figure) == []


def test_words_below_the_map_are_turned_where_they_do_not_fit_and_still_read():
    figure = plots.sweep_map(
        venue_sweep(replicates=2), "exchange.extends", "flow.orders.0.sell", theory=False, width=3.4
    )
    assert unreadable(figure) == []


def test_a_map_fits_into_a_place_of_another_figure():
    with drawing_style():
        figure = new_picture(10.0, 4.2)
        first, second = figure.subplots(1, 2)
        first.plot([0, 1])
        drawn = plots.sweep_map(uniform_sweep(replicates=1), ax=second)
    assert drawn is figure
    assert unreadable(figure) == []
    assert max(ax.get_position().height for ax in figure.axes[2:]) > 0.3


def test_an_empty_sweep_says_why():
    failed = sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, lambda rng, **values: None)
    assert "every run failed: crowd.longs: leverage above the maximum" in words(plots.sweep_map(failed))
    empty = sweep_result({LEVERAGE: [5.0, 10.0], DEPTH: [1e7, 2e7]}, leverage_fall, replicates=0)
    assert "no run" in words(plots.sweep_map(empty))


def test_a_value_is_found_by_the_digits_that_are_written_if_only_one_begins_with_them():
    values = {LEVERAGE: [5.0, 22.08179], DEPTH: [1e7, 4e7], "flow.orders.0.sell": [1e7, 1.0004e7]}
    result = sweep_result(values, lambda rng, mean, notional, sell: 0.01 * mean)
    near = {LEVERAGE: 22.08, "flow.orders.0.sell": 1e7}
    cut = plots.survival_curves(result, "max_drawdown", by=DEPTH, where=near)
    assert "2 points" in words(cut)
    with pytest.raises(PictureError, match="no point left"):
        plots.survival_curves(result, "max_drawdown", by=DEPTH, where={"flow.orders.0.sell": 1.0002e7})
