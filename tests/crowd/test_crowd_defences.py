"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import build_crowd, defences, movement
from cascade_sim.kernels.records import TERMS

ALPHA = 1e-4
RULES = {"maintenance": {"rate": "0.5%"}, "max_leverage": 100}
WILD = {
    "leverage": {"kind": "lognormal", "mean": 15, "sigma": 1.0},
    "entry": {"kind": "lognormal", "width": "4%", "snap": {"to": 100, "share": "20%"}},
    "size": {"kind": "pareto", "exponent": 1.3},
}
MAP = {"leverage": None, "liquidation": {"kind": "uniform", "to": "10%", "placed": "random"}}
TOP_UP = {"wallet": 2, "top_up": {"at": "150%", "probability": "60%", "times": 3, "share": "40%"}}
STOP = {"share": "30%", "from": "2%", "to": "10%"}
EVERYTHING = TOP_UP | {
    "stop_loss": STOP | {"round_to": 100, "beyond": "0.2%"},
    "take_profit": {"from": "5%", "to": "20%"},
    "exits": {"half_life": "30min"},
}
ARRIVALS = {"traders_per_day": 20_000, "open_interest_per_day": "10M", "leverage": {"kind": "fixed", "value": 5}}


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.columns(), other.columns(), strict=True))


@pytest.mark.parametrize("shape", [WILD, MAP], ids=["drawn", "mapped"])
@pytest.mark.parametrize("defence", [*(key for key in EVERYTHING if key != "wallet"), "arrivals", "everything"])
def test_no_defence_moves_a_standing_position_by_a_bit(venue, longs, shape, defence):
    added = {"arrivals": {"arrivals": ARRIVALS}, "top_up": TOP_UP, "everything": EVERYTHING | {"arrivals": ARRIVALS}}
    changed = longs(**shape) | added.get(defence, {defence: EVERYTHING.get(defence)})
    shorts = longs(side="short", **WILD)
    plain = build_crowd(venue({"c": longs(**shape), "d": shorts}, **RULES), 3)
    defended = build_crowd(venue({"c": changed, "d": shorts}, **RULES), 3)
    assert same(plain, defended)
    assert plain.terms is None
    assert defended.terms is not None
    assert defended.terms.size == len(plain) + defended.entrants.size


def test_a_crowd_without_defences_has_no_terms_and_nobody_who_comes_or_goes(venue, longs):
    crowd = build_crowd(venue({"c": longs(wallet=1), "x": longs(margin="cross", wallet=1)}, **RULES), 1)
    assert crowd.terms is None
    assert (crowd.entrants.size, crowd.entrant_cohort.size, crowd.exit_tick.size, crowd.exit_position.size) == (0,) * 4
    assert (crowd.exit_tick.dtype, crowd.exit_position.dtype) == (np.int64, np.int32)


def test_a_cohort_that_only_holds_has_empty_terms_beside_others_that_defend(venue, longs):
    crowd = build_crowd(venue({"c": longs(), "d": longs(side="short", **EVERYTHING)}, **RULES), 1)
    terms = crowd.terms[:20_000]
    assert terms.dtype == TERMS
    for column in ("wallet", "top_up", "call_at", "answers", "kind", "part"):
        assert not terms[column].any()
    assert np.isnan(terms["stop"]).all()
    assert np.isnan(terms["profit"]).all()
    np.testing.assert_array_equal(crowd.terms["side"], crowd.side)


def test_one_defence_does_not_change_another(venue, longs):
    everything = build_crowd(venue({"c": longs(**EVERYTHING, arrivals=ARRIVALS)}, **RULES), 1)
    for keys, columns in (
        (TOP_UP, ("wallet", "top_up", "call_at", "answers")),
        ({"stop_loss": EVERYTHING["stop_loss"]}, ("stop",)),
        ({"take_profit": EVERYTHING["take_profit"]}, ("profit",)),
    ):
        alone = build_crowd(venue({"c": longs(**keys)}, **RULES), 1)
        for column in columns:
            np.testing.assert_array_equal(alone.terms[column], everything.terms[column][: len(alone)])


