"""Figures of the real event, printed beside the simulated ones."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from cascade_sim.scenario.part import Part
from cascade_sim.units import UnitError, parse_duration, parse_fraction, parse_quantity

_PARSERS: tuple[Callable[[object], float], ...] = (parse_quantity, parse_fraction, parse_duration)


def parse_reported(value: Any) -> float | str | list[float]:
    """Read a figure: a number where it looks like an amount, a percentage or a duration, else text.

    A list of two is a range. Raises `UnitError` for anything else.
    """
    if isinstance(value, list | tuple):
        numbers = [parse_reported(item) for item in value]
        if len(numbers) != 2 or not all(isinstance(number, float) for number in numbers):
            raise UnitError(f"{value} is not a range", "write two numbers, the lower one first")
        return [number for number in numbers if isinstance(number, float)]
    if isinstance(value, str) and value != "never":
        for parse in _PARSERS:
            try:
                return parse(value)
            except UnitError:
                continue
        return value
    return parse_quantity(value)


Figure = Annotated[
    float | str | list[float],
    BeforeValidator(parse_reported),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "array", "minItems": 2, "maxItems": 2}]}
    ),
]


class Reported(Part):
    """One figure of the real event and where it comes from."""

    value: Figure = Field(description="The figure: a number, a percentage, a duration, a range [low, high], or text.")
    unit: str = Field(default="", description="Its unit, as it shall be printed.")
    source: str = Field(min_length=1, description="Where it was published.")
