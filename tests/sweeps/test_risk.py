from __future__ import annotations

import math

import numpy as np
import pytest
from made_sweeps import failed, made
from scipy import stats

import cascade_sim as cs
from cascade_sim.sweeps.intervals import quantile_ranks, runs_needed
from cascade_sim.sweeps.risk import risk, risk_in_words, shortfall


def losses(values, **options):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    return made(
        {"x": np.arange(float(len(values)))}, {"bad_debt": values, "liquidated_notional": 10 * values}, **options
    )


def test_a_hundred_losses_by_hand():
    table = risk(losses(np.random.default_rng(1).permutation(np.arange(1.0, 101.0))))
    line = table.loc[0]
    assert line["value_at_risk"] == 95.0
    assert line["expected_shortfall"] == pytest.approx(98.0, rel=1e-14)
    assert line["liquidations_at_risk"] == 950.0
    assert (line["value_at_risk_low"], line["value_at_risk_high"]) == (90.0, 100.0)
    assert line["horizon_s"] == 3_600.0
    assert line["runs"] == 100
    assert table.attrs["units"]["value_at_risk_high"] == "quote"
    assert table.attrs["notes"] == []


def test_the_run_at_the_edge_counts_by_its_part():
    # The worst 5 % of 30 runs are one and a half of them.
    assert shortfall(np.arange(1.0, 31.0), 0.95) == pytest.approx((30.0 + 0.5 * 29.0) / 1.5, rel=1e-14)
    assert shortfall(np.full((2, 7), 3.0), 0.95).tolist() == [3.0, 3.0]
    assert shortfall(np.array([4.0]), 0.95) == 4.0


def test_expected_shortfall_is_coherent():
    # Subadditive over two portfolios, which VaR is not; positively homogeneous; never below VaR.
    rng = np.random.default_rng(2)
    first, second = rng.pareto(1.5, size=(2, 1_000, 37))
    whole = shortfall(first + second, 0.9)
    assert (whole <= (shortfall(first, 0.9) + shortfall(second, 0.9)) * (1.0 + 1e-12)).all()
    assert shortfall(7.0 * first, 0.9) == pytest.approx(7.0 * shortfall(first, 0.9), rel=1e-12)
    table = risk(losses(first))
    assert (table["expected_shortfall"] >= table["value_at_risk"]).all()


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_ranks_are_those_of_scipys_quantile_test(share):
    for n in (1, 2, 5, 20, 59, 71, 72, 73, 100, 367, 368, 1_000):
        sample = np.arange(1.0, n + 1.0)
        expected = stats.quantile_test(sample, p=share).confidence_interval(0.95)
        found = [math.nan if rank is None else rank for rank in quantile_ranks(n, share)]
        np.testing.assert_array_equal(found, [expected.low, expected.high])


@pytest.mark.parametrize(("share", "needed"), [(0.95, 72), (0.99, 368), (0.5, 6), (0.05, 72)])
def test_both_ends_exist_from_as_many_runs_as_are_said_to_be_needed(share, needed):
    assert runs_needed(share) == needed
    assert None in quantile_ranks(needed - 1, share)
    assert None not in quantile_ranks(needed, share)


def test_the_interval_covers_the_percentile_whatever_the_distribution():
    # 2,000 points of 200 runs of a heavy tail; at least 95 %, less 4 standard errors of 0.49 %.
    drawn = np.random.default_rng(5).pareto(1.2, size=(2_000, 200))
    table = risk(made({"x": range(2_000)}, {"liquidated_notional": drawn}))
    truth = 0.05 ** (-1.0 / 1.2) - 1.0
    covered = ((table["liquidations_at_risk_low"] <= truth) & (table["liquidations_at_risk_high"] >= truth)).mean()
    assert covered >= 0.95 - 4.0 * 0.0049


def test_too_few_runs_have_no_upper_end_and_it_is_said():
    table = risk(losses([np.arange(16.0), np.arange(16.0)]))
    assert table["value_at_risk_high"].isna().all()
    assert table["expected_shortfall_low"].isna().all()
    assert "a 95 % interval needs 72" in table.attrs["notes"][0]
    words = risk_in_words(table, 0)
    assert "too few runs for an upper bound" in words
    assert words.startswith("over 1h, from 16 runs: 95 % VaR of insolvent debt 15 quote (at least 12; ")


