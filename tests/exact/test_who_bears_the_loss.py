"""Losses of the bankrupt: to winners in rank order, or over all winners, and the same in total; and nobody else's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drawn_rules import venue_worlds
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from second_ledger import open_positions
from worlds import WorldArrays, column, event_rows, rules_row, tape, unit_of

from cascade_sim.engine.advance import advance
from cascade_sim.engine.moves import Turnover
from cascade_sim.kernels import state as k

PRICE = 100.0
RANKINGS = [k.RANKING_PROFIT_LEVERAGE, k.RANKING_HYPERLIQUID, k.RANKING_NONE]


def jump(contract, seed, **rules) -> WorldArrays:
    """Longs whom a jump of the price leaves bankrupt, shorts whom it enriches; no impact, no fund."""
    random = np.random.default_rng(seed)
    losers, winners = 6, 20
    side = np.repeat([1, -1], [losers, winners]).astype(np.int8)
    ruin = np.concatenate([random.uniform(91.0, 96.0, losers), random.uniform(108.0, 150.0, winners)])
    entry = np.concatenate([np.full(losers, PRICE), random.uniform(99.0, 107.0, winners)])
    quantity = random.uniform(1.0, 3.0, side.size) * (PRICE if contract == k.INVERSE else 1.0)
    record = rules_row(contract=contract, shape=k.SHAPE_INFINITE, mark=k.MARK_INDEX, fund_start=0.0, **rules)
    path = np.array([100.0, 88.0, 88.0])
    return WorldArrays(
        record, tape(path), PRICE, side, ruin.copy(), quantity, unit_of(contract, ruin), unit_of(contract, entry)
    )


def loss_beyond_margin(arrays: WorldArrays, mark: float) -> float:
    contract, longs = int(arrays.rules["contract"][0]), arrays.side > 0
    return float((arrays.quantity * (arrays.bankruptcy - unit_of(contract, mark)))[longs].sum())


def winners_equity(arrays: WorldArrays, world) -> float:
    """What all who are left, and all who were settled, are worth."""
    unit = unit_of(int(arrays.rules["contract"][0]), float(world.state["mark"][0]))
    left = sum(signed * (unit - ruin) for signed, ruin in open_positions(world).values())
    return left + float(world.state["settled_cash"][0])


def equity_at(arrays: WorldArrays, mark: float) -> float:
    unit, shorts = unit_of(int(arrays.rules["contract"][0]), mark), arrays.side < 0
    return float((arrays.quantity * (arrays.bankruptcy - unit))[shorts].sum())


def scores(arrays: WorldArrays, ranking: int, mark: float) -> np.ndarray:
    """Ranks of shorts, by prices, as the venues write them."""
    entry, ruin = arrays.entry, arrays.bankruptcy
    if arrays.rules["contract"][0] == k.INVERSE:
        entry, ruin = -1.0 / entry, -1.0 / ruin
        profit = (1.0 / mark - 1.0 / entry) * entry
        leverage = (1.0 / mark) / (1.0 / mark - 1.0 / ruin)
    else:
        profit = (entry - mark) / entry
        leverage = mark / (ruin - mark)
    if ranking == k.RANKING_NONE:
        return np.zeros(entry.size)
    return leverage * (profit if ranking == k.RANKING_PROFIT_LEVERAGE else entry / mark)


cases = pytest.mark.parametrize("contract", [k.LINEAR, k.INVERSE])


@cases
@pytest.mark.parametrize("moving", [0, 1])
@pytest.mark.parametrize("ranking", RANKINGS)
@pytest.mark.parametrize("seed", range(5))
def test_with_an_empty_fund_winners_pay_the_loss_in_rank_order(contract, moving, ranking, seed):
    arrays = jump(contract, seed, adl=1, ranking=ranking, moving=moving)
    world = arrays.run()
    mark = float(world.state["mark"][0])
    events = event_rows(world)
    assert events.size == (arrays.side > 0).sum()
    assert events["filled"].tolist() == events["quantity"].tolist()
    assert column(world, "forced_sell").sum() == 0.0  # the market pays less than the bankruptcy prices
    assert column(world, "bad_debt")[-1] == column(world, "insurance_fund")[-1] == 0.0
    assert world.state["ledger_error"][0] <= 1e-9
    paid = equity_at(arrays, mark) - winners_equity(arrays, world)
    assert paid == pytest.approx(loss_beyond_margin(arrays, mark), rel=1e-9)
    left = open_positions(world)
    ranked = sorted(
        np.flatnonzero(arrays.side < 0),
        key=lambda place: (-scores(arrays, ranking, mark)[place], place if moving else arrays.trigger[place]),
    )
    closed = [arrays.quantity[place] - abs(left.get(int(place), (0.0,))[0]) for place in ranked]
    touched = [place for place, amount in enumerate(closed) if amount > 0.0]
    assert touched == list(range(len(touched)))
    assert all(closed[place] == arrays.quantity[ranked[place]] for place in touched[:-1])
    assert sum(closed) == pytest.approx(float(events["quantity"].sum()), rel=1e-12)


@cases
@pytest.mark.parametrize("moving", [0, 1])
@pytest.mark.parametrize("seed", range(5))
def test_without_deleveraging_the_socialised_loss_is_the_same_total(contract, moving, seed):
    """The same prices: without impact selling on does not move them."""
    deleveraged = jump(contract, seed, adl=1, moving=moving)
    socialised = deleveraged.with_rules(adl=0, socialise=1)
    world = socialised.run()
    mark = float(world.state["mark"][0])
    paid = equity_at(socialised, mark) - winners_equity(socialised, world)
    assert paid == pytest.approx(
        equity_at(deleveraged, mark) - winners_equity(deleveraged, deleveraged.run()), rel=1e-9
    )
    assert column(world, "bad_debt")[-1] == 0.0
    assert world.state["ledger_error"][0] <= 1e-9
    profit = -(unit_of(contract, mark) - socialised.entry)
    taken = socialised.bankruptcy - np.array([open_positions(world).get(i, (0.0, np.nan))[1] for i in range(26)])
    shares = (taken / profit)[socialised.side < 0]
    assert shares == pytest.approx(np.full(shares.size, shares[0]), rel=1e-6)  # in proportion to profit


@cases
@pytest.mark.parametrize("seed", range(3))
def test_without_either_the_same_total_is_bad_debt(contract, seed):
    arrays = jump(contract, seed, adl=0, socialise=0)
    world = arrays.run()
    expected = loss_beyond_margin(arrays, float(world.state["mark"][0]))
    assert column(world, "bad_debt")[-1] == pytest.approx(expected, rel=1e-9)
    assert winners_equity(arrays, world) == pytest.approx(equity_at(arrays, 88.0), rel=1e-12)


def without(turnover: Turnover, place: int) -> Turnover:
    """The same traders, one of whom does nothing."""
    terms = turnover.terms.copy()
    terms["stop"][place] = terms["profit"][place] = np.nan
    terms["answers"][place] = 0
    stays = turnover.exit_position != place
    return Turnover(terms, turnover.entrants, turnover.exit_tick[stays], turnover.exit_position[stays])


@settings(deadline=None, max_examples=150)
@given(venue_worlds(), st.integers(0, 1000))
def test_a_trader_who_acts_touches_nobody_else(arrays, number):
    """Without impact, with a rich fund: what one trader's stop, profit, top-up or exit does ends with that trader."""
    assume(arrays.turnover is not None and arrays.side.size > 1)
    scale = float(arrays.rules["open_interest_margin"][0])
    arrays = arrays.with_rules(
        shape=k.SHAPE_INFINITE, mark=k.MARK_INDEX, fund_start=1e9 * scale, policy=k.POLICY_MARKET, throttle=0.0,
        absorb_share=0.0, pull_share=0.0, follow_share=0.0,
    )  # fmt: skip
    chosen = number % arrays.side.size
    calm = dataclasses.replace(arrays, turnover=without(arrays.turnover, chosen))
    first, second = arrays.run(), calm.run()
    for name in ("mark", "bid", "ask", "index"):
        assert column(first, name).tolist() == column(second, name).tolist()

    def others(world):
        crowd = {place: state for place, state in open_positions(world).items() if place != chosen}
        events = [row for row in event_rows(world).tolist() if row[2] != chosen]
        wallets = np.delete(world.moves.terms["wallet"], chosen).tolist()
        return crowd, events, wallets

    assert others(first) == others(second)


