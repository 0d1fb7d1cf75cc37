"""The types of a scenario's values: amounts, prices, fractions, durations, moments, with their units."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from cascade_sim import units
from cascade_sim.units import UnitError


def parse_count(value: object) -> int:
    """Read a whole number, written ``200_000`` or ``200k``.

    Raises
    ------
    UnitError
        If it is not a number or not whole.
    """
    number = units.parse_quantity(value)
    if number != int(number):
        raise UnitError(f"{value} is not a whole number", "write a whole number such as 200_000 or 200k")
    return int(number)


def parse_fraction_or_never(value: object) -> float:
    """Read a fraction of one, or ``never`` for no end."""
    if value == "never" or value == units.NEVER:
        return units.NEVER
    return units.parse_fraction(value)


def parse_distance_or_never(value: object) -> float:
    """Read a log-distance, a fraction of one, or ``never`` for no end."""
    return parse_fraction_or_never(value)


def parse_amount_or_never(value: object) -> float:
    """Read an amount, or ``never`` for no limit."""
    if value == "never" or value == units.NEVER:
        return units.NEVER
    return units.parse_quantity(value)


def _written(pattern: str, description: str, *, whole: bool = False) -> WithJsonSchema:
    number: dict[str, Any] = {"type": "integer" if whole else "number"}
    return WithJsonSchema({"anyOf": [number, {"type": "string", "pattern": pattern}], "description": description})


_AMOUNT = _written(units.QUANTITY_PATTERN, "An amount; suffixes k, M, B, T.")
_COUNT = _written(units.QUANTITY_PATTERN, "A whole number; suffixes k, M, B, T.", whole=True)
_PRICE = _written(units.QUANTITY_PATTERN, "A price in quote currency per base unit.")
_FRACTION = _written(units.FRACTION_PATTERN, "A fraction of one; 0.5% is 0.005.")
_DURATION = _written(units.DURATION_PATTERN, "Seconds; or with a unit ms, s, min, h, d; or never.")
_UNTIL = _written(r"^\s*(never|[-+0-9_.eE]+\s*%?)\s*$", "A log-distance as a fraction of one; or never.")
_AMOUNT_OR_NEVER = _written(
    r"^\s*(never|[-+]?[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?\s*[kMBT]?)\s*$", "An amount; suffixes k, M, B, T; or never."
)
_FRACTION_OR_NEVER = _written(r"^\s*(never|[-+0-9_.eE]+\s*%?)\s*$", "A fraction of one; 0.5% is 0.005; or never.")
_MOMENT_DESCRIPTION = "A time from the start of the run in seconds or with a unit (20min), or an ISO time (UTC)."
_MOMENT = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "description": _MOMENT_DESCRIPTION})

Count = Annotated[int, BeforeValidator(parse_count), _COUNT]
PositiveCount = Annotated[int, BeforeValidator(parse_count), Field(gt=0), _COUNT]

Amount = Annotated[float, BeforeValidator(units.parse_quantity), _AMOUNT]
PositiveAmount = Annotated[float, BeforeValidator(units.parse_quantity), Field(gt=0), _AMOUNT]
NonNegativeAmount = Annotated[float, BeforeValidator(units.parse_quantity), Field(ge=0), _AMOUNT]
PositiveAmountOrNever = Annotated[float, BeforeValidator(parse_amount_or_never), Field(gt=0), _AMOUNT_OR_NEVER]
Price = Annotated[float, BeforeValidator(units.parse_quantity), Field(gt=0), _PRICE]
Leverage = Annotated[float, BeforeValidator(units.parse_quantity), Field(ge=1), _AMOUNT]

Fraction = Annotated[float, BeforeValidator(units.parse_fraction), _FRACTION]
PositiveFraction = Annotated[float, BeforeValidator(units.parse_fraction), Field(gt=0), _FRACTION]
NonNegativeFraction = Annotated[float, BeforeValidator(units.parse_fraction), Field(ge=0), _FRACTION]
Share = Annotated[float, BeforeValidator(units.parse_fraction), Field(ge=0, le=1), _FRACTION]
PositiveShare = Annotated[float, BeforeValidator(units.parse_fraction), Field(gt=0, le=1), _FRACTION]
ProperFraction = Annotated[float, BeforeValidator(units.parse_fraction), Field(ge=0, lt=1), _FRACTION]
PositiveProperFraction = Annotated[float, BeforeValidator(units.parse_fraction), Field(gt=0, lt=1), _FRACTION]
DistanceOrNever = Annotated[float, BeforeValidator(parse_distance_or_never), Field(gt=0), _UNTIL]
FractionOrNever = Annotated[float, BeforeValidator(parse_fraction_or_never), Field(ge=0), _FRACTION_OR_NEVER]
PositiveFractionOrNever = Annotated[float, BeforeValidator(parse_fraction_or_never), Field(gt=0), _FRACTION_OR_NEVER]

Duration = Annotated[float, BeforeValidator(units.parse_duration), Field(ge=0), _DURATION]
PositiveDurationOrNever = Annotated[float, BeforeValidator(units.parse_duration), Field(gt=0), _DURATION]
FiniteDuration = Annotated[float, BeforeValidator(units.parse_duration), Field(ge=0, allow_inf_nan=False), _DURATION]
PositiveDuration = Annotated[float, BeforeValidator(units.parse_duration), Field(gt=0, allow_inf_nan=False), _DURATION]
SignedDuration = Annotated[float, BeforeValidator(units.parse_duration), _DURATION]

Time = Annotated[datetime, BeforeValidator(units.parse_time)]
Moment = Annotated[float | datetime, BeforeValidator(units.parse_moment), _MOMENT]


def none_as_empty(value: object) -> object:
    """Read a section that is named but left empty (``crowd:``) as an empty mapping."""
    return {} if value is None else value


def none_as_no_entries(value: object) -> object:
    """Read a list that is named but left empty (``events:``) as one without entries."""
    return [] if value is None else value
