"""What a worker is given: the scenario once, and tasks that name points and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cascade_sim.engine.batch import MOST_TRADERS
from cascade_sim.engine.memory import arrivals_expected
from cascade_sim.scenario import Scenario
from cascade_sim.streams import stream
from cascade_sim.sweeps.design import kept_runs
from cascade_sim.sweeps.spec import COUNTERFACTUAL_OUTPUTS, Sweep

WITHOUT_FORCED_SELLING = {"exchange.liquidation.policy": "none"}
# Of a crowd small enough for a batch, so many replicates of a point are one task; of larger ones each is its own, so
# that a crowd's runs at all points follow each other.
MOST_REPLICATES = 1_024
# Sections that the crowd is not built from; changing them leaves every trader as it is.
_BESIDE_THE_CROWD = (
    "market.book", "market.mark", "market.index", "flow", "lending", "keepers", "chain", "record", "seed",
    "description", "name",
)  # fmt: skip
_VENUE_BESIDE_THE_CROWD = ("liquidation", "insurance_fund", "adl", "adl_ranking", "socialise", "outages", "halt")


class Task(NamedTuple):
    """Runs of one point: its overrides, and a seed for each replicate; ``keep`` names replicates kept as whole runs."""

    point: int
    overrides: dict[str, Any]
    replicates: tuple[int, ...]
    seeds: tuple[int, ...]
    keep: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What all tasks of a sweep share.

    Attributes
    ----------
    scenario : Scenario
        That the points change; without comparisons of its own.
    outputs : tuple of str
        Summary keys that become columns.
    threshold : float
        Drawdown from which a run counts as a cascade.
    without_forced : dict or None
        Overrides of the counterfactual without forced selling, where an output needs it.
    digest : str
        The sweep's hash: workers keep what belongs to one sweep only.
    """

    scenario: Scenario
    outputs: tuple[str, ...]
    threshold: float
    without_forced: dict[str, Any] | None
    digest: str


def plan_of(sweep: Sweep) -> Plan:
    """Return the plan of a sweep."""
    outputs = tuple(sweep.outputs)
    changes = dict(WITHOUT_FORCED_SELLING) if any(key in COUNTERFACTUAL_OUTPUTS for key in outputs) else None
    return Plan(sweep.base.bare(), outputs, sweep.threshold, changes, sweep.hash)


def seed_of(seed: int, replicate: int, point: int | None = None) -> int:
    """Return the seed of a run.

    Parameters
    ----------
    seed : int
        Of the sweep.
    replicate : int
    point : int, optional
        Left out with common luck: a replicate then has the same seed at every point, and differences between points
        are the parameters'.

    Returns
    -------
    int
        Below 2^53, so that every format keeps it. Sweeps with other seeds share none of them, but by chance.
    """
    name = f"sweep.replicate.{replicate}" if point is None else f"sweep.point.{point}.replicate.{replicate}"
    return int(stream(seed, name).integers(0, 2**53))


def touches_crowd(key: str) -> bool:
    """Tell whether changing a dotted key may change the crowd; True where in doubt."""
    steps = key.split(".")
    if steps[0] == "exchange":
        return len(steps) < 2 or steps[1] not in _VENUE_BESIDE_THE_CROWD
    return not any(key == section or key.startswith(f"{section}.") for section in _BESIDE_THE_CROWD)


def traders_of(scenario: Scenario) -> float:
    """Return how many traders a scenario's cohorts say they have; infinity where a file says it."""
    if any(cohort.positions is not None for cohort in scenario.crowd.values()):
        return float("inf")
    return sum(cohort.traders or 0 for cohort in scenario.crowd.values()) + arrivals_expected(scenario)


def _crowds(points: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Return the numbers of the points, those with the same crowd together."""
    keys = [key for key in points[0] if touches_crowd(key)] if points else []
    groups: dict[str, list[int]] = {}
    for number, point in enumerate(points):
        groups.setdefault(repr([point[key] for key in keys]), []).append(number)
    return list(groups.values())


def tasks_of(
    sweep: Sweep, points: Sequence[Mapping[str, Any]], finished: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Task]:
    """Yield everything that a sweep has to run, such that a crowd's runs are neighbours.

    Parameters
    ----------
    sweep : Sweep
    points : sequence of mapping
        The overrides of each point.
    finished : frozenset of (point, replicate)
        What need not be run again.
    """
    replicates = range(sweep.replicates)
    kept = kept_runs(sweep, points)
    shared = [seed_of(sweep.seed, replicate) for replicate in replicates] if sweep.common_luck else []

    def task(point: int, which: Sequence[int]) -> Iterator[Task]:
        due = [replicate for replicate in which if (point, replicate) not in finished]
        if due:
            seeds = tuple(shared[each] if shared else seed_of(sweep.seed, each, point) for each in due)
            keep = tuple(each for each in kept.get(point, ()) if each in due)
            yield Task(point, dict(points[point]), tuple(due), seeds, keep)

    together = MOST_REPLICATES if traders_of(sweep.base) <= MOST_TRADERS else 1
    for crowd in _crowds(points):
        for start in range(0, sweep.replicates, together):
            for point in crowd:
                yield from task(point, replicates[start : start + together])
