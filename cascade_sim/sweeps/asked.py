"""What rows can be asked of: the face that a folder of rows and its table need of a sweep or a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cascade_sim.scenario import Scenario


class Asked(Protocol):
    """Many runs of one scenario, by point and replicate."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def seed(self) -> int:
        """Where the runs' luck comes from."""

    @property
    def replicates(self) -> int:
        """Runs of each point."""

    @property
    def outputs(self) -> Sequence[str]:
        """Summary keys that become columns."""

    @property
    def base(self) -> Scenario:
        """The scenario that is run."""

    @property
    def varied(self) -> Mapping[str, Any]:
        """What tells the points apart."""

    @property
    def threshold(self) -> float:
        """The drawdown from which on a run is a cascade."""

    @property
    def hash(self) -> str:
        """SHA-256 of all that rows depend on."""

    def scenarios(self) -> Iterable[Scenario]:
        """Return every scenario whose data files the rows depend on."""

    def resolved(self) -> dict[str, Any]:
        """Return everything as plain values."""

    def to_yaml(self) -> str:
        """Return it as YAML."""
