"""The summary of a run: headline numbers from the final state, the event rows and the recorded rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cascade_sim.engine.frames import tick_times
from cascade_sim.engine.world import World
from cascade_sim.kernels.state import INVERSE, ROW
from cascade_sim.metrics.branching import generation_ratio
from cascade_sim.metrics.definitions import SUMMARY, units_and_definitions
from cascade_sim.metrics.who_paid import who_paid
from cascade_sim.scenario import Scenario

# A counterfactual that moves less than this leaves the amplification undefined.
SMALLEST_MOVE = 0.001


def _worst_share(minutes: np.ndarray, window: int = 30) -> float | None:
    total = float(minutes.sum())
    if total <= 0.0:
        return None
    sums = np.convolve(minutes, np.ones(min(window, minutes.size)), mode="valid")
    return min(1.0, float(sums.max()) / total)


def _rounds_are_generations(scenario: Scenario) -> bool:
    liquidation = scenario.exchange.liquidation
    return liquidation.policy == "market" and liquidation.delay == 0.0 and scenario.market.mark.kind in ("last", "mid")


def _forced(world: World, scenario: Scenario, summary: dict[str, Any]) -> None:
    events = world.log.events[: int(world.state["events"][0])]
    rounds_count = _rounds_are_generations(scenario)
    notional = events["filled"] if scenario.market.contract == "inverse" else events["value"]
    total = float(notional.sum())
    summary["liquidated_notional"] = total
    summary["liquidated_count"] = int(events.size)
    if total > 0.0:
        summary["liquidated_share_long"] = float(notional[events["side"] > 0].sum()) / total
    ratio = generation_ratio(events["quantity"], events["round"]) if rounds_count else None
    if ratio is not None:
        summary["branching_ratio"], summary["branching_ratio_low"], summary["branching_ratio_high"] = ratio
    summary.update(who_paid(world))
    summary["peak_minute"] = float(world.log.minutes.max(initial=0.0))
    summary["worst_30min_share"] = _worst_share(world.log.minutes)


def _other_rules(world: World, summary: dict[str, Any]) -> None:
    rules, state = world.rules[0], world.state[0]
    if rules["absorb_share"] > 0.0:
        mark = float(state["mark"])
        unit = -1.0 / mark if rules["contract"] == INVERSE else mark
        summary["vault_profit"] = float(state["vault_cash"]) + float(state["vault_quantity"]) * unit
    if world.moves is not None and (world.moves.terms["call_at"] > 0.0).any():
        summary["top_ups"] = float(state["topped_up"])
    if rules["halt_move"] > 0.0:
        summary["halts"] = int(state["halts"])


def summarise(world: World, scenario: Scenario, start_quantity: float) -> dict[str, Any]:
    """Return the summary of a world that has been advanced, without what needs a counterfactual.

    Parameters
    ----------
    world : World
    scenario : Scenario
    start_quantity : float
        The crowd's open quantity before the first tick (base units or contracts).

    Returns
    -------
    dict
        The keys of `metrics.definitions.SUMMARY` as plain numbers, texts or None, then ``units`` and
        ``definitions``.
    """
    state = world.state[0]
    summary: dict[str, Any] = dict.fromkeys(SUMMARY)
    for key in ("max_drawdown", "index_drawdown", "max_runup", "adl_notional", "bad_debt"):
        summary[key] = float(state[key])
    low_tick = int(state["low_tick"])
    summary["low_mark"] = float(state["low_mark"])
    if low_tick >= 0:
        summary["low_time"] = tick_times(scenario, np.array([low_tick]))[0].isoformat()
        recovered = int(state["half_recovered_tick"])
        if recovered >= 0:
            summary["half_recovery_s"] = (recovered - low_tick) * scenario.clock.tick
    _forced(world, scenario, summary)
    rows = world.log.rows
    if world.tick < world.ticks:
        rows = rows[: world.tick // int(world.rules["row_ticks"][0])]
    forced = float(world.log.events["quantity"][: int(state["events"])].sum())
    closed = forced + float(rows[:, ROW.index("adl")].sum()) + float(state["row_adl"])
    summary["open_interest_cleared"] = closed / start_quantity if start_quantity else 0.0
    summary["insurance_fund_change"] = float(state["fund_cash"])
    summary["insurance_fund_used"] = max(0.0, -float(state["fund_low"]))
    _other_rules(world, summary)
    summary["engine_inventory"] = float(state["engine_long"] - state["engine_short"])
    inventory = rows[:, ROW.index("engine_inventory")]
    summary["max_engine_inventory"] = float(np.abs(inventory).max(initial=0.0))
    summary["conservation_error"] = float(state["ledger_error"])
    summary["quantity_error"] = float(state["imbalance"]) / start_quantity if start_quantity else 0.0
    if world.tick < world.ticks:
        summary["status"] = "interrupted"
    else:
        summary["status"] = "book_exhausted" if state["exhausted"] else "completed"
    summary["units"], summary["definitions"] = units_and_definitions(scenario)
    return summary


def excursions(summary: dict[str, Any]) -> tuple[float, float]:
    """Return the log sizes of the largest fall and of the largest rise."""
    drawdown = summary["max_drawdown"]
    fall = -math.log1p(-drawdown) if drawdown < 1.0 else math.inf
    return fall, math.log1p(summary["max_runup"])


def add_amplification(summary: dict[str, Any], without: dict[str, Any]) -> None:
    """Compare a run with the same run without forced selling: sets ``amplification`` and ``feedback_share``.

    The larger of the run's two excursions is set against the counterfactual's excursion in the same direction.
    """
    fall, rise = excursions(summary)
    fall_without, rise_without = excursions(without)
    size, reference = (fall, fall_without) if fall >= rise else (rise, rise_without)
    if reference >= -math.log1p(-SMALLEST_MOVE) and 0.0 < size < math.inf:
        summary["amplification"] = size / reference
        summary["feedback_share"] = 1.0 - reference / size
