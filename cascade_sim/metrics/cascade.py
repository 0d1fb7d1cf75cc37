"""The summary of a run: headline numbers from the final state, the event rows and the recorded rows."""

from __future__ import annotations

import math
from typing import Any

from cascade_sim.engine.world import World
from cascade_sim.metrics.after_low import after_low
from cascade_sim.metrics.definitions import SUMMARY, units_and_definitions
from cascade_sim.metrics.keys import KEYS, Terms
from cascade_sim.metrics.lending import lending_summary
from cascade_sim.metrics.outcome import outcome_of
from cascade_sim.scenario import Scenario

# A counterfactual that moves less than this leaves the amplification undefined.
SMALLEST_MOVE = 0.001


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
        The keys of `metrics.definitions.SUMMARY` as plain numbers, texts or None, those of every pool
        (`lending_figures.pool_figures`), then ``units`` and ``definitions``.
    """
    calls = world.moves is not None and bool((world.moves.terms["call_at"] > 0.0).any())
    outcome, terms = outcome_of(world, start_quantity), Terms.of(scenario, calls)
    summary: dict[str, Any] = dict.fromkeys(SUMMARY)
    for key, says in KEYS.items():
        summary[key] = says(outcome, terms)
    summary |= after_low(world, terms.tick, outcome.low_tick, outcome.low_mark)
    summary |= lending_summary(world, scenario)
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
