from __future__ import annotations

import numpy as np
import pytest
from plots.looks import check_the_look, legend, line, words
from plots.stand_ins import borel_sizes, calm_run, run_of_cascades

from cascade_sim import plots
from cascade_sim.metrics.borel import borel_survival
from cascade_sim.metrics.sizes import cascades, survival, tail_exponent
from cascade_sim.plots.size_sample import thin_in_logs


def panel(figure):
    return figure.axes[1]


def test_points_are_the_survival_function():
    figure = plots.cascade_sizes([3, 1, 2, 2, 7, 1])
    drawn = line(figure, "cascades")
    np.testing.assert_array_equal(drawn.get_xdata(), [1, 2, 3, 7])
    np.testing.assert_allclose(drawn.get_ydata(), [1, 4 / 6, 2 / 6, 1 / 6])
    assert (panel(figure).get_xscale(), panel(figure).get_yscale()) == ("log", "log")


def test_many_sizes_are_thinned_to_points_of_the_survival_function():
    sizes = np.random.default_rng(1).pareto(1.2, 100_000) + 1.0
    drawn = line(plots.cascade_sizes(sizes, by="notional"), "cascades")
    assert drawn.get_xdata().size < 2_000
    size, share = survival(sizes)
    at = np.searchsorted(size, drawn.get_xdata())
    np.testing.assert_array_equal(size[at], drawn.get_xdata())
    np.testing.assert_array_equal(share[at], drawn.get_ydata())
    assert drawn.get_xdata()[-1] == sizes.max()
    assert drawn.get_xdata()[0] == sizes.min()


def test_thinning_leaves_no_gap_wider_than_two_cells():
    x = np.arange(1.0, 100_001.0)
    kept, _ = thin_in_logs(x, 1.0 / x, per_decade=20)
    far = kept[kept > 30]
    assert np.diff(np.log10(far)).max() < 2 / 20


def test_the_law_is_drawn_at_the_estimate_and_says_its_error():
    sizes = np.repeat([1, 2, 5], [60, 30, 10])
    figure = plots.cascade_sizes(sizes)
    ratio = 1.0 - 1.0 / sizes.mean()
    drawn = line(figure, "Borel")
    np.testing.assert_allclose(drawn.get_ydata(), borel_survival(drawn.get_xdata(), ratio))
    error = np.sqrt(ratio * (1 - ratio) / 100)
    assert f"Borel law, R = {ratio:.3f} ± {error:.3f} (estimated)" in legend(panel(figure))


def test_the_law_is_drawn_at_the_ratio_given():
    figure = plots.cascade_sizes([1, 2, 5, 1, 1], ratio=0.8)
    drawn = line(figure, "Borel")
    np.testing.assert_allclose(drawn.get_ydata(), borel_survival(drawn.get_xdata(), 0.8))
    assert "Borel law, R = 0.8 (given)" in legend(panel(figure))


def test_the_critical_law_is_a_straight_line_of_slope_one_half():
    drawn = line(plots.cascade_sizes(borel_sizes(0.9, 2_000)), "critical")
    x, y = np.log(drawn.get_xdata()), np.log(drawn.get_ydata())
    np.testing.assert_allclose(np.diff(y) / np.diff(x), -0.5)
    assert drawn.get_ydata()[0] == pytest.approx(np.sqrt(2 / np.pi))


def test_sizes_that_follow_the_law_lie_on_it():
    figure = plots.cascade_sizes(borel_sizes(0.85, 50_000, seed=4))
    points = line(figure, "cascades")
    expected = borel_survival(points.get_xdata(), 0.85)
    spread = np.sqrt(expected * (1 - expected) / 50_000)
    assert np.all(np.abs(points.get_ydata() - expected) < 5 * spread + 1e-9)


def test_a_run_is_cut_into_its_cascades_at_the_gap():
    sizes = np.array([3, 1, 1, 8, 2, 1])
    run = run_of_cascades(sizes, pause=3_600.0)
    drawn = line(plots.cascade_sizes(run), "cascades")
    np.testing.assert_array_equal(drawn.get_xdata(), [1, 2, 3, 8])
    joined = plots.cascade_sizes(run, gap="2h")
    np.testing.assert_array_equal(line(joined, "cascades").get_xdata(), [sizes.sum()])
    assert "Two cascades are parted by a pause of more than 2 h." in words(joined)
    assert "more than 10 min." in words(plots.cascade_sizes(run))


def test_a_table_of_cascades_serves_as_well_as_the_run():
    run = run_of_cascades(np.array([3, 1, 1, 8, 2, 1]))
    for by in ("liquidations", "notional"):
        one, other = (line(plots.cascade_sizes(s, by=by), "cascades").get_xdata() for s in (run, cascades(run)))
        np.testing.assert_array_equal(one, other)


def test_notionals_get_the_power_law_of_their_tail_and_no_law_of_counts():
    sizes = np.random.default_rng(5).pareto(1.5, 5_000) + 1.0
    figure = plots.cascade_sizes(sizes, by="notional", quote="EUR")
    exponent, error = tail_exponent(sizes)
    assert f"power law, exponent {exponent:.2f} ± {error:.2f} (Hill, largest tenth)" in legend(panel(figure))
    assert "Borel" not in words(figure)
    drawn = line(figure, "power")
    assert np.diff(np.log(drawn.get_ydata())) / np.diff(np.log(drawn.get_xdata())) == pytest.approx(-exponent)
    assert drawn.get_ydata()[0] == pytest.approx(0.1)
    assert panel(figure).get_xlabel() == "notional of a cascade, EUR"


def test_sizes_that_are_no_counts_get_no_law_of_counts():
    assert "Borel" not in words(plots.cascade_sizes([1.5, 2.25, 3.0, 8.5, 1.0]))


@pytest.mark.parametrize(("sizes", "sentence"), [([4], "Only 1 cascade:"), ([1, 2, 9], "Only 3 cascades:")])
@pytest.mark.parametrize("width", [None, 3.4])
def test_few_cascades_are_drawn_with_a_warning(sizes, sentence, width):
    figure = plots.cascade_sizes(sizes, width=width)
    check_the_look(figure)
    assert sentence in words(figure)
    np.testing.assert_array_equal(line(figure, "cascades").get_xdata(), sizes)


def test_no_cascade_is_said():
    assert "there is no cascade" in words(plots.cascade_sizes([]))
    run = calm_run()
    run.liquidations = None
    assert "no position was liquidated in this run" in words(plots.cascade_sizes(run))
    assert "no cascade has a size above zero" in words(plots.cascade_sizes([0.0, np.nan], by="notional"))


def test_cascades_without_size_are_left_out_and_counted():
    text = words(plots.cascade_sizes([0.0, np.nan, 5.0, 2.0], by="notional"))
    assert "Left out: 2 without a size above zero." in text


def test_cascades_that_many_started_are_not_passed_off_as_the_law():
    text = words(plots.cascade_sizes([26, 300, 5_000, 12_000, 9_000, 15_000, 800, 4_000, 60, 70, 80, 90, 100]))
    assert "It does not describe these: none is of one liquidation" in text
    assert "does not describe" not in words(plots.cascade_sizes(borel_sizes(0.5, 100)))


@pytest.mark.parametrize(
    ("source", "settings", "sentence"),
    [
        ([1, 2], {"by": "size"}, "by must be 'liquidations' or 'notional'"),
        (run_of_cascades(np.array([1, 2])), {"gap": 0}, "gap"),
        ([1, 2, 3], {"ratio": -1.0}, "ratio must be 0 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(source, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        plots.cascade_sizes(source, **settings)
