from __future__ import annotations

import doctest
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import auctions as naive

from cascade_sim.mechanics import auctions, flip
from cascade_sim.mechanics.auctions import auction_price, bark, kick, needs_redo, redo_reward, take, vault_unsafe
from cascade_sim.mechanics.flip import bite, dent, phase, tend_accepted

AMOUNTS = st.floats(1e-3, 1e6)
FACTORS = st.floats(1.0, 1.5)
LIMITS = AMOUNTS | st.just(math.inf)
TENTHS = st.integers(1, 60).map(lambda whole: Fraction(whole, 10))  # coarse, so that draws often meet exactly
STEPS = st.sampled_from([Fraction(1), Fraction("1.03"), Fraction("1.05"), Fraction("1.13")])


def floats(numbers):
    return [float(number) for number in numbers]


def close(given, expected):
    """Compare amounts up to rounding, and decisions exactly."""
    assert given[-1] == expected[-1]
    assert tuple(given[:-1]) == pytest.approx(floats(expected[:-1]), rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("module", [auctions, flip])
def test_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_a_vault_that_is_exactly_covered_is_safe():
    assert not vault_unsafe(3.0, 0.1, 0.3)  # 0.30000000000000004 in binary
    assert vault_unsafe([39.999, 40.0, 40.001], 2.5, 100.0).tolist() == [True, False, False]
    assert vault_unsafe(40.0, 2.5, 100.0, rate=1.0001)


@given(st.tuples(TENTHS, TENTHS, TENTHS, STEPS))
def test_unsafe_vaults_are_those_of_decimal_arithmetic(row):
    assert vault_unsafe(*floats(row)) == naive.unsafe(*row, rounding=0)


def test_a_rest_below_dust_is_taken_even_beyond_the_holes():
    vault = {"ink": 40.0, "art": 100.0, "chop": 1.0, "Hole": 1000.0, "dust": 20.0}
    assert bark(hole=80.0, **vault)[:4] == (32.0, 80.0, 8.0, 20.0)  # a rest of exactly dust may stay
    assert bark(hole=80.001, **vault)[:4] == (40.0, 100.0, 0.0, 0.0)


def test_a_partial_auction_below_dust_reverts_and_changes_nothing():
    vault = {"ink": 40.0, "art": 100.0, "chop": 1.1, "Hole": 1000.0, "dust": 20.0}
    assert bark(hole=21.9, **vault) == (0.0, 0.0, 40.0, 100.0, True)
    assert bark(hole=22.0, **vault).tab == pytest.approx(22.0)


def test_room_is_the_smaller_of_the_two_holes_less_what_is_under_auction():
    vault = {"ink": 40.0, "art": 100.0, "chop": 1.0}
    assert bark(Hole=70.0, Dirt=30.0, hole=90.0, dirt=40.0, **vault).tab == 40.0
    assert bark(Hole=70.0, Dirt=30.0, hole=45.0, dirt=40.0, **vault).tab == 5.0
    assert bark(Hole=70.0, Dirt=70.0, hole=45.0, **vault).reverts
    assert bark(Hole=70.0, Dirt=71.0, hole=45.0, **vault).reverts
    assert bark(Hole=math.inf, hole=math.inf, **vault).tab == 100.0


def test_nothing_is_auctioned_without_collateral_or_debt():
    assert bark(0.0, 100.0, Hole=1e3, hole=1e3, chop=1.1).reverts
    assert bark(40.0, 0.0, Hole=1e3, hole=1e3, chop=1.1) == (0.0, 0.0, 40.0, 0.0, True)
    assert bite([0.0, 40.0], [100.0, 0.0], chop=1.1).reverts.tolist() == [True, True]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, FACTORS, FACTORS, LIMITS, AMOUNTS), min_size=1, max_size=8))
def test_barks_equal_the_plain_twin_bit_for_bit(table):
    ink, art, rate, chop, room, dust = (np.array(column) for column in zip(*table, strict=True))
    sold = bark(ink, art, rate=rate, chop=chop, Hole=room, hole=math.inf, dust=dust)
    for i, row in enumerate(table):
        assert tuple(column[i] for column in sold) == naive.bark(*row)


