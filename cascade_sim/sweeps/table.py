"""A sweep over points that were chosen elsewhere: the rows of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade_sim.errors import ScenarioError
from cascade_sim.scenario.nodes import PYTHON, Mark
from cascade_sim.sweeps.spec import Sweep

if TYPE_CHECKING:
    import os

    import pandas as pd

    from cascade_sim.scenario import Scenario


def sweep_of_points(
    scenario: Scenario | str | os.PathLike[str] | Mapping[str, Any],
    points: pd.DataFrame | Sequence[Mapping[str, Any]],
    **others: Any,
) -> Sweep:
    """Return the sweep that runs a scenario at given points.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping
        What is varied; see `Sweep`.
    points : DataFrame or sequence of mappings
        One row a point; columns are dotted keys, values as `Scenario.with_overrides` takes them.
    **others
        Further keys of `Sweep`, such as ``replicates``; ``name`` is "Points" if left out.

    Returns
    -------
    Sweep
        With the design zip.

    Raises
    ------
    ScenarioError
        If there are no points, a value is missing or NaN, or anything else is wrong.
    """
    rows = points.to_dict("records") if hasattr(points, "to_dict") else [dict(point) for point in points]
    place = Mark(PYTHON)
    if not rows or not rows[0]:
        raise ScenarioError([place.problem("vary", "holds no points", "give a table with a row for each point")])
    problems = []
    columns: dict[str, list[Any]] = {str(key): [] for row in rows for key in row}
    for number, row in enumerate(rows):
        plain = {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for key, column in columns.items():
            value = plain.get(key, math.nan)
            if isinstance(value, float) and math.isnan(value):
                fix = "give every point a value for every key"
                problems.append(place.problem(f"vary.{key}", f"has no value at point {number} (from 0)", fix))
            column.append(value)
    if problems:
        raise ScenarioError(problems)
    return Sweep(**{"name": "Points", "scenario": scenario, "vary": columns, "design": "zip", **others})
