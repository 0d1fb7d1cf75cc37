"""A market of leveraged traders, one Mesa agent each: forced sales move the price to the next trader's liquidation.

What it models: a linear contract, a flat book that refills, mark `last`, a given index, scheduled orders, and an engine
that closes whoever is liquidated at market, for the account of a fund that is large enough (policy `market`, `adl`
off). A scenario's other rules are left out. Formulas: docs/model.md, sections 2, 3, 6 and 7.
"""

from __future__ import annotations

import math

import mesa
from mesa.agent import AgentSet

from cascade_sim.crowd import build_crowd
from cascade_sim.engine.rules import depth_scale
from cascade_sim.engine.shares import share_closed
from cascade_sim.engine.tape import tape_of
from cascade_sim.scenario import Scenario


def mean_exp(z: float) -> float:
    """Return the mean of exp between 0 and z; near 0, where the quotient would lose digits, by its series."""
    if abs(z) < 1e-3:
        return 1 + z * (1 / 2 + z * (1 / 6 + z * (1 / 24 + z * (1 / 120))))
    return math.expm1(z) / z


class BookSide:
    """Bids (direction -1) or asks (+1): `depth` base units per unit of log price, eaten up to a distance."""

    def __init__(self, direction: float, depth: float, half_spread: float) -> None:
        self.direction, self.depth, self.half_spread = direction, depth, half_spread
        self.eaten = self.distance = 0.0

    def price(self, index: float) -> float:
        """Return the best price that is left."""
        return index * math.exp(self.direction * (self.half_spread + self.distance))

    def refill(self, kept: float) -> None:
        """Leave only a share of what was eaten."""
        self.eaten *= kept
        self.distance *= kept

    def eat(self, quantity: float, index: float) -> float:
        """Take a quantity, best price first; returns the money for it, the integral of the price."""
        best, start = self.price(index), self.distance
        self.eaten += quantity
        self.distance = self.eaten / self.depth
        return quantity * best * mean_exp(self.direction * (self.distance - start))


class Trader(mesa.Agent):
    """A leveraged position, side +1 (long) or -1 (short): liquidated where the mark meets its `trigger`."""

    def __init__(self, market: Market, side: float, quantity: float, trigger: float, bankruptcy: float) -> None:
        super().__init__(market)
        self.side, self.quantity, self.trigger, self.bankruptcy = side, quantity, trigger, bankruptcy

    def liquidate(self) -> None:
        """Close the position at market; what it brings beyond its bankruptcy price is the fund's, or missing there."""
        market = self.model
        value = market.trade(-self.side, self.quantity)
        market.fund_change += self.side * (value - self.quantity * self.bankruptcy)
        market.liquidations.append((market.tick, market.round, self.unique_id - 1))
        self.remove()


class Market(mesa.Model):
    """The book, the index and the crowd of a scenario; a step is a tick."""

    def __init__(self, scenario: Scenario, seed: int = 0) -> None:
        super().__init__(rng=seed)
        book, crowd = scenario.market.book, build_crowd(scenario, seed)
        self.index, tape = tape_of(scenario, seed)
        self.bids, self.asks = (BookSide(side, depth_scale(scenario, side), book.half_spread) for side in (-1.0, 1.0))
        self.kept = 1.0 - share_closed(scenario.clock.tick, book.refill.half_life)
        self.path = tape.path.tolist()
        self.orders = list(zip(tape.order_tick.tolist(), tape.order_notional.tolist(), strict=True))
        self.last, self.round = scenario.market.price, 0
        self.fund_start, self.fund_change = scenario.exchange.insurance_fund, 0.0
        self.liquidations: list[tuple[int, int, int]] = []  # tick and round, from 0 and 1, and the trader's number
        columns = (crowd.side, crowd.quantity, crowd.trigger, crowd.bankruptcy)
        Trader.create_agents(self, len(crowd), *(column.astype(float).tolist() for column in columns))
        self.datacollector = mesa.DataCollector({name: name for name in ("mark", "bid", "ask", "fund", "round")})

    tick = property(lambda self: self.steps - 1)
    bid = property(lambda self: self.bids.price(self.index))
    ask = property(lambda self: self.asks.price(self.index))
    mark = property(lambda self: min(max(self.last, self.bid), self.ask))
    fund = property(lambda self: self.fund_start + self.fund_change)

    def trade(self, direction: float, quantity: float) -> float:
        """Sell (-1) or buy (+1) at market; returns the money that changes hands."""
        side = self.bids if direction < 0 else self.asks
        value = side.eat(quantity, self.index)
        self.last = side.price(self.index)
        return value

    def hit(self) -> AgentSet:
        """Return whose trigger the mark has met, longs' from above before shorts' from below, the nearest first."""
        mark = self.mark
        hit = self.agents.select(lambda trader: trader.side * mark <= trader.side * trader.trigger)
        return hit.sort(lambda trader: (-trader.side, -trader.side * trader.trigger), ascending=True)

    def step(self) -> None:
        """Refill the book, move the index, send what is due, and close whoever is hit, round after round."""
        self.bids.refill(self.kept)
        self.asks.refill(self.kept)
        self.index, self.round = self.path[self.tick], 0
        for notional in [notional for tick, notional in self.orders if tick == self.tick]:
            self.trade(math.copysign(1.0, notional), abs(notional) / self.mark)
        while hit := self.hit():
            self.round += 1
            hit.do("liquidate")
        self.datacollector.collect(self)
        self.running = self.tick + 1 < len(self.path)