@given(st.tuples(TENTHS, TENTHS, STEPS, STEPS, TENTHS, TENTHS))
def test_barks_are_those_of_decimal_arithmetic(row):
    ink, art, rate, chop, room, dust = floats(row)
    close(bark(ink, art, rate=rate, chop=chop, Hole=room, hole=room, dust=dust), naive.bark(*row, rounding=0))


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=6), LIMITS, FACTORS, AMOUNTS)
def test_vaults_in_turn_share_the_holes(vaults, hole, chop, dust):
    ink, art = (np.array(column) for column in zip(*vaults, strict=True))
    sold = bark(ink, art, Hole=math.inf, hole=hole, chop=chop, dust=dust, in_turn=True)
    room = hole
    for i in range(ink.size):
        expected = naive.bark(ink[i], art[i], 1.0, chop, room, dust)
        assert tuple(column[i] for column in sold) == expected
        room -= expected[1]
    assert room >= -dust * chop * (1 + 1e-9)  # the contract's own bound on the excess


VAULTS = st.tuples(AMOUNTS, AMOUNTS, FACTORS, FACTORS, LIMITS, LIMITS, LIMITS, st.just(0.0) | AMOUNTS)


@given(st.lists(VAULTS, min_size=1, max_size=8))
def test_bites_equal_the_plain_twin_bit_for_bit(table):
    ink, art, rate, chop, dunk, lump, box, dust = (np.array(column) for column in zip(*table, strict=True))
    sold = bite(ink, art, rate=rate, chop=chop, dunk=dunk, lump=lump, box=box, dust=dust)
    for i, row in enumerate(table):
        assert tuple(column[i] for column in sold) == naive.bite(*row)


@given(VAULTS)
def test_a_bite_conserves_collateral_and_debt_in_one_proportion(row):
    ink, art, rate, chop, dunk, lump, box, dust = row
    sold = bite(ink, art, rate=rate, chop=chop, dunk=dunk, lump=lump, box=box, dust=dust)
    assert sold.lot + sold.ink_left == pytest.approx(ink)
    assert sold.tab / rate / chop + sold.art_left == pytest.approx(art)
    if not sold.reverts:
        assert sold.lot / ink == pytest.approx(sold.tab / rate / chop / art)
        assert sold.tab <= min(dunk, box) * (1 + 1e-12)
        assert sold.lot <= lump * (1 + 1e-12)


def test_a_box_with_less_room_than_dust_takes_nothing():
    vault = {"ink": 100.0, "art": 150.0, "chop": 1.0, "dunk": 100.0, "box": 75.0, "dust": 20.0}
    assert bite(**vault, litter=55.0).tab == 20.0
    assert bite(**vault, litter=55.1).reverts
    assert bite(**vault | {"dust": 0.0}, litter=75.0).reverts


def test_a_vault_of_march_2020_is_sold_in_lots_of_collateral():
    ink, art, lots = 120.0, 12_000.0, []
    while ink > 0:
        sold = bite(ink, art, chop=1.13, lump=50.0)
        ink, art = sold.ink_left, sold.art_left
        lots.append(sold.lot)
    assert lots == [50.0, 50.0, 20.0]
    assert art == 0.0


@given(st.tuples(TENTHS, TENTHS | st.just(Fraction(0)), STEPS, TENTHS))
def test_tends_are_those_of_decimal_arithmetic(row):
    bid, previous_bid, beg, tab = floats(row)
    accepted = tend_accepted(bid, previous_bid, beg=beg, tab=tab)
    assert accepted == naive.tend_accepted(*row, rounding=0)
    assert accepted == naive.tend_accepted(bid, previous_bid, beg, tab)


def test_a_bid_of_exactly_the_least_increase_is_taken():
    assert 1.05 * 1.1 > 1.155  # in binary
    assert tend_accepted(1.155, 1.1, beg=1.05, tab=50.0)
    assert not tend_accepted(1.1549, 1.1, beg=1.05, tab=50.0)


def test_bids_reach_the_tab_by_any_step_and_never_pass_it():
    bids = [49.5, 50.0, 50.1, 49.0, 60.0]
    assert tend_accepted(bids, 49.0, beg=1.05, tab=50.0).tolist() == [False, True, False, False, False]


