"""What is fitted to a real event: the parameters that are free, and the recorded figures they are fitted to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.reported import parse_reported
from cascade_sim.units import UnitError

OPEN_INTEREST, REST, WRITTEN = "open_interest", "rest", "written"
"""What the value of a free parameter may be multiplied by, beside a number and a dotted key."""

_WORDS = (OPEN_INTEREST, REST, WRITTEN)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def parse_number(value: Any) -> float:
    """Read a number, an amount, a percentage or a duration.

    Raises
    ------
    UnitError
        For anything else.
    """
    read = parse_reported(value)
    if not isinstance(read, float):
        raise UnitError(f"{value!r} is not a number", "write a number, an amount, a percentage or a duration")
    return read


def parse_factor(value: Any) -> float | str:
    """Read what a parameter is multiplied by: a number, ``open_interest``, ``rest``, ``written`` or a dotted key.

    Raises
    ------
    UnitError
        For anything else.
    """
    if isinstance(value, str) and (value in _WORDS or (value[:1].isalpha() and "." in value)):
        return value
    try:
        return parse_number(value)
    except UnitError:
        fix = f"write a number, {', '.join(_WORDS)} or a dotted key"
        raise UnitError(f"{value!r} is nothing to multiply by", fix) from None


def parse_sets(value: Any) -> Any:
    """Read the keys that a parameter sets: one, several, or a mapping to what it is multiplied by for each."""
    keys = [value] if isinstance(value, str) else value
    return dict.fromkeys(keys, 1.0) if isinstance(keys, list | tuple) and all(map(_is_text, keys)) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


Number = Annotated[
    float, BeforeValidator(parse_number), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]
Factor = Annotated[
    float | str, BeforeValidator(parse_factor), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]
Sets = Annotated[
    dict[str, Factor],
    BeforeValidator(parse_sets),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object"}]}),
]


def parse_recorded(value: Any) -> Any:
    """Read a recorded figure: what `parse_reported` takes, or a range of two times.

    Raises
    ------
    UnitError
        For anything else.
    """
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_text, value)):
        read = [parse_reported(end) for end in value]
        if all(map(_is_text, read)):
            return read
    return parse_reported(value)


Recorded = Annotated[
    float | str | list[float] | list[str],
    BeforeValidator(parse_recorded),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "array", "minItems": 2, "maxItems": 2}]}
    ),
]


class Free(Part):
    """A parameter that is fitted: the keys that it sets, and between what."""

    sets: Sets = Field(
        description="Dotted keys that it sets, as --set takes them: one, a list, or a mapping from each to what the "
        "parameter is multiplied by there: a number; open_interest (the sum of the cohorts' open interest as the "
        "scenario writes it); written (what the scenario writes at that key); another dotted key (its value); or, for "
        "one cohort's open_interest, rest: it then takes what the others leave of the sum."
    )
    from_: Number = Field(alias="from", description="Lowest value, a number, an amount, a percentage or a duration.")
    to: Number = Field(description="Highest value.")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="Whether steps or ratios of it count alike: how it is searched and drawn."
    )
    start: Number | None = Field(
        default=None, description="Where the search starts; left out: what the scenario has at the first key it sets."
    )

    def check(self) -> Iterator[Finding]:
        """Refuse ranges without values in them, and a start outside."""
        if not self.to > self.from_:
            yield Finding(("to",), f"{self.to:g} is not above {self.from_:g}", "give a value above from")
        elif self.scale == "log" and not self.from_ > 0.0:
            yield Finding(("from",), f"{self.from_:g} has no logarithm", "give a value above 0, or scale: linear")
        elif self.start is not None and not self.from_ <= self.start <= self.to:
            message = f"{self.start:g} does not lie between {self.from_:g} and {self.to:g}"
            yield Finding(("start",), message, "widen the range, or start inside of it")
        if all(factor == REST for factor in self.sets.values()):
            yield Finding(("sets",), "sets nothing but a rest", "name a key that the parameter itself sets")
        for key, factor in self.sets.items():
            if factor == REST and not (key.startswith("crowd.") and key.endswith(".open_interest")):
                message = "rest is what is left of the open interest"
                yield Finding(("sets", key), message, "use it for crowd.NAME.open_interest")


class Target(Part):
    """A figure of the real event that a fit is to meet, and what counts as near."""

    value: Recorded | None = Field(
        default=None,
        description="The recorded figure: a number, or for low_time a time in UTC, or a range [low, high] inside of "
        "which nothing is better than anything else; left out: the figure of this name under reported.",
    )
    tolerance: Number = Field(
        gt=0,
        description="What counts as one unit of error: of a fraction in points (2% is 0.02), of an amount above 0 as a "
        "fraction of it (20%), of a time a duration, of an amount of 0 an amount.",
    )
    source: str = Field(default="", description="Where the figure was published; left out: as under reported.")

    @property
    def ends(self) -> tuple[float | str, float | str] | None:
        """Lower and upper end of the figure, the same twice where it is no range; None where it is left out."""
        if isinstance(self.value, list):
            return self.value[0], self.value[1]
        return None if self.value is None else (self.value, self.value)

    def check(self) -> Iterator[Finding]:
        """Refuse a range that ends below its beginning."""
        low, high = self.ends or (0.0, 0.0)
        if isinstance(low, float) and isinstance(high, float) and high < low:
            yield Finding(("value",), "the range ends below its beginning", "write the lower number first")


class Calibrate(Part):
    """What `cascade-sim calibrate` fits, and to what; a run does not depend on it."""

    free: dict[str, Free] = Field(
        default_factory=dict, description="The parameters that are fitted, by a name for each."
    )
    targets: dict[str, Target] = Field(
        default_factory=dict,
        description="What they are fitted to: keys of the summary, each with a figure and a tolerance. A file that "
        "others extend may leave them to those.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse names that could be no column's, keys that two parameters set, and two rests."""
        setters: dict[str, str] = {}
        for name, free in self.free.items():
            if not _NAME.match(name):
                yield Finding(("free", name), f"{name!r} cannot be a name", "use letters, digits and _ only")
            for key in free.sets:
                if key in setters:
                    message = f"is set by {setters[key]} already"
                    yield Finding(("free", name, "sets", key), message, "let one parameter set a key")
                setters[key] = name
        rests = [(name, key) for name, free in self.free.items() for key, f in free.sets.items() if f == REST]
        for name, key in rests[1:]:
            yield Finding(("free", name, "sets", key), "a rest is taken already", "one cohort can take what is left")
