"""All estimators on one run: the branching ratio of the whole and by phase."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.metrics.cascade import excursions
from cascade_sim.metrics.estimators import fano, generation, hawkes, inar
from cascade_sim.metrics.estimators.counterfactual import of_amplification, without_feedback
from cascade_sim.metrics.estimators.flow import of_flow
from cascade_sim.metrics.estimators.ground import ground_of, of_ground
from cascade_sim.metrics.estimators.phases import WHOLE, Phase, phases_of
from cascade_sim.metrics.estimators.result import Estimate, nothing
from cascade_sim.metrics.keys import Terms
from cascade_sim.scenario import Scenario
from cascade_sim.units import parse_duration

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.engine.run import Run


def estimate(run: Run, around: str | float = "15min") -> pd.DataFrame:
    """Measure a run's branching ratio by every estimator, for the whole run and by phase.

    Parameters
    ----------
    run : Run
        From `cascade_sim.run`, or loaded from a folder.
    around : str or float
        How far on either side of the extreme the middle phase reaches, as a duration or in seconds.

    Returns
    -------
    pandas.DataFrame
        One row for every phase and estimator: ``phase``, ``estimator``, ``value``, ``low``, ``high`` (NaN where there
        is none), ``n`` and ``note`` (why, or what to mind). The side is that of the run's larger excursion: longs and
        bids for a fall, shorts and asks for a rise.

    Raises
    ------
    ValueError
        If `around` is no duration of 0 or more.

    Notes
    -----
    Estimators, in this order: ``structural`` over the ground that the mark won; ``structural, ahead`` of the mark;
    ``structural, fed back``, the first times the share of a sale that moves the mark; for the whole run
    ``amplification``, ``1 - 1 / A``; ``generation``, where rounds are generations; from the flow of liquidations
    ``Hawkes in ticks``, ``INAR`` and ``Fano factor``; and ``Hawkes, no feedback``, what the flow says of the run
    without forced selling, where the ratio is 0. docs/branching.md says what each measures, and how far off it is.
    """
    import pandas as pd

    half = parse_duration(around)
    if not 0.0 <= half < math.inf:
        raise ValueError(f"around must be a duration of 0 or more, such as '15min', not {around!r}")
    scenario = run.scenario
    fall, rise = excursions(run.summary)
    side = 1.0 if fall >= rise else -1.0
    mark, ticks = run.timeline["mark"].to_numpy(), run.timeline["tick"].to_numpy()
    done = int(ticks[-1]) + 1 if ticks.size else 0
    extreme = int(ticks[np.argmin(side * mark)]) if ticks.size else 0
    ground = ground_of(run, side)
    rows: list[tuple[str, str, float, float, float, float, str]] = []
    for phase in phases_of(done, extreme, round(half / scenario.clock.tick)):
        found = [*of_ground(ground, phase, scenario)]
        if phase.name == WHOLE:
            found.append(of_amplification(run, side))
        found.extend(_of_events(run, phase, side))
        found.append(without_feedback(run, ground, phase, side))
        rows.extend((phase.name, *_cells(each)) for each in found)
    return pd.DataFrame(rows, columns=["phase", "estimator", "value", "low", "high", "n", "note"])


def _cells(found: Estimate) -> tuple[str, float, float, float, float, str]:
    value, low, high = (math.nan if each is None else each for each in (found.value, found.low, found.high))
    return found.method, value, low, high, found.n, found.note


def _of_events(run: Run, phase: Phase, side: float) -> list[Estimate]:
    """Return the estimates from a side's liquidations in a phase."""
    events, scenario = only_positions(run.liquidations), run.scenario
    tick = events["tick"].to_numpy()
    mine = (tick >= phase.begin) & (tick < phase.end)
    mine &= (events["side"] == ("long" if side > 0.0 else "short")).to_numpy()
    tick, quantity = tick[mine] - phase.begin, events["quantity"].to_numpy()[mine]
    length = phase.end - phase.begin
    found = [_generation(quantity, events["round"].to_numpy()[mine], scenario)]
    if not tick.size:
        return [*found, *(nothing(each, generation.NOBODY) for each in (hawkes.COUNTS, inar.METHOD, fano.METHOD))]
    return [*found, *of_flow(tick, quantity, length, scenario)]


def _generation(quantity: np.ndarray, rounds: np.ndarray, scenario: Scenario) -> Estimate:
    if Terms.of(scenario).generations:
        return generation.from_rounds(quantity, rounds)
    liquidation, mark = scenario.exchange.liquidation, scenario.market.mark.kind
    reasons = []
    if liquidation.policy != "market":
        reasons.append(f"the policy is {liquidation.policy}")
    elif liquidation.delay > 0.0:
        reasons.append("sales are delayed")
    if mark not in ("last", "mid"):
        reasons.append(f"the mark is of kind {mark}")
    if scenario.lending:
        reasons.append("keepers sell in between")
    return nothing(generation.METHOD, f"rounds are not generations: {' and '.join(reasons)}")