def test_the_first_bid_may_be_next_to_nothing_but_not_nothing():
    assert tend_accepted([0.0, 1e-45], 0.0, beg=1.03, tab=50.0).tolist() == [False, True]


@given(st.tuples(TENTHS, TENTHS, STEPS, TENTHS, TENTHS))
def test_dents_are_those_of_decimal_arithmetic(row):
    lot, previous_lot, beg, bid, tab = floats(row)
    given = dent(lot, previous_lot, beg=beg, bid=bid, tab=tab)
    assert given.accepted == naive.dent_accepted(*row, rounding=0)
    assert given.returned == previous_lot - lot


def test_collateral_is_given_back_only_once_the_tab_is_bid():
    assert dent(95.0, 100.0, beg=1.05, bid=50.0, tab=50.0) == (True, 5.0)
    assert not dent(95.0, 100.0, beg=1.05, bid=49.9, tab=50.0).accepted
    assert not dent(95.3, 100.0, beg=1.05).accepted
    assert not dent(100.0, 100.0, beg=1.0).accepted


@given(st.integers(0, 20), st.integers(0, 5), st.none() | st.integers(0, 20), st.integers(1, 8), st.integers(1, 8))
def test_phases_equal_the_plain_twin(now, started, last_bid, ttl, tau):
    bid_at = math.inf if last_bid is None else last_bid
    assert phase(now, started, bid_at, ttl=ttl, tau=tau) == naive.phase(now, started, last_bid, ttl, tau)


def test_an_auction_ends_after_its_last_bid_or_its_longest_time():
    now = np.array([0.0, 700.0, 800.0, 172_800.0, 172_801.0])
    bidden, waiting = phase(now, 0.0, 100.0, ttl=600.0, tau=172_800.0), phase(now, 0.0, ttl=600.0, tau=172_800.0)
    assert bidden.biddable.tolist() == [True, False, False, False, False]
    assert bidden.finished.tolist() == [False, False, True, True, True]
    assert waiting.biddable.tolist() == [True, True, True, False, False]
    assert waiting.restartable.tolist() == [False, False, False, False, True]


MOMENTS = st.lists(st.floats(0.0, 1e5), min_size=1, max_size=8)
SHARES = st.floats(0.0, 1.0)


@given(st.sampled_from(["linear", "stair", "exp"]), MOMENTS, AMOUNTS, st.floats(1.0, 1e5), SHARES)
def test_prices_equal_the_plain_twin_bit_for_bit(kind, moments, top, seconds, cut):
    given = auction_price(kind, moments, top, tau=seconds, cut=cut, step=seconds)
    assert given.tolist() == [naive.price(kind, moment, top, seconds, cut, seconds) for moment in moments]


@given(st.sampled_from(["linear", "stair", "exponential"]), MOMENTS, AMOUNTS, st.floats(1.0, 1e5), SHARES)
def test_prices_start_at_the_top_and_never_rise(kind, moments, top, seconds, cut):
    prices = auction_price(kind, [0.0, *sorted(moments)], top, tau=seconds, cut=cut, step=seconds)
    assert prices[0] == top
    assert np.all(np.diff(prices) <= 0)
    assert np.all(prices >= 0)


def test_a_stair_meets_the_exponential_at_its_steps_and_stays_above_between():
    moments = np.arange(0.0, 300.0)
    stair = auction_price("stair", moments, 5.0, cut=0.99, step=30.0)
    smooth = auction_price("exp", moments, 5.0, cut=0.99 ** (1 / 30))
    np.testing.assert_allclose(stair[::30], smooth[::30], rtol=1e-12)
    assert np.all(stair >= smooth * (1 - 1e-12))
    assert np.unique(stair).size == 10


def test_steps_of_a_tenth_of_a_second_fall_on_their_moments():
    moments = np.arange(50) / 10
    given = auction_price("stair", moments, 1.0, cut=0.5, step=0.1)
    np.testing.assert_array_equal(given, 0.5 ** np.arange(50.0))


