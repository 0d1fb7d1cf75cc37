from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import venue_ranking as naive

from cascade_sim.mechanics import adl
from cascade_sim.mechanics.adl import adl_lights, adl_order, adl_quintile, adl_score, deleverage, hyperliquid_adl_index
from cascade_sim.mechanics.margin import bankruptcy_price

PRICES = st.floats(1e-3, 1e6)
SCORES = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([-math.inf, 0.0, 1.0, 2.0]))
SIDE_OF_BOOK = st.lists(st.tuples(SCORES, st.floats(0, 1e3)), max_size=12)


def columns(rows):
    return [score for score, _ in rows], [quantity for _, quantity in rows]


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(adl).failed == 0


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("leverage", [2.0, 10.0, 100.0])
def test_at_the_entry_price_effective_leverage_is_the_leverage_chosen(contract, side, leverage):
    margin = 5.0 * (300.0 if contract == "linear" else 1 / 300.0) / leverage
    ruin = bankruptcy_price(side, 5.0, 300.0, margin, contract=contract)
    score = adl_score(side, 300.0, 300.0, ruin, contract=contract)
    assert score.effective_leverage == pytest.approx(leverage, rel=1e-12)
    assert score.profit == score.score == 0.0


def test_score_of_a_profit_is_return_on_the_margin_that_is_left():
    entry, mark, ruin, quantity = 200.0, 230.0, 180.0, 3.0
    score = adl_score("long", entry, mark, ruin).score
    assert score == pytest.approx((mark - entry) / entry * (quantity * mark) / (quantity * (mark - ruin)))


def test_a_loss_with_more_leverage_ranks_higher_but_below_every_profit():
    scores = adl_score("long", [100, 100, 100], [95, 95, 101], [80, 90, 50]).score
    assert adl_order(scores).tolist() == [2, 1, 0]
    assert scores[1] < 0 < scores[2]


def test_inverse_profit_is_counted_in_coin():
    profit = adl_score("long", 8000, 10_000, 7000, contract="inverse").profit
    assert profit == pytest.approx(1 - 8000 / 10_000)
    unruinable = adl_score("short", 8000, 6000, math.inf, contract="inverse")
    assert unruinable.effective_leverage == 1.0


@pytest.mark.parametrize("mark", [90.0, 80.0])
def test_a_position_past_its_bankruptcy_ranks_last_and_pays_nobody(mark):
    score = adl_score("long", [100, 100], mark, [90, 70])
    assert score.effective_leverage[0] == math.inf
    assert score.score[0] == -math.inf
    done = deleverage(score.score, [5.0, 5.0], 8.0, 120.0)
    assert done.closed.tolist() == [0.0, 5.0]
    assert done.unmatched == 3.0


def test_hyperliquid_index_is_the_published_product_for_longs_and_mirrored_for_shorts():
    assert hyperliquid_adl_index(50_000, 40_000, 100_000, 20_000) == 6.25
    winner, loser = hyperliquid_adl_index([90.0, 110.0], 100.0, 1000.0, 100.0, side="short")
    assert winner > 10 > loser
    assert hyperliquid_adl_index(100.0, 100.0, 1000.0, [-5.0, 0.0, 10.0]).tolist() == [-math.inf, -math.inf, 100.0]


def test_equal_scores_are_closed_in_the_order_of_the_list():
    assert adl_order([1.0, 2.0, 1.0, 2.0, 1.0]).tolist() == [1, 3, 0, 2, 4]


@given(SIDE_OF_BOOK, st.floats(0, 1e4))
def test_every_liquidated_unit_is_closed_once_in_rank_order_or_reported_unmatched(rows, wanted):
    scores, quantities = columns(rows)
    done = deleverage(scores, quantities, wanted, 650.0)
    assert done.closed.sum() + done.unmatched == pytest.approx(wanted, abs=1e-9)
    np.testing.assert_allclose(done.closed + done.left, quantities, rtol=2.0**-52)
    in_order = done.closed[done.order]
    reached = np.flatnonzero(in_order)
    if reached.size:
        before = done.order[: reached[-1]]
        assert (done.left[before] == 0).all()
    if done.unmatched > 0:
        assert all(left == 0 for left, score in zip(done.left, scores, strict=True) if score > -math.inf)


def test_nothing_is_closed_where_nothing_is_left_over_or_nobody_stands_opposite():
    assert deleverage([1.0], [5.0], 0.0, 650.0).closed.tolist() == [0.0]
    empty = deleverage([], [], 3.0, 650.0)
    assert empty.unmatched == 3.0
    assert adl_quintile([], []).tolist() == []


@given(SIDE_OF_BOOK)
def test_quintiles_rise_along_the_queue_and_end_at_the_whole_side(rows):
    scores, quantities = columns(rows)
    quintile = adl_quintile(scores, quantities)[adl_order(scores)]
    assert (np.diff(quintile) >= 0).all()
    assert set(quintile.tolist()) <= {20, 40, 60, 80, 100}
    if sum(quantities) > 0:
        assert quintile[-1] == 100