@settings(deadline=None, max_examples=150)
@given(venue_worlds(), st.sampled_from([k.FUNDING_CLAMP, k.FUNDING_DAMPENED, k.FUNDING_PLAIN]))
def test_funding_payments_over_all_accounts_sum_to_zero(arrays, kind):
    """The payment falls into an outage, so that nothing else happens in its tick."""
    last = arrays.tape.path.size - 1
    outages = {"outage_from": np.array([last]), "outage_to": np.array([last + 1])}
    arrays = dataclasses.replace(arrays, tape=arrays.tape._replace(**outages)).with_rules(
        funding=kind, funding_ticks=10**6, first_funding_tick=last + 1, funding_interest=0.01, funding_clamp=5e-4,
        funding_cap=0.02, socialise=0,
    )  # fmt: skip
    world = arrays.build()
    advance(world, last)
    before, crowd = world.state[0].copy(), open_positions(world)
    assume(before["shortfall"] == 0.0)
    advance(world, 1)
    after = world.state[0]
    contract = int(arrays.rules["contract"][0])
    payment = after["funding_rate"] * arrays.rules["funding_share"][0] * abs(unit_of(contract, float(after["mark"])))
    assert abs(after["funding_rate"]) <= 0.02
    now = open_positions(world)
    assert now.keys() == crowd.keys()
    received = 0.0
    for place, (signed, ruin) in crowd.items():
        assert now[place] == (signed, ruin + payment)
        received -= signed * payment
    paid = {name: float(after[f"{name}_cash"] - before[f"{name}_cash"]) for name in ("maker", "flow", "vault", "fund")}
    paid["bad debt"] = -float(after["bad_debt"] - before["bad_debt"])
    assert received + sum(paid.values()) == pytest.approx(
        0.0, abs=1e-9 * float(arrays.rules["open_interest_margin"][0])
    )
    assert paid["flow"] == pytest.approx(-payment * after["flow_quantity"], rel=1e-6, abs=1e-9 * abs(payment))
    assert paid["vault"] == pytest.approx(-payment * after["vault_quantity"], rel=1e-6, abs=1e-9 * abs(payment))