def test_a_linear_price_reaches_zero_and_stays_there():
    assert auction_price("linear", [0, 1800, 3600, 7200], 1000.0, tau=3600).tolist() == [1000.0, 500.0, 0.0, 0.0]


def test_an_auction_goes_on_at_exactly_tail_and_exactly_cusp():
    ends = {"tail": 3600.0, "cusp": 0.7}
    assert needs_redo([3600.0, 3600.5], 5.0, 5.0, **ends).tolist() == [False, True]
    moments = np.array([1079.0, 1080.0, 1081.0])
    prices = auction_price("linear", moments, 5.3, tau=3600.0)
    assert needs_redo(moments, prices, 5.3, **ends).tolist() == [False, False, True]
    assert not needs_redo(1e9, 5.0, 5.0, tail=math.inf, cusp=0.7)


@given(st.integers(0, 400), st.integers(1, 400), st.integers(1, 400), TENTHS, st.integers(0, 100))
def test_restarts_are_those_of_decimal_arithmetic(elapsed, tau, tail, top, hundredths):
    cusp = Fraction(hundredths, 100)
    exact = naive.price("linear", Fraction(elapsed), top, tau=tau)
    price = auction_price("linear", elapsed, float(top), tau=tau)
    given = needs_redo(elapsed, price, float(top), tail=tail, cusp=float(cusp))
    assert given == naive.needs_redo(elapsed, exact, top, tail, cusp, rounding=0)


def test_a_keeper_is_paid_for_a_restart_only_if_tab_and_lot_are_worth_it():
    terms = {"chost": 22.0, "tip": 10.0, "chip": 0.02}
    assert kick(100.0, 4.0, chop=1.1, tip=10.0, chip=0.02).keeper_reward == pytest.approx(12.2)
    assert redo_reward(110.0, 40.0, 4.0, **terms) == pytest.approx(12.2)
    assert redo_reward([22.0, 21.9], 40.0, 4.0, **terms) == pytest.approx([10.44, 0.0])
    assert redo_reward(110.0, [5.5, 5.4], 4.0, **terms) == pytest.approx([12.2, 0.0])


PURCHASES = st.tuples(AMOUNTS, AMOUNTS, st.floats(0.0, 1e4), AMOUNTS, AMOUNTS)


@given(st.lists(PURCHASES, min_size=1, max_size=8))
def test_purchases_equal_the_plain_twin_bit_for_bit(table):
    given = take(*(np.array(column) for column in zip(*table, strict=True)))
    for i, row in enumerate(table):
        assert tuple(column[i] for column in given) == naive.take(*row)


@given(st.tuples(TENTHS, TENTHS, TENTHS, TENTHS, TENTHS))
def test_purchases_are_those_of_decimal_arithmetic(row):
    close(take(*floats(row)), naive.take(*row, rounding=0))


@given(PURCHASES)
def test_a_purchase_conserves_lot_and_tab(row):
    lot, tab, _, amount, chost = row
    given = take(*row)
    assert given.slice + given.lot_left + given.returned_to_owner == pytest.approx(lot)
    assert given.owe + given.tab_left == pytest.approx(tab)
    assert given.slice <= min(lot, amount)
    assert given.returned_to_owner == 0.0 or given.tab_left == 0.0
    if not given.reverts and given.lot_left > 0 and tab > chost:
        assert given.tab_left >= chost * (1 - 1e-9)


def test_a_purchase_shrinks_to_leave_exactly_chost():
    given = take(40.0, 110.0, 5.0, 18.0, 22.0)
    assert (given.slice, given.owe, given.lot_left, given.tab_left) == (17.6, 88.0, 22.4, 22.0)
    assert take(40.0, 110.0, 5.0, 17.6, 22.0).tab_left == pytest.approx(22.0)


def test_a_tab_not_above_chost_is_sold_whole_or_not_at_all():
    assert take(40.0, 22.0, 5.0, 4.0, 22.0) == (0.0, 0.0, 40.0, 22.0, 0.0, 0.0, True)
    assert take(40.0, 22.0, 5.0, 4.4, 22.0)[:5] == (4.4, 22.0, 0.0, 0.0, 35.6)
    assert take(4.0, 22.0, 5.0, 4.0, 22.0).bad_debt == 2.0  # the whole lot may go at any price


