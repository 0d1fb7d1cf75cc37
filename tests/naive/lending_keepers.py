"""Keepers: what collateral is worth to one of them, what it pays, and what it sells in the market. Model, section 8."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

from naive.plain import plain_record

NOBODY = -1
ACTIONS = ("liquidated", "kicked", "bid", "lowered", "dealt", "taken", "restarted", "sold")


@dataclass(eq=False)
class Action:
    """One row of what was done; names as in the kernel's record."""

    what: str
    tick: int
    block: int
    keeper: int
    mid: float
    pool: int = NOBODY
    loan: int = NOBODY
    auction: int = NOBODY
    toxic: int = 0
    quantity: float = 0.0
    paid: float = 0.0
    oracle: float = math.nan
    sold: float = 0.0
    value: float = 0.0
    health: float = math.nan
    health_after: float = math.nan
    bad_debt: float = 0.0
    gas: float = 0.0
    collateral_left: float = math.nan
    debt_left: float = math.nan


class Keeper:
    def __init__(self, run, number: int, record):
        vars(self).update(vars(plain_record(record)))
        self.run, self.number = run, number

    @property
    def sells_at_once(self) -> bool:
        return self.kept == 0.0

    def ready(self, since: int) -> bool:
        """Whether it has had its latency since something could first be done."""
        return not self.run.now - since < self.latency_ticks

    def worth(self, quantity: float) -> float:
        """What it expects to receive for so much collateral, after fees."""
        market, kept = self.run.market, 1.0 - self.run.rules.taker_fee
        if not self.sells_at_once:
            return quantity * market.bids.price * kept
        if self.run.halted:
            return 0.0
        bids = copy.copy(market.bids)
        _, value = bids.fill(market.index, market.thinning, quantity, market.band[0])
        return value * kept

    def charge(self, cost: float) -> None:
        self.cash -= cost
        self.gas_paid += cost
        self.actions += 1
        self.run.gas_spent += cost

    def sell(self, want: float) -> tuple[float, float]:
        """Sell at any price; returns what was filled and what that brings after fees."""
        run, accounts = self.run, self.run.engine.accounts
        filled, value = run.engine.order(-1.0, want, 0.0)
        fee = run.rules.taker_fee * value
        received = value - fee
        self.cash += received
        self.quantity = 0.0 if filled == self.quantity else self.quantity - filled
        self.sold += filled
        accounts.fees_cash += fee
        accounts.lending_cash += received
        accounts.lending_quantity -= filled
        run.sold_in_row += filled
        return filled, received

    def sell_what_it_won(self, action: Action, quantity: float) -> None:
        if self.sells_at_once and not self.run.halted:
            action.sold, action.value = self.sell(quantity)


def available(run, limit: float) -> float:
    """What the makers bid for at a price or better."""
    market, bids = run.market, run.market.bids
    limit = max(limit, market.band[0])
    if bids.price <= limit:
        return 0.0
    if run.rules.shape == "infinite":
        return math.inf
    distance = min(bids.touch - math.log(limit / market.index), run.rules.until)
    return max(0.0, (bids.quantity_at(distance) - bids.eaten) / market.thinning)