def test_terms_do_not_depend_on_the_block_they_are_drawn_in(venue, longs, monkeypatch):
    scenario = venue({"c": longs(**EVERYTHING), "d": longs(side="short", **EVERYTHING)}, **RULES)
    whole = build_crowd(scenario, 1)
    monkeypatch.setattr(movement, "BLOCK", 777)
    blocks = build_crowd(scenario, 1)
    assert whole.terms.tobytes() == blocks.terms.tobytes()
    np.testing.assert_array_equal(whole.exit_tick, blocks.exit_tick)
    np.testing.assert_array_equal(whole.exit_position, blocks.exit_position)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_wallets_are_multiples_of_the_collateral_and_answers_pay_a_share_of_them(venue, longs, contract):
    crowd = build_crowd(venue({"c": longs(**WILD, **TOP_UP)}, contract=contract, **RULES), 1)
    np.testing.assert_array_equal(crowd.terms["wallet"], 2 * crowd.collateral)
    np.testing.assert_allclose(crowd.terms["top_up"], 0.8 * crowd.collateral, rtol=1e-14)
    assert np.all(crowd.terms["call_at"] == 1.5)


@pytest.mark.parametrize(("probability", "times"), [(0.6, 3), (0.9, 1), (0.2, 10), (0.97, 200)])
def test_answered_calls_are_geometric_up_to_the_number_of_times(venue, longs, probability, times):
    top_up = {"probability": probability, "times": times}
    crowd = build_crowd(venue({"c": longs(wallet=1, top_up=top_up)}, **RULES), 11)
    drawn = crowd.terms["answers"]
    assert drawn.min() >= 0
    assert drawn.max() <= times
    most = next((k for k in range(times) if probability**k * drawn.size < 10), times)  # few beyond: counted together
    counts = np.bincount(np.minimum(drawn, most), minlength=most + 1)
    reached = probability ** np.arange(most + 1)
    law = reached - np.append(reached[1:], 0.0)
    assert stats.chisquare(counts, law * drawn.size).pvalue > ALPHA


@pytest.mark.parametrize(("probability", "answered"), [(1, 4), (0, 0)])
def test_certain_answers_need_no_luck(venue, longs, probability, answered):
    crowd = build_crowd(venue({"c": longs(wallet=1, top_up={"probability": probability, "times": 4})}, **RULES), 1)
    assert np.all(crowd.terms["answers"] == answered)


def test_a_higher_probability_takes_no_answer_away(venue, longs):
    low, high = (
        build_crowd(venue({"c": longs(wallet=1, top_up={"probability": p, "times": 9})}, **RULES), 1).terms["answers"]
        for p in (0.5, 0.8)
    )
    assert np.all(high >= low)
    assert np.any(high > low)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize(("key", "column", "away"), [("stop_loss", "stop", -1), ("take_profit", "profit", 1)])
def test_orders_stand_uniformly_between_their_bounds_with_their_share_of_traders(venue, longs, side, key, column, away):
    crowd = build_crowd(venue({"c": longs(side=side, **WILD | {key: STOP})}, **RULES), 21)
    price = crowd.terms[column]
    placed = np.isfinite(price)
    assert stats.binomtest(int(placed.sum()), placed.size, 0.3).pvalue > ALPHA
    sign = away if side == "long" else -away
    distance = sign * (price[placed] / 8000 - 1)  # from the market, wherever the trader got in
    assert stats.kstest(distance, stats.uniform(0.02, 0.08).cdf).pvalue > ALPHA
    assert abs(stats.spearmanr(crowd.collateral[placed], distance).statistic) < 4 / math.sqrt(placed.sum())


