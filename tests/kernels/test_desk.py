"""Accounts that send orders of their own, in cases small enough to be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from desks import Account, DeskWorld, Filled
from naive.desk import Instruction
from worlds import WorldArrays, few, no_crowd, rules_row, tape

from cascade_sim.engine.checkpoint import load_world, save_world
from cascade_sim.kernels import state as k

APART = 0.5  # half spread at which the makers are out of reach of any order below
BUY, SELL = 1.0, -1.0


def market(path=(100.0,) * 6, *, orders=(), outages=(), tiers=((0.0, 0.0),), **rules) -> WorldArrays:
    """A market at 100 without a crowd, marked at the index, its makers far apart unless the rules say otherwise."""
    rules = {"half_spread": APART, "mark": k.MARK_INDEX, "fund_start": 1000.0} | rules
    events = tape(path, orders=orders, outages=outages, tiers=tiers)
    return WorldArrays(rules_row(**rules), events, 100.0, **no_crowd())


def send(account, direction, quantity, price=None, leverage=1.0) -> Instruction:
    """A limit order that waits for what is not filled, or a market order without a price."""
    worst = price if price is not None else (math.inf if direction > 0.0 else 0.0)
    return Instruction("send", account, direction, quantity, worst, price is not None, leverage)


def seen(arrays: WorldArrays, instructions, cash=(1000.0, 1000.0, 1000.0, 1000.0)):
    return DeskWorld(arrays, cash, instructions).run()


def test_a_sell_meets_the_best_bid_first_and_of_equal_bids_the_older():
    bids = [send(0, BUY, 1.0, 98.0), send(1, BUY, 1.0, 99.0), send(2, BUY, 1.0, 98.0)]
    world = seen(market(), {0: [*bids, send(3, SELL, 1.5)]})
    assert world.orders == [
        Filled(0.5, 0.5, 49.0), Filled(0.0, 1.0, 99.0), Filled(1.0, 0.0, 0.0), Filled(0.0, 1.5, 148.0),
    ]  # fmt: skip
    assert world.state["last"] == 98.0


def test_a_buy_meets_the_lowest_ask_first_and_of_equal_asks_the_older():
    asks = [send(0, SELL, 1.0, 102.0), send(1, SELL, 1.0, 101.0), send(2, SELL, 1.0, 102.0)]
    world = seen(market(), {0: [*asks, send(3, BUY, 1.5)]})
    assert [order.filled for order in world.orders] == [0.5, 1.0, 0.0, 1.5]


def test_a_resting_order_inside_the_spread_is_met_before_the_makers():
    world = seen(market(half_spread=0.02, scale_bid=50.0), {0: [send(0, BUY, 1.0, 99.0), send(1, SELL, 2.0)]})
    makers = 50.0 * 100.0 * math.exp(-0.02) * -math.expm1(-1.0 / 50.0)
    assert world.orders[0] == Filled(0.0, 1.0, 99.0)
    assert world.orders[1].value == pytest.approx(99.0 + makers, rel=1e-14)
    assert world.state["maker_quantity"] == 1.0


def test_a_resting_order_among_the_makers_is_met_when_the_price_has_come_to_it():
    """Down to 99 the makers bid 50 ln(100 / 99) from a touch of 100."""
    down_to_it = 50.0 * math.log(100.0 / 99.0)
    world = seen(market(half_spread=0.0, scale_bid=50.0), {0: [send(0, BUY, 1.0, 99.0), send(1, SELL, 1.0)]})
    assert world.orders[0].filled == pytest.approx(1.0 - down_to_it, rel=1e-12)
    assert world.state["maker_quantity"] == pytest.approx(down_to_it, rel=1e-12)
    assert world.state["last"] == 99.0


@pytest.mark.parametrize(("kind", "account", "expected"), [("scheduled", None, "flow"), ("forced", None, "engine")])
def test_everybody_meets_resting_orders(kind, account, expected):
    """A scheduled order of a notional of 150 at 100, or a liquidated long, sells to an account that bids 99."""
    if kind == "scheduled":
        arrays, when = market(orders=[(1, -150.0)]), 1
    else:
        arrays, when = few([100.0, 90.0], [(1, 1.5, 95.0, 80.0)], shape=k.SHAPE_LINEAR, half_spread=APART), 1
    world = seen(arrays, {0: [send(0, BUY, 2.0, 85.0 if kind == "forced" else 99.0)]}, cash=(1000.0,))
    assert world.accounts[0].position == 1.5
    assert world.orders[0].quantity == 0.5
    assert when < arrays.tape.path.size


def test_makers_who_come_to_a_resting_order_trade_at_its_price_and_only_what_they_show_up_to_it():
    """The index falls to 96: asks from 96 exp(0.01) up, of which 50 ln(99 / that) up to the bid at 99."""
    arrays = market([100.0, 96.0, 96.0], half_spread=0.01, scale_ask=50.0)
    world = seen(arrays, {0: [send(0, BUY, 5.0, 98.5)]}, cash=(1000.0,))
    shown = 50.0 * (math.log(98.5 / 96.0) - 0.01)
    assert 0.0 < shown < 5.0
    (order,) = world.orders
    assert order.filled == pytest.approx(shown, rel=1e-12)
    assert order.quantity == 5.0 - order.filled
    assert order.value == order.filled * 98.5
    assert world.state["maker_cash"] == pytest.approx(order.value, rel=1e-14)
    assert world.state["last"] == 98.5
    assert world.accounts[0].entry == pytest.approx(98.5, rel=1e-15)


def test_a_resting_order_within_what_the_makers_show_is_filled_whole():
    arrays = market([100.0, 104.0], half_spread=0.01, scale_bid=500.0)
    world = seen(arrays, {0: [send(0, SELL, 1.0, 102.0)]}, cash=(1000.0,))
    assert world.orders == [Filled(0.0, 1.0, 102.0)]
    assert world.accounts[0] == Account(898.0, 0, -1.0, 102.0, 204.0)
    assert world.state["maker_cash"] == pytest.approx(-102.0, rel=1e-14)


def test_of_a_market_order_what_nobody_takes_is_dropped():
    world = seen(market(until=0.0), {0: [send(0, SELL, 1.0, 101.0), send(1, BUY, 3.0), send(0, SELL, 1.0)]})
    assert world.orders == [Filled(0.0, 1.0, 101.0), Filled(0.0, 1.0, 101.0), Filled(0.0, 0.0, 0.0)]


def test_an_order_that_is_filled_in_parts_is_filled_to_the_bit():
    """0.1 + 0.2 + 0.3 is not 0.6."""
    asks = [send(0, SELL, size, 101.0) for size in (0.1, 0.2, 0.3)]
    world = seen(market(), {0: [*asks, send(1, BUY, 0.6), send(0, BUY, 1.0, 99.0), send(1, SELL, 0.6)]})
    assert [order.filled for order in world.orders[:4]] == [0.1, 0.2, 0.3, 0.6]
    assert world.accounts[1].position == 0.0


def test_a_limit_order_trades_what_it_can_at_once_and_waits_with_the_rest():
    world = seen(market(), {0: [send(0, SELL, 1.0, 101.0), send(1, BUY, 3.0, 101.0)], 2: [send(2, SELL, 0.5)]})
    assert world.orders[1] == Filled(1.5, 1.5, 151.5)
    assert world.orders[2] == Filled(0.0, 0.5, 50.5)


def test_adding_to_a_position_averages_its_entry():
    """Three at 100 with leverage 2 cost 150 of margin, one more at 104 with leverage 1 another 104."""
    asks = [send(0, SELL, 3.0, 100.0), send(0, SELL, 1.0, 104.0)]
    world = seen(market(), {0: [*asks, send(1, BUY, 3.0, 100.0, 2.0), send(1, BUY, 1.0)]})
    assert world.accounts[1] == Account(746.0, 0, 4.0, 101.0, (150.0 + 0.0) / 4.0)


def test_closing_a_part_pays_its_share_of_margin_and_profit():
    """Two at 100 with leverage 2, one of them sold at 110: 50 of margin and 10 of profit."""
    trades = [send(0, SELL, 2.0, 100.0), send(1, BUY, 2.0, leverage=2.0), send(0, BUY, 1.0, 110.0), send(1, SELL, 1.0)]
    world = seen(market(), {0: trades})
    assert world.accounts[1] == Account(1000.0 - 100.0 + 60.0, 0, 1.0, 100.0, 50.0)
    assert world.accounts[0] == Account(1000.0 - 200.0 + 90.0, 0, -1.0, 100.0, 200.0)


def test_a_larger_order_against_a_position_realises_its_gain_and_turns_it():
    """Two at 100 with leverage 2; five are sold at 110: 100 of margin and 20 of gain back, then three short."""
    trades = [send(0, SELL, 2.0, 100.0), send(1, BUY, 2.0, leverage=2.0), send(2, BUY, 5.0, 110.0)]
    world = seen(market(), {0: [*trades, send(1, SELL, 5.0, leverage=2.0)]})
    assert world.accounts[1] == Account(900.0 + 120.0 - 165.0, 0, -3.0, 110.0, 165.0)
    assert world.state["open_long"] == 5.0
    assert world.state["open_short"] == 5.0


def test_only_takers_pay_fees():
    world = seen(market(taker_fee=0.01), {0: [send(0, SELL, 2.0, 100.0), send(1, BUY, 2.0)]})
    assert world.accounts[0].cash == 800.0
    assert world.accounts[1].cash == 798.0
    assert world.state["fees_cash"] == 2.0


def test_an_account_that_trades_with_itself_is_out_of_pocket_by_the_fee():
    world = seen(market(taker_fee=0.01), {0: [send(0, SELL, 1.0, 100.0), send(0, BUY, 1.0)]}, cash=(500.0,))
    assert world.accounts == [Account(499.0, 0, 0.0)]
    assert world.state["desk_cash"] == -1.0


def test_margin_is_what_the_account_can_pay_and_no_more():
    """Of 100 in cash 1 is the fee; 99 stand behind a position that asks for 100."""
    world = seen(market(taker_fee=0.01), {0: [send(0, SELL, 1.0, 100.0), send(1, BUY, 1.0)]}, cash=(1000.0, 100.0))
    assert world.accounts[1] == Account(0.0, 0, 1.0, 100.0, 1.0)


def test_what_an_account_owes_beyond_its_cash_is_the_funds_loss():
    """Bought at 100 with a margin of 10, sold at 80: 10 of the loss are the account's, 10 the fund's."""
    trades = {0: [send(0, SELL, 1.0, 100.0), send(1, BUY, 1.0, leverage=10.0)]}
    trades[0] += [send(0, BUY, 1.0, 80.0), send(1, SELL, 1.0)]
    world = seen(market(), trades, cash=(1000.0, 10.0))
    assert world.accounts == [Account(1020.0, 0, 0.0), Account(0.0, 0, 0.0)]
    assert world.state["overdrawn"] == world.state["overdrawn_paid"] == 10.0
    assert world.state["fund_cash"] == -10.0


def test_cash_that_tops_a_position_up_moves_its_bankruptcy_price_by_its_share():
    trades = [send(0, SELL, 2.0, 100.0), send(1, BUY, 2.0, leverage=10.0)]
    world = seen(market(), {0: trades, 1: [Instruction("top_up", 1, amount=30.0)]})
    assert world.accounts[1] == Account(950.0, 0, 2.0, 100.0, 75.0)


def test_topping_up_takes_no_more_than_there_is_and_nothing_without_a_position():
    trades = [send(0, SELL, 1.0, 100.0), send(1, BUY, 1.0)]
    asked = [Instruction("top_up", 1, amount=1e9), Instruction("top_up", 2, amount=5.0)]
    world = seen(market(), {0: trades, 1: asked}, cash=(1000.0, 130.0, 7.0))
    assert world.accounts[1] == Account(0.0, 0, 1.0, 100.0, -30.0)
    assert world.accounts[2] == Account(7.0, 0, 0.0)


def test_a_cancelled_order_is_met_no_more():
    bids = [send(0, BUY, 1.0, 99.0), send(1, BUY, 1.0, 98.0)]
    world = seen(market(), {0: bids, 1: [Instruction("cancel", 0, order=0), send(2, SELL, 1.0)]})
    assert world.orders == [Filled(0.0, 0.0, 0.0), Filled(0.0, 1.0, 98.0), Filled(0.0, 1.0, 98.0)]


def test_instructions_and_resting_orders_wait_out_an_outage():
    """The venue stands still from tick 1 to tick 3, while the index falls below a resting bid and comes back."""
    arrays = market([100.0, 90.0, 90.0, 100.0, 100.0], half_spread=0.01, scale_bid=1e4, scale_ask=1e4, outages=[(1, 3)])
    asked = {0: [send(0, BUY, 1.0, 95.0)], 1: [send(1, SELL, 1.0)], 2: [send(1, SELL, 1.0)]}
    halted = DeskWorld(arrays, (1000.0, 1000.0), asked).run(ticks=3)
    assert [account.position for account in halted.accounts] == [0.0, 0.0]
    world = DeskWorld(arrays, (1000.0, 1000.0), asked).run()
    assert [account.position for account in world.accounts] == [0.0, -2.0]
    assert world.accounts[1].entry == pytest.approx(100.0 * math.exp(-0.01), rel=1e-3)


def test_a_liquidated_account_keeps_its_cash_and_loses_its_orders():
    """Long at 100 with leverage 10: at 90 its margin is gone, and its bid at 60 with it. The makers bid 54.6."""
    asked = {0: [send(0, SELL, 1.0, 100.0), send(1, BUY, 1.0, leverage=10.0), send(1, BUY, 2.0, 60.0)]}
    world = seen(market([100.0, 90.0, 90.0]), asked, cash=(1000.0, 50.0))
    assert world.accounts[1] == Account(40.0, 1, 0.0)
    assert world.orders[2] == Filled(0.0, 0.0, 0.0)
    assert world.state["fund_cash"] == pytest.approx(90.0 * math.exp(-APART) * -math.expm1(-1.0) - 90.0, rel=1e-14)


def test_a_position_opened_anew_has_nothing_of_the_cooldown_of_the_one_before():
    """Half of two is liquidated at 94; the rest is sold and two bought anew, of which half goes at 87."""
    arrays = market(
        [100.0, 94.0, 94.0, 94.0, 94.0, 94.0, 87.0], tiers=[(0.05, 0.0)], surplus_to_trader=1,
        partial=k.PARTIAL_SHARE, partial_share=0.5, cooldown_ticks=3,
    )  # fmt: skip
    asked = {
        0: [send(0, SELL, 2.0, 100.0), send(1, BUY, 2.0, leverage=10.0), send(2, BUY, 1.0, 94.0)],
        2: [send(2, BUY, 1.0, 94.0), send(1, SELL, 1.0), send(0, SELL, 2.0, 94.0), send(1, BUY, 2.0, leverage=10.0)],
        5: [send(2, BUY, 2.0, 87.0)],
    }
    world = seen(arrays, asked)
    assert world.accounts[1].liquidations == 2
    assert world.accounts[1].position == 1.0


def test_a_surplus_of_a_liquidation_is_the_accounts():
    """Liquidated at a maintenance of 5 %, and sold at 95 to another account: 5 of the margin come back."""
    rules = {"surplus_to_trader": 1}
    asked = {0: [send(0, SELL, 1.0, 100.0), send(1, BUY, 1.0, leverage=10.0)], 1: [send(2, BUY, 1.0, 95.0)]}
    world = seen(market([100.0, 100.0, 94.0], tiers=[(0.05, 0.0)], **rules), asked)
    assert world.accounts[1] == Account(995.0, 1, 0.0)
    assert world.state["settled_cash"] == 0.0
    assert world.state["returned"] == 5.0


def test_a_deleveraged_account_is_paid_at_the_other_sides_bankruptcy_price():
    """A long of the crowd bankrupt at 90 finds no bid; an account that sold short at 100 is closed at 90."""
    arrays = few(
        [100.0, 100.0, 70.0], [(1, 1.0, 95.0, 90.0)], shape=k.SHAPE_LINEAR, half_spread=APART, until=0.0, fund_start=0.0
    )
    asked = {0: [send(1, BUY, 1.0, 100.0), send(0, SELL, 1.0), send(0, BUY, 1.0, 50.0)]}
    world = seen(arrays, asked, cash=(100.0, 100.0))
    assert world.accounts[0] == Account(110.0, 0, 0.0)
    assert world.orders[2].quantity == 1.0
    assert world.state["settled_cash"] == 0.0


def test_at_one_price_the_engines_offer_is_met_before_a_resting_order():
    """Under `limit` the engine offers at 95 what it took over; an account offers at 95 as well, and came first."""
    arrays = few(
        [100.0, 94.0, 94.0], [(1, 1.0, 96.0, 95.0)], shape=k.SHAPE_LINEAR, half_spread=APART, policy=k.POLICY_LIMIT
    )
    asked = {0: [send(0, SELL, 1.0, 95.0)], 2: [send(1, BUY, 1.5)]}
    world = seen(arrays, asked, cash=(1000.0, 1000.0))
    assert world.orders[0] == Filled(0.5, 0.5, 47.5)
    assert world.state["engine_long"] == 0.0


def test_resting_orders_beyond_the_price_band_are_not_met():
    asked = {0: [send(0, BUY, 1.0, 96.0), send(1, BUY, 1.0, 94.0), send(2, SELL, 2.0)]}
    world = seen(market(band=0.05), asked)
    assert world.orders == [Filled(0.0, 1.0, 96.0), Filled(1.0, 0.0, 0.0), Filled(0.0, 1.0, 96.0)]


def test_inverse_contracts_are_settled_in_the_base_currency():
    """A hundred contracts bought at 100 with leverage 2 and sold at 125: 1 - 0.8 earned on a margin of a half."""
    asked = {0: [send(0, SELL, 100.0, 100.0), send(1, BUY, 100.0, leverage=2.0)]}
    asked[1] = [send(0, BUY, 100.0, 125.0), send(1, SELL, 100.0)]
    arrays = market(contract=k.INVERSE)
    world = DeskWorld(arrays, (10.0, 10.0), asked).run(ticks=1)
    assert world.accounts[1] == Account(9.5, 0, 100.0, -0.01, -0.015)
    world = DeskWorld(arrays, (10.0, 10.0), asked).run()
    assert world.accounts[1].cash == pytest.approx(10.2, rel=1e-15)


def test_there_is_room_for_any_number_of_orders():
    """A thousand bids, every one a little below the one before, and a sell that meets the first ten."""
    bids = [send(0, BUY, 1.0, 99.0 - 0.01 * number) for number in range(1000)]
    world = seen(market(), {0: bids[:600], 1: [*bids[600:], send(1, SELL, 10.0)]}, cash=(1e6, 1e6))
    assert [order.filled for order in world.orders[:12]] == [1.0] * 10 + [0.0] * 2
    assert world.state["resting_bids"] == 990


def test_a_saved_world_goes_on_with_the_accounts_orders(tmp_path):
    asked = {0: [send(0, BUY, 1.0, 99.0), send(1, BUY, 1.0, 98.0)], 3: [send(2, SELL, 1.5)]}
    arrays, cash = market(taker_fee=0.01), (1000.0, 1000.0, 1000.0)
    whole, run = DeskWorld(arrays, cash, asked).run(), DeskWorld(arrays, cash, asked).run(ticks=3)
    save_world(run.world, tmp_path / "world")
    run.world = load_world(tmp_path / "world")
    on = DeskWorld(arrays, cash, asked).go_on(run)
    assert (on.accounts, on.orders) == (whole.accounts, whole.orders)
    assert on.state == whole.state


def test_the_ledger_counts_the_accounts_cash():
    trades = [send(0, SELL, 3.0, 100.0), send(1, BUY, 3.0, leverage=5.0), send(1, SELL, 1.0)]
    world = seen(market(taker_fee=0.001), {0: trades, 2: [Instruction("top_up", 1, amount=7.0)]})
    assert world.state["desk_cash"] == pytest.approx(sum(a.cash for a in world.accounts) - 4000.0, abs=1e-10)
    assert world.state["ledger_error"] <= 1e-12
    assert np.all(world.state["imbalance"] <= 1e-12)
