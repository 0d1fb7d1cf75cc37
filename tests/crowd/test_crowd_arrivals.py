"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import arrivals, build_crowd
from cascade_sim.errors import ScenarioError
from cascade_sim.kernels.records import ENTRANT

ALPHA = 1e-4
TICKS = 7200
DAILY = {"traders_per_day": 240_000, "open_interest_per_day": "120M"}
LOGNORMAL = {"kind": "lognormal", "mean": 15, "sigma": 1.0}
EMPTY = {"traders": 0, "open_interest": 0}


@pytest.fixture
def coming(venue, longs):
    """Build a crowd of one cohort that only arrives, with some keys changed."""

    def build(seed=1, exchange=None, contract="linear", **changes):
        daily = DAILY | changes.pop("arrivals", {})
        return build_crowd(
            venue({"c": longs(**EMPTY | changes, arrivals=daily)}, contract=contract, **exchange or {}), seed
        )

    return build


def test_a_cohort_may_consist_of_arrivals_alone(coming):
    crowd = coming()
    assert len(crowd) == 0
    assert crowd.cohort_start.tolist() == [0, 0]
    assert crowd.entrants.dtype == ENTRANT
    assert crowd.entrants["position"].tolist() == list(range(crowd.entrants.size))
    assert np.all(crowd.terms["side"] == 1)
    assert np.isnan(crowd.terms["stop"]).all()