def test_a_lot_that_runs_out_first_leaves_bad_debt():
    given = take([40.0, 40.0], 110.0, [2.5, 0.0], 50.0, 22.0)
    assert given.bad_debt.tolist() == [10.0, 110.0]
    assert given.lot_left.tolist() == [0.0, 0.0]
    assert given.returned_to_owner.tolist() == [0.0, 0.0]


@given(AMOUNTS, AMOUNTS, st.lists(st.tuples(st.floats(0.0, 1e4), AMOUNTS), min_size=1, max_size=6), AMOUNTS)
def test_purchases_in_turn_follow_each_other_until_the_auction_is_over(lot, tab, orders, chost):
    price, amount = (np.array(column) for column in zip(*orders, strict=True))
    given = take(lot, tab, price, amount, chost, in_turn=True)
    for i in range(price.size):
        if lot > 0 and tab > 0:
            expected = naive.take(lot, tab, price[i], amount[i], chost)
            assert tuple(column[i] for column in given) == expected
            lot, tab = expected[2:4]
        else:
            assert given.reverts[i]
            assert given.slice[i] == given.owe[i] == given.returned_to_owner[i] == 0.0


def test_two_buyers_at_falling_prices_pay_the_tab_between_them():
    prices = auction_price("stair", [0.0, 30.0, 60.0], 5.0, cut=0.99, step=1.0)
    given = take(40.0, 110.0, prices, [10.0, 30.0, 1.0], 22.0, in_turn=True)
    assert given.owe.tolist() == [50.0, 60.0, 0.0]
    assert given.returned_to_owner[1] == pytest.approx(30 - 60 / (5 * 0.99**30))
    assert given.reverts.tolist() == [False, False, True]


def test_an_empty_list_of_vaults_or_purchases_is_allowed():
    assert bark([], [], Hole=1.0, hole=1.0, chop=1.0, in_turn=True).lot.shape == (0,)
    assert take(1.0, 1.0, [], [], in_turn=True).owe.shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vault_unsafe(-1.0, 1.0, 1.0), "ink must be zero or more and finite, not -1"),
        (lambda: bark(1.0, 1.0, Hole=1.0, hole=math.nan, chop=1.1), "hole must be zero or more"),
        (lambda: bark(1.0, 1.0, Hole=1.0, hole=1.0, chop=0.13), "chop must be 1 or more"),
        (lambda: bark(1.0, 1.0, Hole=[1.0], hole=1.0, chop=1.1, in_turn=True), "must be single numbers"),
        (lambda: bite(1.0, math.inf, chop=1.1), "art must be zero or more and finite"),
        (lambda: tend_accepted(1.0, 1.0, beg=0.05, tab=1.0), "beg must be 1 or more"),
        (lambda: dent(1.0, 0.0, beg=1.05), "previous_lot must be positive"),
        (lambda: phase(1.0, 0.0, ttl=0.0, tau=1.0), "ttl must be positive"),
        (lambda: kick(1.0, 0.0, chop=1.1), "oracle must be positive and finite, not 0"),
        (lambda: auction_price("dutch", 1.0, 1.0), "kind must be one of linear, stair, exp, exponential, not 'dutch'"),
        (lambda: auction_price("linear", 1.0, 1.0), "a linear auction needs tau"),
        (lambda: auction_price("stair", 1.0, 1.0), "a stair auction needs cut"),
        (lambda: auction_price("exp", 1.0, 1.0, cut=1.01), "cut must be a fraction"),
        (lambda: auction_price("linear", -1.0, 1.0, tau=1.0), "elapsed must be zero or more"),
        (lambda: needs_redo(1.0, 1.0, 1.0, tail=1.0, cusp=60), "cusp must be a fraction"),
        (lambda: take(1.0, 0.0, 1.0, 1.0), "tab must be positive"),
        (lambda: take([1.0], 1.0, 1.0, 1.0, in_turn=True), "must be single numbers"),
    ],
)
def test_wrong_inputs_are_refused_with_the_name_and_the_number(call, message):
    with pytest.raises(ValueError, match=message):
        call()
