"""Off-book absorption: a vault takes part of every forced order at the bankruptcy price."""

from __future__ import annotations

import math

from naive.margin import maintenance_margin
from naive.plain import unit_of
from naive.triggers import LONG


class Vault:
    def __init__(self, rules, tape, accounts):
        self.rules, self.tape, self.accounts = rules, tape, accounts
        self.quantity = 0.0
        self.taken = 0.0  # since the last row

    def equity(self, unit: float) -> float:
        return self.rules.absorb_capital + self.accounts.vault_cash + self.quantity * unit

    def invited(self, position, mark: float) -> bool:
        """Whether a position that is liquidated has fallen far enough below its maintenance."""
        rules, unit = self.rules, unit_of(self.rules, mark)
        if rules.absorb_share == 0.0 or rules.absorb_below >= 1.0:
            return rules.absorb_share > 0.0
        basis = position.entry if rules.maintenance_on_entry else unit
        notional = position.quantity if rules.contract == "inverse" else position.quantity * basis
        required = maintenance_margin(notional, self.tape.tier_rate, self.tape.tier_amount)
        if rules.contract == "inverse":
            required *= -basis
        return position.side * position.quantity * (unit - position.bankruptcy) < rules.absorb_below * required

    def share_of(self, event, want: float, mark: float) -> float:
        """What it takes of a forced order: a share, as far as its own leverage allows."""
        rules = self.rules
        if not event.vault:
            return 0.0
        event.vault = False  # it is asked once
        unit = unit_of(rules, mark)
        room = rules.absorb_leverage * self.equity(unit) / abs(unit) - event.side * self.quantity
        return max(min(rules.absorb_share * want, room), 0.0)

    def absorb(self, engine, event, want: float) -> float:
        taken = self.share_of(event, want, engine.market.mark)
        if taken > 0.0:
            cost = taken * event.bankruptcy
            self.quantity += event.side * taken
            self.accounts.vault_cash -= event.side * cost
            event.filled = event.quantity if taken == event.open else event.filled + taken
            event.value += cost
            engine.inventory[event.side] -= taken
            engine.inventory_cash[event.side] += event.side * cost
            self.taken += taken
        return taken

    def unwind(self, engine) -> None:
        """Sell (buy back) a share of what it holds."""
        if self.quantity == 0.0 or self.rules.absorb_unwind == 0.0:
            return
        side = math.copysign(1.0, self.quantity)
        want = abs(self.quantity) * self.rules.absorb_unwind
        filled, value = engine.order(-side, want, 0.0 if side == LONG else math.inf)
        self.quantity -= side * filled
        self.accounts.vault_cash += side * value
