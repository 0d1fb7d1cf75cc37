"""Every error a user can meet: one sentence, and where possible the file, line, column and what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CascadeError(Exception):
    """Base of every error that is the user's to solve.

    ``exit_code`` is what the command line ends with: 2 for input that is refused, 1 for a run that failed.
    """

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file, and what to change.

    Attributes
    ----------
    file : str
        Name of the file as the user gave it, or ``<python>`` for a scenario built in Python.
    line, column : int
        One-based position; 0 where there is none (a missing file, a scenario built in Python).
    key : str
        Dotted key, such as ``crowd.longs.leverage.mean``; empty when the whole file is meant.
    message : str
        What is wrong.
    fix : str
        What to change; may be empty when the message says it already.
    """

    file: str
    line: int
    column: int
    key: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{place}{key} {self.message}{fix}" if key else f"{place}: {self.message}{fix}"


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Sort problems by place within each file, files in the order in which they first turn up, each problem once."""
    files = {file: rank for rank, file in enumerate(dict.fromkeys(problem.file for problem in problems))}
    once = dict.fromkeys(problems)
    return sorted(once, key=lambda problem: (files[problem.file], problem.line, problem.column))


class ScenarioError(CascadeError):
    """A scenario (or an override of one) is wrong; holds every problem found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(CascadeError):
    """A data file (positions, candles) cannot be used; the message names the file and the row."""


class OutputError(CascadeError):
    """A result cannot be written: the folder is in use, the disk is full, the path is a file."""

    exit_code = 1


class RunError(CascadeError):
    """A run cannot go on, or a folder does not hold a run that can be read."""

    exit_code = 1


class UnreachableError(RunError):
    """A tracked replay cannot reach a recorded price: the book ends before it, or a price band does."""

    def __init__(self, tick: int, price: float, mid: float, place: str = "") -> None:
        self.tick, self.price, self.mid = tick, price, mid
        super().__init__(
            f"{place + ': ' if place else ''}tick {tick}: the recorded price {price:,.8g} cannot be reached, the book "
            f"or the price band ends at a mid of {mid:,.8g}; deepen the book (depth.until, levels), widen the band, or "
            "correct the path"
        )


class StrategyError(CascadeError):
    """A strategy asked for what cannot be done, failed, or did not end; the message names the agent and the tick."""

    exit_code = 1