def test_stops_and_take_profits_are_drawn_independently(venue, longs):
    terms = build_crowd(venue({"c": longs(stop_loss=STOP, take_profit=STOP)}, **RULES), 2).terms
    stop, profit = np.isfinite(terms["stop"]), np.isfinite(terms["profit"])
    table = [[np.sum(stop & profit), np.sum(stop & ~profit)], [np.sum(~stop & profit), np.sum(~stop & ~profit)]]
    assert stats.chi2_contingency(table).pvalue > ALPHA


@pytest.mark.parametrize(
    ("side", "kind", "distance", "price"),
    [
        (+1, defences.STOP_LOSS, 0.043, 7600 * 0.999),  # 7656 goes on to 7600, and just below
        (-1, defences.STOP_LOSS, 0.043, 8400 * 1.001),  # 8344 goes on to 8400, and just above
        (+1, defences.TAKE_PROFIT, 0.043, 8400 * 0.999),
        (-1, defences.TAKE_PROFIT, 0.043, 7600 * 1.001),
        (+1, defences.STOP_LOSS, 0.999, 0.0),  # no round number is left above nought: it never fires
    ],
)
def test_orders_stand_below_the_round_number_for_longs_and_above_it_for_shorts(side, kind, distance, price):
    given = defences.order_prices(kind, np.array([side], np.int8), 8000.0, np.array([distance]), 100.0, 0.001)
    assert given[0] == pytest.approx(price, rel=1e-14)


@pytest.mark.parametrize("side", ["long", "short"])
def test_orders_with_a_step_lie_beside_its_multiples_at_least_as_far_as_without(venue, longs, side):
    rounded = longs(side=side, stop_loss=STOP | {"round_to": 50, "beyond": "0.1%"})
    plain = build_crowd(venue({"c": longs(side=side, stop_loss=STOP)}, **RULES), 1).terms["stop"]
    stop = build_crowd(venue({"c": rounded}, **RULES), 1).terms["stop"]
    sign = 1 if side == "long" else -1
    number = stop / (1 - sign * 0.001) / 50
    placed = np.isfinite(stop)
    np.testing.assert_array_equal(placed, np.isfinite(plain))
    np.testing.assert_allclose(number[placed], np.rint(number[placed]), rtol=1e-12)
    assert np.all(sign * stop[placed] < sign * plain[placed])
    assert np.all(sign * (plain[placed] - stop[placed]) < 50 + 0.0011 * 9000)


def test_positions_of_a_file_may_be_defended(venue, tmp_path):
    rows = ["side,quantity,entry_price,collateral", "long,1,8000,1000", "short,2,8000,1000"]
    (tmp_path / "p.csv").write_text("\n".join(rows))
    keys = {"wallet": 0.5, "top_up": {"share": "50%"}, "exits": {"half_life": "1s"}}
    order = {"from": "5%", "to": "5%"}
    cohort = {"positions": str(tmp_path / "p.csv"), "stop_loss": order, "take_profit": order} | keys
    crowd = build_crowd(venue({"c": cohort}, **RULES), 1)
    assert crowd.terms["side"].tolist() == [1, -1]
    assert crowd.terms["wallet"].tolist() == [500, 500]
    assert crowd.terms["top_up"].tolist() == [250, 250]
    assert crowd.terms["answers"].tolist() == [1, 1]
    np.testing.assert_allclose(crowd.terms["stop"], [7600, 8400])
    np.testing.assert_allclose(crowd.terms["profit"], [8400, 7600])
    assert sorted(crowd.exit_position.tolist()) == [0, 1]


def test_positions_given_in_python_defend_themselves_in_no_way(venue, longs):
    import pandas as pd

    frame = pd.DataFrame({"side": ["long"], "quantity": [1.0], "entry_price": [8000.0], "collateral": [1000.0]})
    crowd = build_crowd(venue({"c": longs(traders=3, **EVERYTHING)}, **RULES), 1, positions=frame)
    assert crowd.terms["wallet"][3] == 0
    assert crowd.cohort_of([0, 3]).tolist() == [0, 1]
    assert 3 not in crowd.exit_position
