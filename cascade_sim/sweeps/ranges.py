"""Ranges: from one end to the other in equal steps, or in equal ratios."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from cascade_sim.scenario.fields import PositiveCount
from cascade_sim.scenario.findings import Finding, WrongError
from cascade_sim.scenario.part import Part
from cascade_sim.sweeps.numbers import AnyNumber, plain

MOST_STEPS = 1_000_000
# Powers differ between machines in the last digit; rounded to these many, the points do not.
LOG_DIGITS = 12

_TEXT = re.compile(
    r"\s*(?P<low>[^.\s](?:[^.]|\.(?!\.))*?|\.\d[^.]*?)\s*\.\.\s*(?P<high>\S+(?:\s+\S+)??)"
    r"(?:\s+in\s+(?P<steps>\S+)(?:\s+(?P<scale>\S+))?\s+steps?)?\s*\Z"
)
_MEANT_AS_RANGE = re.compile(r"\.\.|\d\w*\s*(to|-|–)\s*\d|steps?\b")
EXAMPLE = "5..50 in 10 steps, or 5M..80M in 5 log steps"


class Range(Part):
    """Numbers from one end to the other, ends included."""

    from_: AnyNumber = Field(alias="from", description="First value.")
    to: AnyNumber = Field(description="Last value.")
    steps: PositiveCount | None = Field(
        default=None,
        description="How many values there are, both ends among them, a whole number; left out: any value between "
        "the ends may be drawn.",
    )
    scale: Literal["linear", "log"] = Field(default="linear", description="Equal differences or equal ratios.")

    def check(self) -> Iterator[Finding]:
        """Refuse what is no range: ends that are one, too few steps, logarithms of what is not positive."""
        one_point = self.from_ == self.to
        if one_point and self.steps != 1:
            yield Finding(("to",), "is the same as from", "give two different ends, or a list of one value")
        if self.steps == 1 and not one_point:
            yield Finding(("steps",), "1 step has no room for two ends", "take at least 2 steps")
        if self.steps is not None and self.steps > MOST_STEPS:
            yield Finding(("steps",), f"{self.steps:,} is above {MOST_STEPS:,}", "take fewer steps")
        if self.steps is None and self.from_ > self.to:
            yield Finding(("to",), "is below from", "exchange them")
        if self.scale == "log":
            for key, end in (("from", self.from_), ("to", self.to)):
                if end <= 0:
                    message = f"{end:g} is not above 0, and the scale is log"
                    yield Finding((key,), message, "begin above 0, or leave log out")
                    return

    def values(self) -> list[float | int]:
        """Return the numbers; the ends exactly as written.

        Those between the ends of a linear range are the nearest to the exact decimal fractions (0.5% .. 4% in 8
        steps has 0.01, not 0.010000000000000002); those of a log range are rounded to 12 digits.
        """
        count = self.steps or 0
        if count == 1:
            return [plain(self.from_)]
        if self.scale == "log":
            ratio = self.to / self.from_
            inner = [
                float(f"{self.from_ * ratio ** (step / (count - 1)):.{LOG_DIGITS}g}") for step in range(1, count - 1)
            ]
        else:
            start = Fraction(repr(self.from_))
            whole = Fraction(repr(self.to)) - start
            inner = [float(start + whole * step / (count - 1)) for step in range(1, count - 1)]
        return [plain(number) for number in (self.from_, *inner, self.to)]


def range_of_text(text: str) -> dict[str, Any]:
    """Take ``5M..80M in 5 log steps`` apart into the keys of a range.

    Raises
    ------
    WrongError
        If it is not written so.
    """
    match = None if "..." in text else _TEXT.match(text)
    if match is None:
        if _MEANT_AS_RANGE.search(text):
            raise WrongError(Finding((), f"{text!r} is not a range", f"write {EXAMPLE}"))
        fix = f"write a list, such as [{text}], or a range: {EXAMPLE}"
        raise WrongError(Finding((), f"{text!r} is a single value", fix))
    found = match.groupdict()
    scale = found["scale"]
    if scale not in (None, "log", "linear"):
        message = f"{scale!r} is not a kind of steps"
        raise WrongError(Finding((), message, "write steps, linear steps or log steps"))
    steps = int(found["steps"]) if str(found["steps"]).isdecimal() else found["steps"]
    written = {"from": found["low"], "to": found["high"], "steps": steps, "scale": scale}
    return {key: value for key, value in written.items() if value is not None}
