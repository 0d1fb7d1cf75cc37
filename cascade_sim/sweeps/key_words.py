"""Varied keys and their values as a table writes them."""

from __future__ import annotations

from typing import Any

from cascade_sim.units import format_duration, format_percent, format_quantity

LONGEST = 32
_WRITTEN = {"fraction": format_percent, "s": format_duration}


def short_names(keys: list[str]) -> list[str]:
    """Return the ends of dotted keys: two parts, or as many as it takes to tell them apart."""
    parts = [key.split(".") for key in keys]
    deepest = max(map(len, parts), default=0)
    for length in range(2, deepest):
        short = [".".join(each[-length:]) for each in parts]
        if len(set(short)) == len(short) and not any(name[0].isdigit() for name in short):
            return short
    return list(keys)


def key_words(value: Any, unit: str) -> str:
    """Return the value of a varied key as a user would write it."""
    text = value if isinstance(value, str) else _WRITTEN.get(unit, format_quantity)(float(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
