"""The result of a sweep: one row a run, and what can be asked of it."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.run import Run
from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.sweeps.spec import Sweep


# A notebook shows statistics by itself only where they come at once.
_MOST_POINTS_SHOWN = 500
_MOST_ROWS_SHOWN = 30


class SweepResult:
    """Many runs of one scenario, changed from point to point.

    Attributes
    ----------
    sweep : Sweep
        What was asked.
    frame : pandas.DataFrame
        One row a run, in the order of points and replicates: ``point``, ``replicate``, ``seed``, the varied keys, the
        outputs (NaN where null), ``cascade`` (1 or 0), ``status``, ``error``, ``wall_s``. Units in ``attrs["units"]``.
    points : pandas.DataFrame
        The varied keys, one row a point.
    overrides : list of dict
        What each point changes, as `Scenario.with_overrides` takes it.
    kept : dict of (point, replicate) to Run
        Whole runs that ``keep`` asked for.
    """

    def __init__(self, sweep: Sweep, frame: pd.DataFrame, kept: Mapping[tuple[int, int], Run] | None = None) -> None:
        self.sweep = sweep
        self.overrides = points_of(sweep)
        self.points = Rows(sweep, self.overrides).points
        self.frame = frame
        self.kept = dict(kept or {})

    @property
    def keys(self) -> list[str]:
        """The varied keys."""
        return list(self.sweep.varied)

    @property
    def threshold(self) -> float:
        """The drawdown from which a run counts as a cascade."""
        return self.sweep.threshold

    @property
    def units(self) -> dict[str, str]:
        """Units of the columns that have one."""
        return dict(self.frame.attrs.get("units", {}))

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of runs that failed, with their errors."""
        return self.frame[self.frame["error"].notna()]

    def scenario_at(self, point: int) -> Scenario:
        """Return the scenario of a point, as `cascade_sim.run` takes it.

        Raises
        ------
        ScenarioError
            The point is not valid; its rows then hold this error.
        """
        return self.sweep.base.bare().with_overrides(self.overrides[point])

    def statistics(self, value: str = "max_drawdown", **options: Any) -> pd.DataFrame:
        """Return mean, quantiles and cascade probability by point; see `cascade_sim.sweeps.statistics.statistics`."""
        from cascade_sim.sweeps.statistics import statistics

        return statistics(self, value, **options)

    def difference(self, first: int, second: int, value: str = "max_drawdown", **options: Any) -> Any:
        """Compare two points run by run, with the same luck; see `cascade_sim.sweeps.differences.difference`."""
        from cascade_sim.sweeps.differences import difference

        return difference(self, first, second, value, **options)

    def paired(self, key: str, value: str = "max_drawdown", **options: Any) -> pd.DataFrame:
        """Return what each step along a key does, run by run; see `cascade_sim.sweeps.differences.paired`."""
        from cascade_sim.sweeps.differences import paired

        return paired(self, key, value, **options)

    def risk(self, **options: Any) -> pd.DataFrame:
        """Return VaR and liquidations-at-risk; see `cascade_sim.sweeps.risk.risk`."""
        from cascade_sim.sweeps.risk import risk

        return risk(self, **options)

    def sobol(
        self, value: str = "max_drawdown", transform: Callable[[Any], Any] | None = None, **options: Any
    ) -> pd.DataFrame:
        """Return Sobol indices of a design ``sobol``; see `cascade_sim.sweeps.sensitivity.sobol`."""
        from cascade_sim.sweeps.sensitivity import sobol

        return sobol(self, value, transform=transform, **options)

    def tornado(self, value: str = "max_drawdown", **options: Any) -> pd.DataFrame:
        """Return what each key alone does to an output; see `cascade_sim.sweeps.sensitivity.tornado`."""
        from cascade_sim.sweeps.sensitivity import tornado

        return tornado(self, value, **options)

    def save(self, folder: str | Path) -> Path:
        """Write the result into a folder; see `cascade_sim.sweeps.store.save_result`.

        Raises
        ------
        OutputError
            The folder holds another sweep or something else, or cannot be written.
        """
        from cascade_sim.sweeps.store import save_result

        return save_result(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> SweepResult:
        """Read a result back from the folder that ``cascade-sim sweep --out`` or `save` wrote; it may be unfinished.

        Raises
        ------
        RunError
            The folder is no sweep, or parts of it are damaged.
        """
        from cascade_sim.sweeps.store import load_result

        return load_result(Path(folder))

    def __repr__(self) -> str:
        failed = len(self.failures)
        return (
            f"<SweepResult {self.sweep.name!r}: {len(self.frame):,} runs of {len(self.points):,} points"
            f"{f', {failed:,} failed' if failed else ''}>"
        )

    def _repr_html_(self) -> str:
        said = f"<p>{html.escape(repr(self))}</p>"
        if len(self.points) > _MOST_POINTS_SHOWN or not len(self.frame):
            return said
        return said + self.statistics().to_html(float_format="{:.4g}".format, max_rows=_MOST_ROWS_SHOWN)
