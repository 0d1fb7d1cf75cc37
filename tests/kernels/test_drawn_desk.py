"""The worlds that the accounts' twin is compared in: everything that can happen to an account happens in some."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import naive.backstop
import naive.world
from drawn_desk import desk_worlds
from hypothesis import given, seed, settings
from naive.desk import Desk

RARELY, OFTEN = 1, 10  # worlds in two hundred and fifty
WHAT = {
    "a resting order is met": OFTEN,
    "a resting order is met in part": OFTEN,
    "makers come to a resting order": RARELY,
    "a position is added to": OFTEN,
    "a position turns": OFTEN,
    "a position is closed to the bit": RARELY,
    "an account cannot pay its loss": RARELY,
    "an account cannot pay its margin": OFTEN,
    "an account tops up": RARELY,
    "an order is cancelled": RARELY,
    "an account is liquidated": OFTEN,
    "a liquidated account has resting orders": RARELY,
    "a liquidated account gets something back": RARELY,
    "an account is deleveraged": RARELY,
    "instructions wait for the reopening": RARELY,
    "orders stand on both sides at the end": RARELY,
}


class WatchedDesk(Desk):
    """Notes what happens in the world at hand."""

    seen: ClassVar[set[str]] = set()
    deleveraging = False

    def fill(self, engine, order, want):
        self.seen.add("a resting order is met")
        if want < order.quantity:
            self.seen.add("a resting order is met in part")
        return super().fill(engine, order, want)

    def cross(self, engine):
        makers = engine.accounts.maker_quantity
        super().cross(engine)
        if engine.accounts.maker_quantity != makers:
            self.seen.add("makers come to a resting order")

    def trade(self, engine, order, *terms):
        position = self.positions[order.account]
        held, side = position.quantity, position.side
        super().trade(engine, order, *terms)
        if held > 0.0 and position.quantity == 0.0:
            self.seen.add("a position is closed to the bit")
        elif held > 0.0 and position.side != side:
            self.seen.add("a position turns")
        elif position.quantity > held > 0.0:
            self.seen.add("a position is added to")

    def close(self, engine, *terms):
        overdrawn = engine.overdrawn
        super().close(engine, *terms)
        if engine.overdrawn > overdrawn:
            self.seen.add("an account cannot pay its loss")

    def open(self, engine, order, position, opened, value, fee):
        if abs(value) / order.leverage > self.cash[order.account] - fee:
            self.seen.add("an account cannot pay its margin")
        super().open(engine, order, position, opened, value, fee)

    def top_up(self, engine, account, amount):
        if self.positions[account].quantity > 0.0 and self.cash[account] > 0.0:
            self.seen.add("an account tops up")
        super().top_up(engine, account, amount)

    def take_out(self, order):
        if order.quantity > 0.0:
            self.seen.add("an order is cancelled")
        super().take_out(order)

    def liquidated(self, index):
        account = self.account_of(index)
        if account is not None:
            self.seen.add("an account is liquidated")
            if any(order.account == account for side in self.resting.values() for order in side):
                self.seen.add("a liquidated account has resting orders")
        super().liquidated(index)

    def pay_owner(self, engine, index, amount):
        if self.account_of(index) is not None and amount > 0.0 and not self.deleveraging:
            self.seen.add("a liquidated account gets something back")
        super().pay_owner(engine, index, amount)

    def receive(self, tick):
        if self.waiting:
            self.seen.add("instructions wait for the reopening")
        super().receive(tick)


def test_everything_that_can_happen_to_an_account_happens_among_the_drawn_worlds(monkeypatch):
    close_both = naive.backstop.close_both

    def watched_close(engine, event, opponent, gain):
        if engine.desk.account_of(opponent.index) is not None:
            engine.desk.seen.add("an account is deleveraged")
        engine.desk.deleveraging = True
        close_both(engine, event, opponent, gain)
        engine.desk.deleveraging = False

    monkeypatch.setattr(naive.backstop, "close_both", watched_close)
    monkeypatch.setattr(naive.world, "Desk", WatchedDesk)
    worlds: Counter[str] = Counter()

    @seed(6)
    @settings(deadline=None, max_examples=250, database=None)
    @given(desk_worlds())
    def look(desk_world):
        WatchedDesk.seen = set()
        desk = desk_world.twin().run().engine.desk
        if all(desk.resting.values()):
            desk.seen.add("orders stand on both sides at the end")
        worlds.update(desk.seen)

    look()
    few = {what: worlds[what] for what, least in WHAT.items() if worlds[what] < least}
    assert not few, f"in too few of 250 worlds: {few}"
