"""The result of a fit: the best point, each target beside its figure, and what is not identified."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.calibration.asked import Asked
from cascade_sim.calibration.evaluate import Evaluation
from cascade_sim.calibration.parameters import overrides_of
from cascade_sim.calibration.sensitivity import SEEN, Sensitivity, in_words
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


class CalibrationResult:
    """What parameters of one event, or of several together, were fitted to.

    Attributes
    ----------
    asked : Asked
        Events, parameters and seeds.
    evaluations : list of Evaluation
        In the order in which they were asked for; the first is the start.
    sensitivity : Sensitivity or None
        Around the best point; None where the evaluations did not suffice for it.
    """

    def __init__(self, asked: Asked, evaluations: Sequence[Evaluation], sensitivity: Sensitivity | None = None) -> None:
        self.asked = asked
        self.evaluations = list(evaluations)
        self.sensitivity = sensitivity

    @property
    def start_point(self) -> Evaluation:
        """The evaluation of the start."""
        return self.evaluations[0]

    @property
    def best_point(self) -> Evaluation:
        """The evaluation with the smallest objective; of equal ones the first."""
        return min(self.evaluations, key=lambda each: each.objective)

    @property
    def best(self) -> dict[str, float]:
        """The parameters' values at the best point."""
        return self.asked.values(self.best_point.unit)

    @property
    def objective(self) -> float:
        """Sum of squared errors at the best point, in tolerances."""
        return self.best_point.objective

    @property
    def frame(self) -> pd.DataFrame:
        """One row an evaluation: ``phase``, the parameters, ``objective``, the figures, ``failed`` (runs).

        A figure is the mean over the seeds; times are seconds from the start of the run.
        Units are in ``attrs["units"]``.
        """
        import pandas as pd

        rows = []
        for each in self.evaluations:
            figures = {
                self.asked.label(event, target.key): target.figure(compared)
                for (event, target), compared in zip(self.asked.targets, each.compared, strict=True)
            }
            values = self.asked.values(each.unit)
            rows.append(
                {"phase": each.phase, **values, "objective": each.objective, **figures, "failed": len(each.failed)}
            )
        frame = pd.DataFrame(rows)
        frame.index.name = "evaluation"
        units = {self.asked.label(event, target.key): target.unit for event, target in self.asked.targets}
        units = {label: "s from the start" if unit == "UTC" else unit for label, unit in units.items()}
        for label in units:
            frame[label] = frame[label].astype(np.float64)
        frame.attrs["units"] = {label: unit for label, unit in units.items() if unit}
        return frame

    @property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter: ``start``, ``fitted``, ``low`` and ``high`` of its interval, ``identified``.

        See `sensitivity.Sensitivity`; a parameter is identified if the targets say more than its range does.
        """
        import pandas as pd

        best, found = self.best_point, self.sensitivity
        rows = []
        for place, each in enumerate(self.asked.parameters):
            low, high = (
                (math.nan, math.nan) if found is None else (each.at(found.low[place]), each.at(found.high[place]))
            )
            identified = None if found is None else bool(found.identified[place])
            row = {"parameter": each.name, "start": each.start, "fitted": each.at(best.unit[place])}
            rows.append({**row, "low": low, "high": high, "from": each.low, "to": each.high, "identified": identified})
        return pd.DataFrame(rows).set_index("parameter")

    @property
    def targets(self) -> pd.DataFrame:
        """One row a target: ``recorded`` (``recorded_to`` for a range), ``start``, ``simulated``, ``error``.

        The error is in tolerances; ``spread`` is the standard deviation over the seeds, in tolerances too.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for place, (event, target) in enumerate(self.asked.targets):
            row: dict[str, Any] = {"event": event.name, "target": target.key, "unit": target.unit}
            row |= {"recorded": target.figure(target.least), "recorded_to": target.figure(target.most)}
            for name, point in (("start", self.start_point), ("simulated", self.best_point)):
                row[name] = target.figure(point.compared[place])
            row |= {"tolerance": target.tolerance, "error": float(self.best_point.errors[place])}
            rows.append({**row, "spread": float(self.best_point.spread[place] / target.tolerance)})
        return pd.DataFrame(rows)

    @property
    def not_identified(self) -> list[str]:
        """What the targets do not tell, in words: directions that they hardly see, and wide intervals."""
        found = self.sensitivity
        if found is None:
            return ["the evaluations did not suffice for the sensitivity: nothing is known of what is identified"]
        names = self.asked.names
        words = [
            f"{in_words(row, names)}: from end to end of the range the targets move by {float(value):.2g} tolerances"
            for row, value in zip(found.directions, found.values, strict=True)
            if value < SEEN
        ]
        wide = [name for name, known in zip(names, found.identified, strict=True) if not known]
        return words + [f"{name}: its interval is hardly shorter than its range" for name in wide]

    def overrides(self, event: str | None = None) -> dict[str, float]:
        """Return the fitted keys of an event (the first if left out), as `Scenario.with_overrides` takes them."""
        one = self._event(event)
        return overrides_of(one.scenario, self.best)

    def scenario(self, event: str | None = None) -> Scenario:
        """Return the scenario of an event (the first if left out) with the fitted values."""
        return self.asked.fitted(self._event(event), self.best)

    def _event(self, name: str | None) -> Any:
        events = {event.name: event for event in self.asked.events}
        return self.asked.events[0] if name is None else events[name]

    def report(self) -> str:
        """Return the fit as text: parameters, targets, and what is not identified."""
        from cascade_sim.calibration.words import report_lines

        return "\n".join(report_lines(self))

    def save(self, folder: str | Path) -> Path:
        """Write ``fit.json``, ``evaluations.parquet``, the fitted scenarios and the pictures into a folder.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        from cascade_sim.calibration.saving import save_result

        return save_result(self, Path(folder))

    def __repr__(self) -> str:
        names = ", ".join(event.name for event in self.asked.events)
        return (
            f"<CalibrationResult {names}: {len(self.evaluations):,} evaluations, "
            f"objective {self.start_point.objective:.4g} to {self.objective:.4g}>"
        )
