"""What the values of a varied key are measured in: said by the scenario's models, not by how they were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BeforeValidator

from cascade_sim import units
from cascade_sim.scenario import Scenario, anatomy
from cascade_sim.scenario.fields import parse_distance_or_never
from cascade_sim.sweeps.trial import path_of

_UNITS = {units.parse_fraction: "fraction", parse_distance_or_never: "fraction", units.parse_duration: "s"}


def unit_of_key(base: Scenario, key: str) -> str:
    """Return ``fraction`` or ``s`` for a key of a scenario that is read as one, an empty text for any other.

    Parameters
    ----------
    base : Scenario
    key : str
        Dotted key.
    """
    data = base.resolved()
    *above, last = path_of(key, data)
    parent: Any = data
    for step in above:
        parent = parent.get(step) if isinstance(parent, Mapping) else parent[step] if _has(parent, step) else None
    part = anatomy.chosen(anatomy.annotation_at(Scenario, tuple(above), data), parent)
    name = anatomy.keys(part).get(str(last)) if part else None
    if part is None or name is None:
        return ""
    readers = [each.func for each in part.model_fields[name].metadata if isinstance(each, BeforeValidator)]
    return next((_UNITS[reader] for reader in readers if reader in _UNITS), "")


def _has(items: Any, place: Any) -> bool:
    return isinstance(items, list) and isinstance(place, int) and place < len(items)
