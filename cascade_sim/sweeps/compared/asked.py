"""What a comparison asks: a scenario as it is and under each of its ``compare`` entries, seed after seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cascade_sim.errors import CascadeError
from cascade_sim.metrics.definitions import units_and_definitions
from cascade_sim.metrics.lending_figures import pool_figures
from cascade_sim.scenario import Scenario
from cascade_sim.simulation import BASE
from cascade_sim.sweeps.compared.own_figures import OWN_FIGURES, own_units
from cascade_sim.sweeps.plan import Plan, Task
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.spec import OUTPUTS, Cascade

AS_IT_IS = "as_it_is"
VARIANT = "variant"
FEWEST_SEEDS = 2
_ADD = (
    "add some to the file, such as compare: {no_forced_selling: {exchange.liquidation.policy: none}}, "
    "or one with --set compare.no_forced_selling.exchange.liquidation.policy=none"
)


@dataclass(frozen=True)
class SeedsPlan(Plan):
    """What all seeds share: `Plan`, and the names of the variants as `Simulation.scenarios` has them."""

    variants: tuple[str, ...] = ()


class ComparedSeeds:
    """A scenario with its counterfactuals for ``seed .. seed + replicates - 1``.

    The face is that of `sweeps.asked.Asked`: a point is a variant, the scenario as it is being the first, and a
    replicate a seed.

    Parameters
    ----------
    scenario : Scenario
        With ``compare`` entries.
    seeds : int
        How many; the first is the scenario's.

    Raises
    ------
    CascadeError
        There is nothing to compare with, or there are too few seeds.
    """

    def __init__(self, scenario: Scenario, seeds: int) -> None:
        if not scenario.compare:
            raise CascadeError(
                f"{scenario.name}: has no compare entries, so there is nothing to compare it with; {_ADD}"
            )
        if AS_IT_IS in scenario.compare:
            raise CascadeError(f"{scenario.name}: compare.{AS_IT_IS} is what the run itself is called here; rename it")
        if seeds < FEWEST_SEEDS:
            raise CascadeError(f"seeds is {seeds}: a spread over seeds needs {FEWEST_SEEDS} or more, such as 20")
        self.base, self.replicates = scenario, seeds
        self.variants = (AS_IT_IS, *scenario.compare)
        self.outputs = (*OUTPUTS, *pool_figures(scenario), *OWN_FIGURES)

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.base.name

    @property
    def seed(self) -> int:
        """The first seed."""
        return self.base.seed

    @property
    def varied(self) -> dict[str, Any]:
        """The one column that tells the points apart."""
        return {VARIANT: self.variants}

    @property
    def threshold(self) -> float:
        """The drawdown from which on sweeps count a run as a cascade; comparisons do not show it."""
        return Cascade().max_drawdown

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what every row depends on; the number of seeds is not in it, so that more can be added."""
        return hashlib.sha256(f"comparison {self.base.hash}".encode()).hexdigest()

    def scenarios(self) -> Iterator[Scenario]:
        """Yield the scenario and its counterfactuals."""
        yield self.base
        yield from (self.base.counterfactual(name) for name in self.base.compare)

    def resolved(self) -> dict[str, Any]:
        """Return the scenario's keys as plain values."""
        return self.base.resolved()

    def to_yaml(self) -> str:
        """Return the scenario as YAML."""
        return self.base.to_yaml()

    def rows(self) -> Rows:
        """Return what the rows look like."""
        rows = Rows(self, [{VARIANT: name} for name in self.variants])
        rows.units |= own_units(units_and_definitions(self.base)[0])
        return rows

    def definitions(self) -> dict[str, str]:
        """Return what the outputs mean."""
        own = {key: figure.definition for key, figure in OWN_FIGURES.items()}
        return {**units_and_definitions(self.base)[1], **own}

    def plan(self) -> SeedsPlan:
        """Return what the workers are given."""
        return SeedsPlan(self.base, self.outputs, self.threshold, None, self.hash, (BASE, *self.base.compare))

    def tasks(self, finished: frozenset[tuple[int, int]] = frozenset()) -> list[Task]:
        """Return a task for every seed of which a variant is not among the finished (point, replicate)."""
        points = range(len(self.variants))
        return [
            Task(0, {}, (replicate,), (self.seed + replicate,))
            for replicate in range(self.replicates)
            if any((point, replicate) not in finished for point in points)
        ]
