"""The summary key by key: what each says of an outcome, for one run or for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cascade_sim.kernels.state import TRACKED
from cascade_sim.metrics.branching import ratio_of_sums
from cascade_sim.metrics.outcome import Outcome
from cascade_sim.metrics.who_paid import PAID_AND_RECEIVED
from cascade_sim.scenario import Scenario


@dataclass(frozen=True)
class Terms:
    """What a summary needs to know of the scenario.

    Attributes
    ----------
    start : datetime
    tick : float
        Seconds.
    generations : bool
        Whether rounds are generations of a branching process.
    vault, halts, calls : bool
        Whether the venue has a backstop vault and trading halts, and whether anybody can be called for margin.
    """

    start: datetime
    tick: float
    generations: bool
    vault: bool
    halts: bool
    calls: bool = False

    @classmethod
    def of(cls, scenario: Scenario, calls: bool = False) -> Terms:
        """Return a scenario's terms; ``calls`` is found out from the crowd."""
        exchange, mark = scenario.exchange, scenario.market.mark
        liquidation = exchange.liquidation
        at_once = liquidation.policy == "market" and liquidation.delay == 0.0
        return cls(
            scenario.clock.start,
            scenario.clock.tick,
            at_once and mark.kind in ("last", "mid") and not scenario.lending,
            liquidation.absorb is not None and liquidation.absorb.share > 0.0,
            exchange.halt is not None and exchange.halt.move > 0.0,
            calls,
        )


def end_of_tick(start: datetime, tick_s: float, tick: int) -> str:
    """Return the end of a tick as ISO 8601 in UTC, to the nanosecond where the microsecond does not do."""
    after = round((tick + 1.0) * tick_s * 1e9)
    moment = start.astimezone(UTC) + timedelta(microseconds=after // 1000)
    rest = after % 1000
    if not rest:
        return moment.isoformat()
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}{rest:03d}+00:00"


def _same(name: str) -> Callable[[Any, Terms], Any]:
    place = Outcome._fields.index(name)
    return lambda o, t: o[place]


def _alone(says: Callable[[Any], float]) -> Callable[[Any, Terms], float]:
    return lambda o, t: says(o)


def _branching(which: int) -> Callable[[Any, Terms], float | None]:
    def key(o: Any, t: Terms) -> float | None:
        found = ratio_of_sums(o.quantity, o.quantity_later, o.quantity_squared) if t.generations else None
        return None if found is None else found[which]

    return key


def _low_time(o: Any, t: Terms) -> str | None:
    return end_of_tick(t.start, t.tick, o.low_tick) if o.low_tick >= 0 else None


def _half_recovery(o: Any, t: Terms) -> float | None:
    recovered = o.low_tick >= 0 and o.half_recovered_tick >= 0
    return (o.half_recovered_tick - o.low_tick) * t.tick if recovered else None


def _tracked(name: str) -> Callable[[Any, Terms], Any]:
    place = Outcome._fields.index(name)
    return lambda o, t: o[place] if o.replay == TRACKED else None


def _replayed(name: str) -> Callable[[Any, Terms], Any]:
    place = Outcome._fields.index(name)
    return lambda o, t: o[place] if o.replay else None


def _absorbed_share(o: Any, t: Terms) -> float | None:
    return o.absorbed / o.forced_quantity if o.replay and o.forced_quantity > 0.0 else None


def _status(o: Any, t: Terms) -> str:
    if o.done < o.ticks:
        return "interrupted"
    return "book_exhausted" if o.exhausted else "completed"


# Every key but those that need a counterfactual, and what lending says.
KEYS: dict[str, Callable[[Any, Terms], Any]] = {
    "max_drawdown": _same("max_drawdown"),
    "index_drawdown": _same("index_drawdown"),
    "max_runup": _same("max_runup"),
    "low_mark": _same("low_mark"),
    "low_time": _low_time,
    "liquidated_notional": _same("notional"),
    "liquidated_count": _same("liquidations"),
    "liquidated_share_long": lambda o, t: o.notional_long / o.notional if o.notional > 0.0 else None,
    "open_interest_cleared": lambda o, t: (o.quantity + o.adl) / o.start_quantity if o.start_quantity else 0.0,
    "peak_minute": _same("peak_minute"),
    "worst_30min_share": lambda o, t: min(1.0, o.worst_minutes / o.forced) if o.forced > 0.0 else None,
    "branching_ratio": _branching(0),
    "branching_ratio_low": _branching(1),
    "branching_ratio_high": _branching(2),
    "insurance_fund_change": _same("fund_cash"),
    "insurance_fund_used": lambda o, t: max(0.0, -o.fund_low),
    "adl_notional": _same("adl_notional"),
    **{key: _alone(says) for key, says in PAID_AND_RECEIVED.items()},
    "bad_debt": _same("bad_debt"),
    "engine_inventory": _same("inventory"),
    "max_engine_inventory": _same("largest_inventory"),
    "vault_profit": lambda o, t: o.vault_profit if t.vault else None,
    "top_ups": lambda o, t: o.topped_up if t.calls else None,
    "halts": lambda o, t: o.halts if t.halts else None,
    "tracked_ticks": _tracked("tracked_ticks"),
    "tracking_error": _tracked("tracking_error"),
    "missed_ticks": _replayed("missed_ticks"),
    "absorbed_ticks": _replayed("absorbed_ticks"),
    "absorbed_quantity": _replayed("absorbed"),
    "absorbed_share": _absorbed_share,
    "half_recovery_s": _half_recovery,
    "conservation_error": _same("ledger_error"),
    "quantity_error": lambda o, t: o.imbalance / o.start_quantity if o.start_quantity else 0.0,
    "status": _status,
}
COUNTERFACTUAL = ("amplification", "feedback_share")
