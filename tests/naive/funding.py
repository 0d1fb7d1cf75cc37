"""Funding: what longs pay to shorts at every interval."""

from __future__ import annotations

import copy

from naive.plain import price_of, quantity_of
from naive.triggers import LONG, SHORT, in_firing_order, set_trigger


class Funding:
    def __init__(self, rules):
        self.rules = rules
        self.premiums: list[float] = []  # since the last payment
        self.next_tick = rules.first_funding_tick
        self.rate = 0.0

    def impact_price(self, market, side, worst: float) -> float:
        """Average price of an order of the impact notional that nobody sends."""
        notional = self.rules.impact_notional
        if notional == 0.0:
            return side.price
        want = quantity_of(self.rules, notional, market.mark)
        filled, value = copy.copy(side).fill(market.index, market.thinning, want, worst)
        return price_of(self.rules, value / filled) if filled > 0.0 else side.price

    def measure(self, market) -> None:
        bid = self.impact_price(market, market.bids, market.band[0])
        ask = self.impact_price(market, market.asks, market.band[1])
        index = market.index
        self.premiums.append((max(0.0, bid - index) - max(0.0, index - ask)) / index)

    def rate_of(self, premium: float) -> float:
        rules = self.rules
        interest, clamp, cap = rules.funding_interest, rules.funding_clamp, rules.funding_cap
        if rules.funding == "clamp":
            rate = premium + min(max(interest - premium, -clamp), clamp)
        elif rules.funding == "dampened":
            rate = max(clamp, premium) + min(-clamp, premium)
        else:
            rate = premium + interest
        return min(max(rate, -cap), cap)

    def pay(self, engine) -> None:
        """Every account pays on what it holds; who is long pays while the rate is positive."""
        total = 0.0
        for premium in self.premiums:
            total += premium
        self.rate = self.rate_of(total / len(self.premiums) if self.premiums else 0.0)
        self.premiums = []
        self.next_tick += self.rules.funding_ticks
        mark = engine.market.mark
        unit = 1.0 / mark if self.rules.contract == "inverse" else mark
        payment = self.rate * self.rules.funding_share * unit
        if payment == 0.0:
            return
        accounts = engine.accounts
        net = engine.open_quantity[LONG] - engine.open_quantity[SHORT]
        contracts = accounts.maker_quantity + accounts.lending_quantity  # not the coins that keepers have sold to them
        makers = contracts - (net - accounts.crowd_quantity)
        accounts.crowd_cash -= payment * net
        accounts.maker_cash -= payment * makers
        accounts.flow_cash -= payment * accounts.flow_quantity
        accounts.vault_cash -= payment * engine.vault.quantity
        engine.change_fund(-payment * (engine.inventory[LONG] - engine.inventory[SHORT]))
        if not self.rules.moving:
            engine.stood = in_firing_order(engine.crowd)
        for position in engine.positions:
            if position.quantity > 0.0:
                position.bankruptcy += payment
                set_trigger(self.rules, engine.tape, position)

    def end_of_tick(self, engine, halted: bool) -> None:
        if self.rules.funding == "none":
            return
        if not halted:
            self.measure(engine.market)
        if engine.tick + 1 == self.next_tick:
            self.pay(engine)
