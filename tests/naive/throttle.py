"""Rolling-window throttle: the notional that the engine may take over within a while."""

from __future__ import annotations

import math

from naive.plain import notional_of, quantity_of


class Throttle:
    def __init__(self, rules):
        self.rules = rules
        self.slices = [0.0] * rules.throttle_ticks  # notional by tick, oldest first
        self.used = 0.0
        self.held: list = []  # positions whose liquidation waits, first come first served

    def next_tick(self) -> None:
        if self.rules.throttle > 0.0:
            self.used = max(self.used - self.slices.pop(0), 0.0)
            self.slices.append(0.0)

    def capacity(self, mark: float) -> float:
        """Quantity that may still be taken over in this tick."""
        if self.rules.throttle == 0.0:
            return math.inf
        return quantity_of(self.rules, max(self.rules.throttle - self.used, 0.0), mark)

    def hold_back(self, position) -> None:
        position.trigger, position.held_back = None, True
        self.held.append(position)

    def let_in(self, mark: float):
        """Those that waited and that the window has room for, one by one."""
        room = self.capacity(mark)
        while self.held and room > 0.0:
            position = self.held.pop(0)
            position.held_back = False
            if position.quantity > 0.0:
                yield position
                room -= position.quantity

    def use(self, quantity: float, allowed: float, mark: float) -> None:
        if self.rules.throttle == 0.0:
            return
        notional = notional_of(self.rules, quantity, mark)
        if quantity >= allowed:
            notional = self.rules.throttle - self.used
        self.slices[-1] += notional
        self.used += notional
