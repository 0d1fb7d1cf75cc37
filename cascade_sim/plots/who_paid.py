"""Who paid for the liquidations of a run, and who received it, from its summary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cascade_sim.plots.style import BAD_DEBT, COLLATERAL, DELEVERAGED, DEPTH, FUND, INVENTORY, MUTED, SOCIALISED

# Below this share of the total a remainder is rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Part:
    """One bar: an amount in margin currency, whose it is, what that means, and its colour."""

    amount: float
    who: str
    meaning: str
    colour: str


@dataclass(frozen=True)
class Account:
    """What was paid and what was received; both add up to the same, what does not fit is a part named other."""

    paid: list[Part]
    received: list[Part]

    @property
    def total(self) -> float:
        """Sum of all that was paid."""
        return math.fsum(part.amount for part in self.paid)


_PAID = {
    "collateral_lost": ("liquidated traders", "collateral that they did not get back", COLLATERAL),
    "fund_paid": ("insurance fund", "for closings below the bankruptcy price", FUND),
    "adl_forgone": ("deleveraged winners", "profit given up by being closed early", DELEVERAGED),
    "socialised_loss": ("all winners", "losses that the venue shared out among them", SOCIALISED),
    "bad_debt": ("nobody", "bad debt, losses that no one covered", BAD_DEBT),
}
_RECEIVED = {
    "loss_to_market": ("the market", "whoever was on the other side of forced trades", DEPTH),
    "fund_received": ("insurance fund", "from closings above the bankruptcy price", FUND),
    "loss_in_engine": ("still in the engine", "lost on what it holds and has not sold", INVENTORY),
}
_NEEDED = ("collateral_lost", "loss_to_market")
_OTHER = "what these figures leave open, such as funding that the fund paid"


def account_of(summary: Mapping[str, Any]) -> Account | None:
    """Read who paid and who received from a summary; None where it does not say.

    Parts that are zero or null are left out.
    """
    if any(_amount(summary, key) is None for key in _NEEDED):
        return None
    paid, received = (_parts(summary, side) for side in (_PAID, _RECEIVED))
    difference = math.fsum([part.amount for part in paid] + [-part.amount for part in received])
    whole = math.fsum(abs(part.amount) for part in paid + received)
    if abs(difference) > _ROUNDING * whole:
        lacking = received if difference > 0 else paid
        lacking.append(Part(abs(difference), "other", _OTHER, MUTED))
    return Account(paid, received)


def _parts(summary: Mapping[str, Any], side: Mapping[str, tuple[str, str, str]]) -> list[Part]:
    amounts = {key: _amount(summary, key) or 0.0 for key in side}
    whole = math.fsum(abs(amount) for amount in amounts.values())
    return [Part(amounts[key], *words) for key, words in side.items() if abs(amounts[key]) > 1e-12 * whole]


def _amount(summary: Mapping[str, Any], key: str) -> float | None:
    """Return an entry as a finite number; None for null and for what is missing."""
    value = summary.get(key)
    known = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]
