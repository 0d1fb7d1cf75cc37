"""Numbers as a user writes them where it is not known yet what they measure: 20, 5M, 0.5%, 2h."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from cascade_sim import units
from cascade_sim.scenario.findings import Finding
from cascade_sim.units import UnitError

WHOLE_BELOW = 1e15


def number_and_kind(value: object) -> tuple[float, str]:
    """Read a number and say what it was written as.

    Parameters
    ----------
    value : object
        A number, or text such as ``5M``, ``0.5%`` or ``1h30min``.

    Returns
    -------
    float
        In base units: fractions of one, seconds, units of currency.
    str
        ``number``, ``percentage`` or ``duration``.

    Raises
    ------
    UnitError
        If it is none of them, or does not end.
    """
    if isinstance(value, str) and value.strip().endswith("%"):
        return units.parse_fraction(value), "percentage"
    try:
        return units.parse_quantity(value), "number"
    except UnitError as not_a_number:
        try:
            seconds = units.parse_duration(value)
        except UnitError:
            raise not_a_number from None
        if math.isinf(seconds):
            raise UnitError("never is not a number that can be varied", "put it in a list: [1h, never]") from None
        return seconds, "duration"


def parse_any_number(value: object) -> float:
    """Read a number of any kind; see `number_and_kind`."""
    return number_and_kind(value)[0]


AnyNumber = Annotated[
    float,
    BeforeValidator(parse_any_number),
    WithJsonSchema({"type": ["number", "string"], "description": "A number, or with a unit: 5M, 0.5%, 2h."}),
]


def plain(number: float) -> float | int:
    """Return a whole number as an integer, as it would be written in a file."""
    number = float(number)
    return int(number) if number.is_integer() and abs(number) < WHOLE_BELOW else number


def mixed_kinds(written: Mapping[str, Any], keys: Iterable[str]) -> Iterator[Finding]:
    """Refuse keys of one range or distribution that measure different things; 0 goes with all of them."""
    kinds: dict[str, str] = {}
    for key in keys:
        try:
            number, kind = number_and_kind(written.get(key))
        except UnitError:
            continue
        if number != 0:
            kinds[key] = kind
    first = next(iter(kinds), "")
    for key, kind in kinds.items():
        if kind != kinds[first]:
            yield Finding((key,), f"is a {kind}, {first} is a {kinds[first]}", "write both in the same unit")
            return


def same_value(one: Any, other: Any) -> bool:
    """Whether two values mean the same where only their writing may differ: 5M and 5_000_000."""
    try:
        return number_and_kind(one)[0] == number_and_kind(other)[0]
    except UnitError:
        return type(one) is type(other) and bool(one == other)
