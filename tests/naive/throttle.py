"""Rolling-window throttle: the notional that the engine may take over within a while."""

from __future__ import annotations

import math

from naive.plain import notional_of, quantity_of


class Throttle:
    def __init__(self, rules):
        self.rules = rules
        self.slices = [0.0] * rules.throttle_ticks  # notional by tick, oldest first
        self.used = 0.0

    def next_tick(self) -> None:
        if self.rules.throttle > 0.0:
            self.used = max(self.used - self.slices.pop(0), 0.0)
            self.slices.append(0.0)

    def capacity(self, mark: float) -> float:
        """Quantity that may still be taken over in this tick."""
        if self.rules.throttle == 0.0:
            return math.inf
        return quantity_of(self.rules, max(self.rules.throttle - self.used, 0.0), mark)

    def use(self, quantity: float, allowed: float, mark: float) -> None:
        if self.rules.throttle == 0.0:
            return
        notional = notional_of(self.rules, quantity, mark)
        if quantity >= allowed:
            notional = self.rules.throttle - self.used
        self.slices[-1] += notional
        self.used += notional
