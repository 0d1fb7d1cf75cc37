"""Which runs can be measured against the same run without forced selling."""

from __future__ import annotations

from typing import Any

from cascade_sim.scenario import Scenario

# What trades beside the crowd, and against whom.
_OUTSIDE = ("market", "flow", "clock", "lending", "keepers", "chain")
# Rules under which trading, and not only liquidation, goes otherwise.
_BRAKES = ("outages", "halt", "price_band")
_MOVES = ("stop_loss", "take_profit", "exits", "arrivals")


def trades_by_itself(scenario: Scenario) -> bool:
    """Tell whether anybody in the crowd trades other than by being liquidated."""
    return any(getattr(cohort, move) is not None for cohort in scenario.crowd.values() for move in _MOVES)


def same_without_liquidations(one: Scenario, other: Scenario) -> bool:
    """Tell whether two scenarios see the same prices once nobody is liquidated.

    Parameters
    ----------
    one, other : Scenario
        A scenario and a counterfactual of it.

    Returns
    -------
    bool
        False as well where both might, but only a run could tell: the market, the flow, the clock, lending or the
        venue's brakes differ, or a crowd that trades by itself does, or pays other fees out of what it trades with.
    """
    mine: dict[str, Any] = one.resolved()
    theirs: dict[str, Any] = other.resolved()
    if any(mine.get(part) != theirs.get(part) for part in _OUTSIDE):
        return False
    rules, others = mine.get("exchange", {}), theirs.get("exchange", {})
    if any(rules.get(brake) != others.get(brake) for brake in _BRAKES):
        return False
    if trades_by_itself(one) or trades_by_itself(other):
        margins = ("maintenance", "max_leverage", "fees")
        return mine.get("crowd") == theirs.get("crowd") and all(rules.get(key) == others.get(key) for key in margins)
    return True