def test_words_have_horizon_runs_interval_and_unit():
    words = risk_in_words(risk(losses(1e6 * np.arange(1.0, 101.0), duration=129_600.0)), 0)
    assert words == (
        "over 36h, from 100 runs: 95 % VaR of insolvent debt 95M quote (95 % interval 90M to 100M), 98M on average in "
        "the worst 5 %; 95 % liquidations at risk 950M quote (95 % interval 900M to 1B)"
    )


def test_failed_runs_and_books_at_their_end_are_noted():
    result = failed(losses(np.arange(1.0, 101.0)), [99])
    result.frame.loc[:2, "status"] = "book_exhausted"
    table = risk(result)
    assert table.loc[0, "value_at_risk"] == 95.0
    assert (table.loc[0, "failed"], table.loc[0, "exhausted"]) == (1, 3)
    assert "99 runs (1 left out)" in risk_in_words(table, 0)
    assert [note.split()[0] for note in table.attrs["notes"]] == ["1", "in"]


def test_a_point_without_runs_has_no_figures():
    table = risk(failed(losses([[1.0], [2.0]]), [0]))
    assert math.isnan(table.loc[0, "value_at_risk"])
    assert "VaR of insolvent debt unknown quote (too few runs for an interval)" in risk_in_words(table, 0)


def test_a_varied_duration_is_each_points_own_horizon():
    result = made({"clock.duration": [60.0, 120.0, -1.0]}, {"bad_debt": [[1.0]] * 3}, design="latin_hypercube")
    assert risk(result)["horizon_s"].tolist()[:2] == [60.0, 120.0]
    assert math.isnan(risk(result).loc[2, "horizon_s"])
    with pytest.raises(cs.CascadeError, match="no common horizon"):
        risk(result, pooled=True)


def test_draws_of_the_world_are_one_sample():
    drawn = np.random.default_rng(6).permutation(np.arange(1.0, 101.0))
    together = risk(losses(drawn[:, None], design="latin_hypercube", common_luck=False), pooled=True)
    alone = risk(losses(drawn))
    columns = [name for name in together.columns if "risk" in name or "shortfall" in name]
    np.testing.assert_array_equal(together.loc["all", columns], alone.loc[0, columns])
    assert together.attrs["notes"] == []
    assert risk_in_words(together, "all").startswith("over 1h, from 100 runs: ")


def test_runs_that_share_a_point_or_a_luck_do_not_count_as_independent():
    drawn = np.repeat(np.arange(1.0, 101.0)[:, None], 4, axis=1)
    table = risk(losses(drawn, design="latin_hypercube"), pooled=True)
    assert table.loc["all", "runs"] == 400
    assert table.loc["all", ["value_at_risk_low", "value_at_risk_high"]].tolist() == [90.0, 100.0]
    assert math.isnan(table.loc["all", "expected_shortfall_low"])
    assert "intervals count the 100 points" in table.attrs["notes"][0]
    assert "all points share the luck of 4 replicates" in table.attrs["notes"][1]


@pytest.mark.parametrize("design", ["grid", "zip", "sobol"])
def test_points_that_were_chosen_are_no_sample(design):
    with pytest.raises(cs.CascadeError, match=f"`design: {design}` were chosen, not drawn"):
        risk(losses([[1.0], [2.0]], design=design), pooled=True)


def test_risk_without_its_outputs_is_refused():
    with pytest.raises(cs.CascadeError, match="needs the outputs bad_debt and liquidated_notional"):
        risk(made({"x": [1]}, {"max_drawdown": [[0.1]]}))
    only = risk(made({"x": [1]}, {"liquidated_notional": [[5.0]]}))
    assert "value_at_risk" not in only
    assert risk_in_words(only, 0).startswith("over 1h, from 1 run: 95 % liquidations at risk 5 quote")
    with pytest.raises(cs.CascadeError, match="a level of 95 is none"):
        risk(losses([[1.0]]), level=95)
