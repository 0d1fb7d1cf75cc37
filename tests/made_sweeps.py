"""Sweep results made of given numbers, for what is computed from rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import cascade_sim as cs

UNITS = {"max_drawdown": "fraction", "liquidated_notional": "quote", "bad_debt": "quote"}


@dataclass
class MadeResult:
    """What statistics read of a `SweepResult`."""

    sweep: Any
    frame: pd.DataFrame
    points: pd.DataFrame
    threshold: float = 0.2
    overrides: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return list(self.points.columns)

    @property
    def failures(self) -> pd.DataFrame:
        return self.frame[self.frame["error"].notna()]

    def scenario_at(self, point: int) -> Any:
        changed = self.points.loc[point].to_dict()
        if changed.get("clock.duration", 0.0) < 0.0:
            raise cs.CascadeError("a run cannot last less than nothing")
        return SimpleNamespace(clock=SimpleNamespace(duration=changed["clock.duration"]))


def made(
    points: Mapping[str, Sequence[Any]],
    outputs: Mapping[str, Any],
    *,
    design: str = "grid",
    samples: int = 0,
    common_luck: bool = True,
    threshold: float = 0.2,
    duration: float = 3_600.0,
) -> MadeResult:
    """Return a result with outputs of shape (points, replicates)."""
    places = pd.DataFrame(dict(points))
    places.index.name = "point"
    arrays = {name: np.atleast_2d(np.asarray(values, dtype=np.float64)) for name, values in outputs.items()}
    shape = next(iter(arrays.values())).shape
    point, replicate = (each.ravel() for each in np.indices(shape))
    seeds = replicate if common_luck else point * shape[1] + replicate
    frame = pd.DataFrame({"point": point, "replicate": replicate, "seed": seeds})
    frame = frame.join(places, on="point")
    for name, values in arrays.items():
        frame[name] = values.ravel()
    drawdown = frame["max_drawdown"] if "max_drawdown" in frame else pd.Series(np.nan, frame.index)
    frame["cascade"] = (drawdown >= threshold).astype(float).where(drawdown.notna())
    frame["status"] = pd.array(["completed"] * len(frame), dtype="str")
    frame["error"] = pd.array([None] * len(frame), dtype="str")
    frame["wall_s"] = 0.01
    frame.attrs["units"] = {name: UNITS.get(name, "") for name in arrays}
    base = SimpleNamespace(clock=SimpleNamespace(duration=duration))
    sweep = SimpleNamespace(name="Made", design=design, samples=samples, common_luck=common_luck, base=base)
    return MadeResult(sweep, frame, places, threshold)


def failed(result: MadeResult, rows: Sequence[int], error: str = "the book is empty") -> MadeResult:
    """Make some rows those of failed runs, as a worker writes them."""
    outputs = [name for name in result.frame.attrs["units"] if name in result.frame]
    result.frame.loc[list(rows), [*outputs, "cascade"]] = np.nan
    result.frame.loc[list(rows), "status"] = "failed"
    result.frame.loc[list(rows), "error"] = error
    return result
