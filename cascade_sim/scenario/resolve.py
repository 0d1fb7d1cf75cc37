"""Validated parts back into plain values: defaults included, one way of writing each thing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cascade_sim.scenario.part import Part
from cascade_sim.units import NEVER, format_time


def resolve(value: Any) -> Any:
    """Return a part or value as YAML and JSON can hold it.

    Whole floats become integers, endless durations ``never``, times ISO text. Keys without a value are left
    out, and so are defaults of keys that what is written excludes: what comes out can be read in again and
    gives the same.
    """
    if isinstance(value, Part):
        return _resolve_part(value)
    if isinstance(value, Mapping):
        return {resolve(key): resolve(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(child) for child in value]
    if isinstance(value, float):
        if value == NEVER:
            return "never"
        return int(value) if value.is_integer() and math.fabs(value) < 1e15 else value
    return format_time(value) if isinstance(value, datetime) else value


def _resolve_part(part: Part) -> dict[str, Any]:
    written = part.written_keys()
    excluded = set(part.foreign_keys())
    excluded |= {key for key, needed in part.needs.items() if needed not in written}
    for one, other in part.rivals:
        if written & one:
            excluded |= other
        elif written & other:
            excluded |= one
    names = {part.written_as(name): name for name in type(part).model_fields}
    ordered = sorted(names, key=lambda key: key != part.switch)
    values = {key: getattr(part, names[key]) for key in ordered if key not in excluded}
    return {key: resolve(value) for key, value in values.items() if value is not None}


def differences(before: Part, after: Part) -> dict[str, Any]:
    """Return what has to be written over one part to get another of its kind, as `resolve` would write it.

    Keys that the other excludes (another ``kind``, a rival key) are left out: what takes their place drops them.
    """
    was, now = resolve(before), resolve(after)
    changed: dict[str, Any] = {}
    for name in type(after).model_fields:
        key, value, old = after.written_as(name), getattr(after, name), getattr(before, name, None)
        if key not in now:
            if value is None and key in was:
                changed[key] = None
        elif isinstance(value, Part) and isinstance(old, Part):
            inside = differences(old, value)
            if inside:
                changed[key] = inside
        elif was.get(key) != now[key]:
            changed[key] = now[key]
    return changed