def test_arrivals_are_a_poisson_process(coming):
    tick = coming().entrants["tick"]
    expected = 240_000 * 7200 / 86_400
    assert stats.poisson(expected).cdf(tick.size) == pytest.approx(0.5, abs=0.5 - ALPHA)
    assert np.all(np.diff(tick) >= 0)
    minutes = np.bincount(tick // 60, minlength=TICKS // 60)
    assert stats.chisquare(minutes).pvalue > ALPHA  # even over time, with no more and no less scatter than chance
    assert stats.chisquare(minutes).pvalue < 1 - ALPHA
    by_tick = np.bincount(np.bincount(tick, minlength=TICKS), minlength=10)
    law = stats.poisson(tick.size / TICKS).pmf(np.arange(10))
    law[-1] += stats.poisson(tick.size / TICKS).sf(9)
    by_tick = np.append(by_tick[:9], by_tick[9:].sum())
    assert stats.chisquare(by_tick, law * TICKS).pvalue > ALPHA


def test_counts_over_many_seeds_have_the_variance_of_their_mean(coming):
    counts = [coming(seed, arrivals={"traders_per_day": 600}).entrants.size for seed in range(300)]
    dispersion = np.sum((np.array(counts) - 50) ** 2) / 50
    assert ALPHA < stats.chi2(300).cdf(dispersion) < 1 - ALPHA


def test_arrivals_keep_to_their_window(coming):
    tick = coming(arrivals={"from": "30min", "to": "2020-03-12T07:00:00Z"}).entrants["tick"]
    assert tick.min() >= 1800
    assert tick.max() < 3600
    assert stats.poisson(240_000 / 48).cdf(tick.size) == pytest.approx(0.5, abs=0.5 - ALPHA)
    late = coming(arrivals={"from": "119min", "to": "10d"}).entrants["tick"]
    assert 7140 <= late.min() < late.max() < TICKS


def test_a_later_end_brings_more_and_changes_none_of_the_first(coming):
    short, long = (coming(arrivals={"to": to}).entrants for to in ("1h", "2h"))
    for column in ("tick", "leverage", "answers"):
        np.testing.assert_array_equal(short[column], long[column][: short.size])


@pytest.mark.parametrize(
    "size", [{"kind": "equal"}, {"kind": "lognormal", "sigma": 1}, {"kind": "pareto", "exponent": 0.9}]
)
def test_the_mean_size_is_that_of_the_daily_figures(coming, size):
    notional = coming(arrivals={"size": size}).entrants["notional"]
    assert math.fsum(notional) / notional.size == pytest.approx(500, rel=1e-12)
    assert np.all(notional > 0)


def test_sizes_are_the_cohorts_unless_they_have_their_own(coming):
    pareto = {"kind": "pareto", "exponent": 1.3}
    inherited = coming(size=pareto).entrants["notional"]
    np.testing.assert_array_equal(inherited, coming(arrivals={"size": pareto}).entrants["notional"])
    relative = inherited / inherited.min()
    assert stats.kstest(relative, stats.pareto(1.3).cdf).pvalue > ALPHA


def test_leverage_is_the_cohorts_unless_they_have_their_own(coming):
    assert np.all(coming().entrants["leverage"] == 5)
    assert np.all(coming(arrivals={"leverage": {"kind": "fixed", "value": 7}}).entrants["leverage"] == 7)


def test_leverage_stays_within_one_and_the_venue_maximum(coming):
    drawn = coming(leverage=LOGNORMAL, exchange={"max_leverage": 40}).entrants["leverage"]
    law = stats.lognorm(s=1.0, scale=15 * np.exp(-0.5))
    below, mass = law.cdf(1), law.cdf(40) - law.cdf(1)
    assert 1 <= drawn.min() < drawn.max() <= 40
    assert stats.kstest(drawn, lambda value: (law.cdf(value) - below) / mass).pvalue > ALPHA


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_nobody_is_liquidatable_where_it_opens(coming, contract):
    exchange = {"maintenance": {"tiers": [(0, "2%"), (1000, "10%")]}}
    size = {"kind": "pareto", "exponent": 1.2}
    entrants = coming(leverage=LOGNORMAL, contract=contract, exchange=exchange, size=size).entrants
    notional = entrants["notional"]
    required = np.maximum(0.02 * notional, 0.10 * notional - 80)
    assert np.all(notional / entrants["leverage"] > required)
    assert np.mean(entrants["leverage"] > 10) > 0.1


def test_leverage_is_lowered_to_the_maximum_of_the_bracket(coming):
    leverage = {"kind": "beta", "low": 1, "high": 90, "a": 1, "b": 1}  # nobody draws twice
    tiers = [(0, "0.5%", 100), (400, "0.6%", 20), (2000, "0.7%", 10)]
    keys = {"leverage": leverage, "size": {"kind": "lognormal", "sigma": 1.5}}
    lowered = coming(**keys, exchange={"maintenance": {"tiers": tiers}}).entrants
    free = coming(**keys, exchange={"maintenance": {"tiers": [row[:2] for row in tiers]}}).entrants
    np.testing.assert_array_equal(lowered["notional"], free["notional"])
    most = np.select([free["notional"] > 2000, free["notional"] > 400], [10.0, 20.0], 100.0)
    np.testing.assert_array_equal(lowered["leverage"], np.minimum(free["leverage"], most))
    assert np.unique(most).size == 3


def test_defences_are_handed_over_as_multiples_and_distances(coming):
    entrants = coming(
        exchange={"maintenance": {"rate": "0.5%"}},
        wallet=2,
        top_up={"at": "130%", "probability": "50%", "times": 5, "share": "25%"},
        stop_loss={"share": "40%", "from": "1%", "to": "3%", "round_to": 50, "beyond": "0.2%"},
        take_profit={"from": "4%", "to": "9%"},
    ).entrants
    for column, value in {
        "backing": 0, "wallet": 2, "top_up": 0.25, "call_at": 1.3, "stop_step": 50, "stop_beyond": 0.002,
        "profit_step": 0, "profit_beyond": 0, "side": 1,
    }.items():  # fmt: skip
        assert np.all(entrants[column] == value), column
    placed = entrants["stop_distance"] > 0
    assert stats.binomtest(int(placed.sum()), placed.size, 0.4).pvalue > ALPHA
    assert stats.kstest(entrants["stop_distance"][placed], stats.uniform(0.01, 0.02).cdf).pvalue > ALPHA
    assert stats.kstest(entrants["profit_distance"], stats.uniform(0.04, 0.05).cdf).pvalue > ALPHA
    reached = 0.5 ** np.arange(6)
    law = reached - np.append(reached[1:], 0.0)
    assert stats.chisquare(np.bincount(entrants["answers"]), law * entrants.size).pvalue > ALPHA


def test_under_cross_margin_the_wallet_is_behind_them_and_not_beside(coming):
    entrants = coming(margin="cross", wallet=3).entrants
    assert np.all(entrants["backing"] == 3)
    assert not entrants["wallet"].any()


def test_entrants_without_defences_have_zeros(coming):
    entrants = coming().entrants
    for column in ENTRANT.names:
        if column not in ("tick", "position", "notional", "leverage", "side"):
            assert not entrants[column].any(), column


@pytest.fixture
def three(venue, longs):
    rush = {"arrivals": DAILY | {"traders_per_day": 2_000_000}}
    cohorts = {
        "a": longs(traders=10, **rush),
        "none": longs(traders=5),
        "b": longs(side="short", **EMPTY, **rush),
        "c": longs(traders=7, arrivals=DAILY),
    }
    return cohorts, build_crowd(venue(cohorts), 1)


def test_cohorts_are_merged_by_tick_then_in_their_order(three):
    _, crowd = three
    order = np.lexsort((crowd.entrant_cohort, crowd.entrants["tick"]))
    np.testing.assert_array_equal(order, np.arange(order.size))
    np.testing.assert_array_equal(crowd.entrants["position"], 22 + np.arange(order.size))
    assert set(crowd.entrant_cohort.tolist()) == {0, 2, 3}
    np.testing.assert_array_equal(crowd.entrants["side"], np.where(crowd.entrant_cohort == 2, -1, 1))
    np.testing.assert_array_equal(crowd.terms["side"][22:], crowd.entrants["side"])


def test_merging_changes_no_cohorts_own_arrivals(three, venue):
    cohorts, crowd = three
    for number, name in enumerate(crowd.cohort_names):
        alone = build_crowd(venue({name: cohorts[name]}), 1).entrants
        merged = crowd.entrants[crowd.entrant_cohort == number]
        for column in ENTRANT.names:
            if column != "position":
                np.testing.assert_array_equal(merged[column], alone[column])


def test_positions_know_their_cohort_and_their_traders_number_in_it(three):
    _, crowd = three
    assert crowd.cohort_of([0, 9, 10, 14, 15, 21]).tolist() == [0, 0, 1, 1, 3, 3]
    assert crowd.trader_of([0, 9, 10, 14, 15, 21]).tolist() == [0, 9, 0, 4, 0, 6]
    entered = crowd.entrants["position"]
    np.testing.assert_array_equal(crowd.cohort_of(entered), crowd.entrant_cohort)
    for number, standing in ((0, 10), (2, 0), (3, 7)):
        mine = crowd.trader_of(entered[crowd.entrant_cohort == number])
        np.testing.assert_array_equal(mine, standing + np.arange(mine.size))
    assert crowd.trader_of([]).size == 0


def test_entrants_do_not_depend_on_the_block_they_are_drawn_in(coming, monkeypatch):
    keys = {
        "leverage": LOGNORMAL,
        "exchange": {"max_leverage": 50},
        "stop_loss": {"share": "20%", "from": "1%", "to": "3%"},
    }
    whole = coming(**keys).entrants
    monkeypatch.setattr(arrivals, "BLOCK", 777)
    assert whole.tobytes() == coming(**keys).entrants.tobytes()


def test_arrivals_of_a_mapped_cohort_have_their_own_leverage(coming):
    keys = {"liquidation": {"kind": "uniform", "to": "10%"}, "traders": 100, "open_interest": "1M", "leverage": None}
    crowd = coming(**keys, arrivals={"leverage": {"kind": "fixed", "value": 9}})
    assert len(crowd) == 100
    assert np.all(crowd.entrants["leverage"] == 9)


def test_arrivals_that_can_hold_no_position_are_refused_with_their_key(coming):
    high = {"kind": "beta", "high": 300, "a": 500, "b": 500}
    message = r"crowd\.c\.arrivals\.leverage: .* of .* arrivals .*in 500 draws: .*above exchange\.max_leverage"
    with pytest.raises(ScenarioError, match=message):
        coming(arrivals={"leverage": high}, exchange={"max_leverage": 100})
    exchange = {"maintenance": {"tiers": [(0, "1%"), (100, "30%")]}}
    message = r"crowd\.c\.leverage: .* arrivals .*however often it is drawn: liquidatable as soon as they open"
    with pytest.raises(ScenarioError, match=message):
        coming(exchange=exchange)


def test_more_arrivals_than_can_be_numbered_are_refused(coming):
    with pytest.raises(ScenarioError, match=r"crowd\.c\.arrivals\.traders_per_day: .* are more than 2,147,483,647"):
        coming(arrivals={"traders_per_day": "1000B"})