def test_quintile_boundaries_belong_to_the_level_below_whatever_rounding_does():
    assert adl_quintile(range(10, 0, -1), [0.1] * 10).tolist() == [20, 20, 40, 40, 60, 60, 80, 80, 100, 100]
    assert adl_quintile([2.0, 1.0], [1.0 + 1e-9, 4.0]).tolist() == [40, 100]


def test_a_whole_position_counts_from_its_end():
    assert adl_quintile([1.0], [7.0]).tolist() == [100]
    assert adl_lights([1.0], [7.0]).tolist() == [1]
    assert adl_quintile([2.0, 1.0], [0.0, 7.0]).tolist() == [20, 100]


def test_longs_and_shorts_are_ranked_separately():
    scores, quantities = [5.0, 4.0, 3.0, 2.0], [1.0, 2.0, 4.0, 8.0]
    together = adl_quintile(scores, quantities, side=["long", "short", "long", "short"])
    assert together[[0, 2]].tolist() == adl_quintile(scores[::2], quantities[::2]).tolist()
    assert together[[1, 3]].tolist() == adl_quintile(scores[1::2], quantities[1::2]).tolist()


@given(st.sampled_from([1, -1]), PRICES, PRICES, PRICES, st.booleans())
def test_score_is_its_plain_twin_to_the_bit(side, entry, mark, ruin, inverse):
    contract = "inverse" if inverse else "linear"
    assert tuple(adl_score(side, entry, mark, ruin, contract=contract)) == naive.score(side, entry, mark, ruin, inverse)


@given(st.sampled_from([1, -1]), PRICES, PRICES, st.floats(0, 1e9), st.floats(-1e6, 1e6))
def test_hyperliquid_index_is_its_plain_twin_to_the_bit(side, entry, mark, notional, value):
    index = hyperliquid_adl_index(mark, entry, notional, value, side=side)
    assert index == naive.hyperliquid_index(side, entry, mark, notional, value)


@given(SIDE_OF_BOOK, st.floats(0, 1e4))
def test_queue_and_quintiles_are_their_plain_twins_to_the_bit(rows, wanted):
    scores, quantities = columns(rows)
    done = deleverage(scores, quantities, wanted, 650.0)
    assert done.order.tolist() == naive.order(scores)
    assert (done.closed.tolist(), done.unmatched) == naive.closed(scores, quantities, wanted)
    assert adl_quintile(scores, quantities).tolist() == naive.quintiles(scores, quantities)


def test_scores_broadcast_and_scalars_stay_plain_numbers():
    scores = adl_score([["long"], ["short"]], 100.0, [90.0, 100.0, 110.0], [[50.0], [150.0]])
    assert scores.score.shape == (2, 3)
    assert all(type(value) is float for value in adl_score(1, 100.0, 90.0, 50.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": "up"}, "side must be"),
        ({"side": 0}, "side must be"),
        ({"entry_price": 0.0}, r"entry_price must be positive and finite, not 0"),
        ({"mark_price": [1.0, math.nan]}, "mark_price must be positive and finite, not nan"),
        ({"bankruptcy_price": -1.0}, "bankruptcy_price must be zero or more and finite"),
        ({"bankruptcy_price": math.inf}, "bankruptcy_price must be zero or more"),
        ({"bankruptcy_price": 0.0, "contract": "inverse"}, "bankruptcy_price must be positive, or infinite"),
        ({"contract": "quanto"}, "contract must be 'linear' or 'inverse'"),
    ],
)
def test_wrong_scores_are_refused_with_the_reason(change, message):
    inputs = {"side": "long", "entry_price": 100.0, "mark_price": 110.0, "bankruptcy_price": 90.0} | change
    with pytest.raises(ValueError, match=message):
        adl_score(**inputs)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (([math.nan], [1.0], 1.0, 650.0), "score must be one row"),
        (([math.inf], [1.0], 1.0, 650.0), "score must be one row"),
        (([[1.0]], [[1.0]], 1.0, 650.0), "score must be one row"),
        (([1.0], [[1.0]], 1.0, 650.0), "quantity must be one row"),
        (([1.0], [-1.0], 1.0, 650.0), "quantity must be zero or more and finite"),
        (([1.0, 2.0], [1.0], 1.0, 650.0), "score has 2 positions, quantity or side 1"),
        (([1.0], [1.0], -1.0, 650.0), "liquidated_quantity must be zero or more and finite"),
        (([1.0], [1.0], 1.0, 0.0), "bankruptcy_price must be positive"),
    ],
)
def test_wrong_queues_are_refused_with_the_reason(inputs, message):
    with pytest.raises(ValueError, match=message):
        deleverage(*inputs)


def test_sides_that_do_not_match_the_scores_are_refused():
    with pytest.raises(ValueError, match="score has 2 positions, quantity or side 1"):
        adl_quintile([1.0, 2.0], [1.0, 1.0], side=["long"])
