"""The rows of a sweep as a table: one a run, its columns, types and units."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cascade_sim.metrics.definitions import units_and_definitions
from cascade_sim.sweeps.key_units import unit_of_key
from cascade_sim.sweeps.numbers import number_and_kind
from cascade_sim.units import UnitError

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.sweeps.asked import Asked

_BEFORE = ("point", "replicate", "seed")
_TEXTS = ("status", "error")


class Rows:
    """What the rows of a sweep look like.

    Parameters
    ----------
    sweep : Sweep or other Asked
    points : sequence of mapping
        The overrides of each point, in order.
    """

    def __init__(self, sweep: Asked, points: Sequence[Mapping[str, Any]]) -> None:
        self.keys = list(sweep.varied)
        self.outputs = list(sweep.outputs)
        self._values = {key: column_of([point[key] for point in points]) for key in self.keys}
        self._count = len(points)
        units, _ = units_and_definitions(sweep.base)
        measured = {key: unit_of_key(sweep.base, key) for key in self.keys if not self._is_text(key)}
        self.units = {key: unit for key, unit in measured.items() if unit}
        self.units |= {key: units[key] for key in self.outputs if key in units}
        self.units |= {"cascade": f"1 where max_drawdown >= {sweep.threshold:g}", "wall_s": "s"}

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(dict.fromkeys([*_BEFORE, *self.keys, *self.outputs, "cascade", *_TEXTS, "wall_s"]))

    @cached_property
    def points(self) -> pd.DataFrame:
        """The values of the varied keys, one row a point."""
        import pandas as pd

        index = pd.RangeIndex(self._count, name="point")
        return pd.DataFrame({key: _series(values) for key, values in self._values.items()}, index=index)

    def frame(self, columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
        """Return rows as a table, in the order of points and replicates.

        Parameters
        ----------
        columns : mapping of str to sequence
            As `work.Done.columns`.

        Returns
        -------
        pandas.DataFrame
            Numbers of point, replicate and seed are int64; outputs, ``cascade`` and ``wall_s`` float64, NaN for null;
            varied keys float64 where all their values are numbers, else text. Units are in ``attrs["units"]``.
        """
        import numpy as np
        import pandas as pd

        point = np.asarray(columns["point"], np.int64)
        data: dict[str, Any] = {}
        for name in self.columns:
            if name in _BEFORE:
                data[name] = np.asarray(columns[name], np.int64)
            elif name in self._values and name not in self.outputs:
                data[name] = _series([self._values[name][each] for each in point], self._is_text(name))
            elif name in _TEXTS:
                data[name] = pd.array(list(columns[name]), dtype="str")
            else:
                data[name] = np.array([math.nan if value is None else value for value in columns[name]], np.float64)
        frame = pd.DataFrame(data).sort_values(["point", "replicate"], kind="stable", ignore_index=True)
        frame.attrs["units"] = dict(self.units)
        return frame

    def _is_text(self, key: str) -> bool:
        return any(isinstance(value, str) for value in self._values[key])


def _series(values: Sequence[Any], text: bool | None = None) -> Any:
    import numpy as np
    import pandas as pd

    text = any(isinstance(value, str) for value in values) if text is None else text
    return pd.array(list(values), dtype="str") if text else np.array(values, np.float64)


def column_of(values: Sequence[Any]) -> list[float] | list[str]:
    """Return the values of a varied key as numbers where all of them are, else as text.

    Parameters
    ----------
    values : sequence
        As overrides hold them: numbers, amounts such as ``25M``, percentages, durations, names, mappings.

    Returns
    -------
    list of float or list of str
    """
    try:
        read = [number_and_kind(value) for value in values]
    except UnitError:
        read = []
    # A bare number may be any kind's.
    if len({kind for _, kind in read} - {"number"}) <= 1 and (read or not values):
        return [number for number, _ in read]
    return [value if isinstance(value, str) else json.dumps(value, default=str) for value in values]
