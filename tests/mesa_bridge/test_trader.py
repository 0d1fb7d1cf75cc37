"""A strategy's account: what orders do to it, with the numbers worked out beside the market."""

from __future__ import annotations

import contextlib
import math

import pytest
from small_runs import crash, inverse

import cascade_sim as cs

pytest.importorskip("mesa")

from cascade_sim.mesa_bridge import CascadeModel, TraderAgent

# A still market: 100 a unit, 20M within 1 % on each side, no spread, nothing moves but for orders.
STILL = {
    "name": "Still market",
    "clock": {"start": "2025-01-01T00:00:00Z", "duration": "5min", "tick": "1s"},
    "market": {"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
    "exchange": {"maintenance": {"rate": "1%"}, "insurance_fund": "1M"},
    "crowd": {
        "longs": {"side": "long", "traders": 10, "open_interest": "1M", "leverage": {"kind": "fixed", "value": 2}},
    },
}
# Base units a unit of log distance, on each side: 20M = 100 D (1 - 0.99).
DENSITY = 20e6 / (100.0 * (1.0 - 0.99))


def still(changes: dict | None = None, **settings) -> CascadeModel:
    return CascadeModel(cs.Scenario(**STILL).with_overrides(changes or {}), **settings)


def buying_cost(quantity: float, price: float = 100.0) -> float:
    """What a buy costs in a book that nobody has touched: the integral of the price over what it eats."""
    return price * DENSITY * math.expm1(quantity / DENSITY)


def test_a_market_order_costs_the_integral_of_the_book_and_sets_margin_aside():
    model = still()
    agent = TraderAgent(model, cash=1e6, leverage=4)
    order = agent.buy(10_000)
    assert (order.is_open, order.quantity, order.filled) == (True, 10_000.0, 0.0)
    model.step()
    value = buying_cost(10_000)
    assert not order.is_open
    assert order.filled == agent.position == 10_000.0
    assert order.average_price == agent.entry_price == pytest.approx(value / 10_000, rel=1e-12)
    assert agent.collateral == pytest.approx(value / 4, rel=1e-9)
    assert agent.cash == pytest.approx(1e6 - value / 4, rel=1e-12)
    assert agent.equity == pytest.approx(1e6 + 10_000 * agent.mark - value, rel=1e-12)
    assert agent.profit == agent.equity - 1e6
    assert agent.liquidation_price == pytest.approx((value - value / 4) / (10_000 * 0.99), rel=1e-9)


def test_a_notional_is_worth_what_the_mark_says():
    model = still()
    agent = TraderAgent(model, cash=1e6)
    agent.buy(notional=50_000)
    model.step()
    assert agent.position == 500.0


def test_taker_fees_are_paid_and_makers_pay_none():
    model = still({"exchange.fees.taker": "0.1%"})
    taker, maker = TraderAgent(model, cash=1e6), TraderAgent(model, cash=1e6)
    maker.limit("sell", 100, 100.0)
    model.step()
    taker.buy(100)
    model.step()
    assert taker.entry_price == maker.entry_price == 100.0
    assert taker.equity == pytest.approx(1e6 - 10.0, rel=1e-12)
    assert maker.equity == pytest.approx(1e6, rel=1e-12)


def test_a_limit_order_rests_is_met_in_price_order_and_leaves_no_trace_in_the_book():
    model = still()
    seller = TraderAgent(model, cash=1e9)
    dear, cheap = seller.limit("sell", 1_000, 100.2), seller.limit("sell", 1_000, 100.1)
    model.step()
    assert seller.position == 0.0
    assert seller.open_orders == [dear, cheap]
    buyer = TraderAgent(model, cash=1e9)
    to_the_cheap = DENSITY * math.log(100.1 / 100.0)
    buyer.buy(to_the_cheap + 400)
    model.step()
    assert cheap.filled == pytest.approx(400, rel=1e-6)
    assert cheap.average_price == pytest.approx(100.1, rel=1e-12)
    assert (dear.filled, seller.position) == (0.0, -cheap.filled)
    assert buyer.mark == pytest.approx(100.1, rel=1e-9)


def test_a_cancelled_order_is_not_met():
    model = still()
    seller, buyer = TraderAgent(model, cash=1e9), TraderAgent(model, cash=1e9)
    order = seller.limit("sell", 1_000, 100.0)
    model.step()
    seller.cancel(order)
    buyer.buy(10)
    model.step()
    assert not order.is_open
    assert order.filled == seller.position == 0.0
    assert seller.available == seller.cash == 1e9


def test_an_order_that_is_cancelled_before_it_is_sent_never_reaches_the_market():
    model = still()
    agent = TraderAgent(model, cash=1e6)
    order = agent.buy(10)
    agent.cancel()
    model.step()
    assert (order.filled, order.is_open, agent.position) == (0.0, False, 0.0)


def test_the_margin_of_open_orders_is_set_aside():
    model = still()
    agent = TraderAgent(model, cash=10_000.0, leverage=2)
    agent.limit("buy", 100, 90.0)
    assert agent.available == 10_000.0 - 4_500.0
    agent.limit("buy", 100, 80.0)
    assert agent.available == 10_000.0 - 4_500.0 - 4_000.0
    with pytest.raises(cs.StrategyError, match="1,500 of 10,000 is free"):
        agent.limit("buy", 100, 70.0)
    agent.cancel()
    assert agent.available == 10_000.0


def test_closing_needs_no_margin():
    model = still()
    agent = TraderAgent(model, cash=1_000.0)
    agent.buy(9.99)
    model.step()
    assert agent.available < 10.0
    agent.close()
    model.step()
    assert agent.position == 0.0
    assert agent.close() is None
    assert agent.equity == agent.cash < 1_000.0


def test_an_order_through_zero_closes_and_opens_the_other_side():
    model = still()
    agent = TraderAgent(model, cash=10_000.0, leverage=5)
    agent.buy(100)
    model.step()
    agent.sell(150)
    model.step()
    paid, received = buying_cost(100), -buying_cost(-150)
    assert agent.position == -50.0
    assert agent.entry_price == pytest.approx(received / 150, rel=1e-12)
    assert agent.collateral == pytest.approx(received / 3 / 5, rel=1e-9)
    assert agent.equity == pytest.approx(10_000.0 - paid + received - 50 * agent.mark, rel=1e-12)


def test_a_top_up_moves_the_liquidation_price_by_its_share_of_the_quantity():
    model = still()
    agent = TraderAgent(model, cash=10_000.0, leverage=10)
    agent.buy(100)
    model.step()
    before, collateral = agent.liquidation_price, agent.collateral
    agent.top_up(500.0)
    model.step()
    assert agent.collateral == pytest.approx(collateral + 500.0, rel=1e-12)
    assert before - agent.liquidation_price == pytest.approx(500.0 / (100 * 0.99), rel=1e-9)


def test_a_strategy_is_liquidated_like_everybody_and_its_orders_are_cancelled():
    model = still({"flow.orders": [{"at": "10s", "sell": "60M"}]})
    agent = TraderAgent(model, cash=100_000.0, leverage=50)
    agent.buy(10_000)
    model.step()
    agent.limit("buy", 10, 50.0)
    trigger = agent.liquidation_price
    assert 97.0 < trigger < 100.0
    model.run_model()
    assert (agent.position, agent.liquidations, agent.open_orders) == (0.0, 1, [])
    assert agent.equity == agent.cash < 100_000.0
    row = model.run.liquidations.query("cohort == 'strategies'").iloc[0]
    assert (row["trader"], row["side"], row["quantity"]) == (0, "long", 10_000.0)
    assert row["trigger_price"] == trigger
    assert model.run.summary["conservation_error"] < 1e-12


def test_the_ledger_closes_through_liquidations_and_deleveraging_of_strategies():
    model = CascadeModel(crash({"exchange.fees.taker": "0.05%", "exchange.insurance_fund": 0}), seed=2)
    agents = [Churner(model, cash=20_000.0, leverage=60) for _ in range(5)]
    model.run_model()
    assert sum(agent.liquidations for agent in agents) > 0
    assert model.run.summary["conservation_error"] < 1e-9


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_the_ledger_is_whole_at_every_tick_while_strategies_trade(contract):
    model = CascadeModel(crash(inverse() if contract == "inverse" else {}), seed=4)
    cash = 2.5 if contract == "inverse" else 20_000.0
    for _ in range(4):
        Churner(model, cash=cash, leverage=8)
    while model.running:
        model.step()
        assert model.world.state["ledger_error"][0] < 1e-12
    assert model.world.state["imbalance"][0] < 1e-6


class Churner(TraderAgent):
    """Trades at random, on both sides, at market and at limits."""

    def step(self):
        draw = self.random.random()
        size = 0.3 * self.available * self.leverage
        with contextlib.suppress(cs.StrategyError):  # what it cannot margin it does not get
            if draw < 0.2:
                self.cancel()
            elif draw < 0.4:
                self.buy(notional=size * (self.mark if self.market.inverse else 1.0))
            elif draw < 0.6:
                self.sell(notional=size * (self.mark if self.market.inverse else 1.0))
            elif draw < 0.7:
                self.close()
            elif draw < 0.9:
                side, sign = ("buy", -1) if draw < 0.8 else ("sell", 1)
                quantity = size * self.mark if self.market.inverse else size / self.mark
                self.limit(side, quantity, self.mid * (1 + sign * 0.002 * self.random.random()))


def test_two_models_with_one_seed_give_the_same_bits_with_strategies():
    def final(seed: int) -> bytes:
        model = CascadeModel(crash(), seed=seed)
        for _ in range(3):
            Churner(model, cash=20_000.0, leverage=8)
        model.run_model()
        return model.world.state.tobytes()

    assert final(1) == final(1) != final(2)


def test_a_strategy_that_leaves_has_its_orders_cancelled_and_acts_no_more():
    model = still()
    agent = TraderAgent(model, cash=1e6)
    order = agent.limit("buy", 10, 90.0)
    model.step()
    agent.remove()
    model.step()
    assert not order.is_open
    assert len(model.strategies) == 0


def test_orders_sent_into_an_outage_wait_for_the_reopening():
    model = still({"exchange.outages": [{"from": "2s", "to": "5s"}]})
    agent = TraderAgent(model, cash=1e6)
    for _ in range(2):
        model.step()
    order, withdrawn = agent.buy(10), agent.buy(20)
    for _ in range(3):
        model.step()
        assert agent.halted
        assert (order.is_open, agent.position) == (True, 0.0)
    agent.cancel(withdrawn)
    model.step()
    assert (order.filled, withdrawn.filled, agent.position) == (10.0, 0.0, 10.0)


def test_many_orders_and_instructions_find_room():
    model = still()
    agent = TraderAgent(model, cash=1e9)
    orders = [agent.limit("buy", 1.0, 90.0 + 0.001 * k) for k in range(1_000)]
    model.step()
    assert len(agent.open_orders) == 1_000
    agent.cancel()
    model.step()
    assert agent.open_orders == []
    assert not any(order.is_open for order in orders)
