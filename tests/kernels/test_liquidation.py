"""What the liquidation engine does with one or a few positions, in numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import column, event_rows, few

from cascade_sim.engine.advance import advance
from cascade_sim.kernels import state as k

LONG = (1, 2.0, 95.0, 90.0)
SHORT = (-1, 3.0, 105.0, 110.0)


@pytest.mark.parametrize(("price", "fires"), [(95.01, 0), (95.0, 1), (94.0, 1)])
def test_a_long_fires_when_the_mark_meets_its_trigger_from_above(price, fires):
    assert event_rows(few([price], [LONG]).run()).size == fires


@pytest.mark.parametrize(("price", "fires"), [(104.99, 0), (105.0, 1), (106.0, 1)])
def test_a_short_fires_when_the_mark_meets_its_trigger_from_below(price, fires):
    assert event_rows(few([price], [SHORT]).run()).size == fires


def test_positions_fire_in_price_order_and_ties_by_index():
    positions = [(1, 1.0, 90.0, 80.0), (1, 1.0, 95.0, 80.0), (1, 1.0, 90.0, 80.0), (1, 1.0, 93.0, 80.0)]
    assert event_rows(few([89.0], positions).run())["position"].tolist() == [1, 3, 0, 2]


def test_what_a_sale_brings_above_the_bankruptcy_price_goes_to_the_fund():
    world = few([94.0], [LONG]).run()
    assert column(world, "insurance_fund")[0] == 1000.0 + 2.0 * (94.0 - 90.0)
    assert event_rows(world)["fund_change"][0] == 8.0


def test_or_back_to_the_trader_where_the_venue_does_not_confiscate():
    world = few([94.0], [LONG], surplus_to_trader=1).run()
    assert column(world, "insurance_fund")[0] == 1000.0
    assert world.state["settled_cash"][0] == 8.0


@pytest.mark.parametrize("surplus_to_trader", [0, 1])
def test_below_the_bankruptcy_price_the_fund_pays(surplus_to_trader):
    world = few([88.0], [LONG], surplus_to_trader=surplus_to_trader).run()
    assert column(world, "insurance_fund")[0] == 1000.0 - 2.0 * (90.0 - 88.0)
    short = few([112.0], [SHORT], surplus_to_trader=surplus_to_trader).run()
    assert column(short, "insurance_fund")[0] == 1000.0 - 3.0 * (112.0 - 110.0)


@pytest.mark.parametrize(("fill", "change"), [(54_600.0, 100.0), (54_000.0, 0.0), (50_400.0, -600.0)])
def test_the_glossary_example_pays_a_hundred_into_the_fund_where_it_claims_a_loss_of_six_hundred(fill, change):
    position = (1, 1.0 / 6.0, 54_600.0, 54_000.0)
    world = few([fill], [position], start=60_000.0).run()
    assert column(world, "insurance_fund")[0] - 1000.0 == pytest.approx(change, abs=1e-9)


def test_the_engine_sells_only_down_to_the_price_that_empties_the_fund():
    """90 - 20 / 2 = 80, and with nobody to deleverage the rest goes on at any price."""
    book = {"shape": k.SHAPE_LINEAR, "scale_bid": 1.0, "scale_ask": 1.0, "mark": k.MARK_LAST}
    opponents = [(-1, 50.0, 1000.0, 1100.0)]
    world = few([94.0], [LONG, *opponents], fund_start=20.0, **book).run()
    assert column(world, "bid")[0] == pytest.approx(80.0, rel=1e-14)
    assert column(world, "adl")[0] == pytest.approx(2.0 - math.log(94.0 / 80.0), rel=1e-12)
    assert column(world, "insurance_fund")[0] > 0.0
    assert column(world, "bad_debt")[0] == 0.0


def test_round_one_is_pushed_by_news_and_later_rounds_by_forced_selling():
    book = {"shape": k.SHAPE_LINEAR, "scale_bid": 100.0, "scale_ask": 100.0, "mark": k.MARK_LAST}
    positions = [(1, 1.0, 95.0, 80.0), (1, 1.0, 94.5, 80.0), (1, 1.0, 93.5, 80.0), (1, 1.0, 92.0, 80.0)]
    world = few([95.0, 95.0], positions, **book).run()
    assert event_rows(world)["round"].tolist() == [1, 2, 3]
    assert column(world, "rounds").tolist() == [3.0, 0.0]


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_a_position_is_sold_after_the_delay_at_the_price_of_that_moment(delay):
    path = 94.0 - np.arange(8)
    world = few(path, [LONG], delay_ticks=delay).run()
    assert column(world, "forced_sell").tolist() == [2.0 if tick == delay else 0.0 for tick in range(8)]
    assert column(world, "liquidations_long").tolist() == [1.0] + [0.0] * 7
    assert event_rows(world)["value"][0] == 2.0 * path[delay]


def test_a_paced_engine_sells_a_share_of_its_backlog_first_come_first_served():
    positions = [(1, 3.0, 95.0, 90.0), (1, 1.0, 94.0, 90.0)]
    world = few(np.full(4, 93.0), positions, policy=k.POLICY_PACED, pace_share=0.5).run()
    assert column(world, "forced_sell").tolist() == [0.0, 2.0, 1.0, 0.5]
    assert column(world, "engine_inventory").tolist() == [4.0, 2.0, 1.0, 0.5]
    assert event_rows(world)["filled"].tolist() == [3.0, 0.5]


def test_a_paced_engine_may_sell_so_much_notional_a_tick_shared_by_both_sides():
    positions = [(1, 3.0, 95.0, 90.0), (-1, 1.0, 92.0, 99.0)]
    world = few(np.full(3, 93.0), positions, policy=k.POLICY_PACED, pace_notional=93.0).run()
    assert column(world, "forced_sell") == pytest.approx([0.0, 0.75, 0.75])
    assert column(world, "forced_buy") == pytest.approx([0.0, 0.25, 0.25])


def test_a_limit_engine_offers_at_the_bankruptcy_price_and_waits():
    """Taken over at 89, offered at 90: nothing bids that much until the index is back."""
    world = few([89.0, 89.0, 90.5], [LONG], policy=k.POLICY_LIMIT).run()
    assert column(world, "engine_inventory").tolist() == [2.0, 2.0, 0.0]
    assert event_rows(world)["value"][0] == 2.0 * 90.5
    assert column(world, "insurance_fund").tolist() == [1000.0, 1000.0, 1001.0]


def test_buyers_meet_the_offers_of_a_limit_engine_cheapest_first():
    positions = [(1, 1.0, 95.0, 92.0), (1, 1.0, 94.0, 91.0), (1, 1.0, 93.0, 91.5)]
    orders = [(1, 1.5 * 90.0)]
    world = few([90.0, 90.0], positions, orders=orders, policy=k.POLICY_LIMIT, half_spread=0.05).run()
    assert event_rows(world)["filled"].tolist() == [0.0, 1.0, 0.5]
    assert event_rows(world)["value"].tolist() == [0.0, 91.0, 0.5 * 91.5]
    assert column(world, "forced_sell").tolist() == [0.0, 1.5]
    assert world.state["flow_cash"][0] == -(91.0 + 0.5 * 91.5)


def test_a_limit_engine_realises_no_loss_by_itself():
    """Down to where the fund can still carry what it holds: 2 x (90 - 50) = 80 of 1,000."""
    world = few(np.linspace(94.0, 50.0, 30), [LONG], policy=k.POLICY_LIMIT, orders=[(0, 1.0)]).run()
    assert column(world, "insurance_fund").min() >= 1000.0


def test_triggers_wait_for_the_end_of_an_outage():
    world = few([96.0, 94.0, 88.0, 93.0, 93.0], [LONG], outages=[(1, 4)]).run()
    assert event_rows(world)["tick"].tolist() == [4]
    assert column(world, "halted").tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_orders_due_in_an_outage_are_sent_after_it():
    world = few(np.full(5, 100.0), [LONG], orders=[(1, -100.0), (2, -50.0)], outages=[(1, 4)]).run()
    assert column(world, "flow").tolist() == [0.0, 0.0, 0.0, 0.0, -1.5]


def test_whom_the_mark_passes_and_leaves_again_is_liquidated_all_the_same():
    world = few([96.0, 94.0, 100.0], [LONG]).run()
    assert event_rows(world)["tick"].tolist() == [1]


def test_forced_notional_is_counted_in_the_clock_minute_of_the_trade():
    positions = [(1, 1.0, 95.0, 60.0), (1, 2.0, 85.0, 60.0), (1, 3.0, 75.0, 60.0)]
    path = np.concatenate([np.full(20, 94.0), np.full(20, 84.0), np.full(50, 74.0)])
    world = few(path, positions, start_in_minute_s=35.0).run()
    assert world.log.minutes.tolist()[:3] == [94.0 + 2.0 * 84.0, 3.0 * 74.0, 0.0]


def test_a_full_book_leaves_the_rest_with_the_engine_and_says_so():
    book = {"shape": k.SHAPE_TABLE, "until": 0.1, "mark": k.MARK_LAST, "adl": 0}
    world = few([94.0, 94.0], [(1, 5.0, 95.0, 90.0)], levels=[(0.1, 2.0)], **book).run()
    assert event_rows(world)["filled"].tolist() == [2.0]
    assert column(world, "engine_inventory").tolist() == [3.0, 3.0]
    assert world.state["exhausted"][0] == 1


def test_nothing_trades_below_a_millionth_of_the_start_price():
    world = few([1e-3, 5e-5, 2e-4], [(1, 1.0, 1e-4, 1e-5)], adl=0).build()
    advance(world, 2)
    assert (event_rows(world)["filled"][0], world.state["exhausted"][0]) == (0.0, 1)
    advance(world, 1)
    assert event_rows(world)["filled"][0] == 1.0
