"""Several runs brought onto one time axis: their names, their recordings, and whether they share a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import SECOND
from cascade_sim.plots.reading import Names, Recording, date_numbers, names_of, recording_of

MOST_RUNS = 8
ITSELF = "the run itself"
_UNITS = ((2 * 86_400.0, 86_400.0, "days"), (2 * 3600.0, 3600.0, "hours"), (120.0, 60.0, "minutes"))
_LEVELS_APART = 1.2


class Line(NamedTuple):
    """A run to be drawn: its name, the run, the currencies, and its recording where it has rows."""

    name: str
    run: Any
    names: Names
    recording: Recording | None


def named_runs(runs: Any) -> list[tuple[str, Any]]:
    """Return runs with names.

    Parameters
    ----------
    runs : Run, mapping of str to Run, or sequence of Run or of (str, Run)
        A run stands for itself and its counterfactuals; runs without a name are called what their scenario is
        called, with their seed or a number where that does not tell them apart.
    """
    if hasattr(runs, "timeline"):
        others = getattr(runs, "counterfactuals", None) or {}
        return [(ITSELF, runs), *((name.replace("_", " "), other) for name, other in others.items())]
    if isinstance(runs, Mapping):
        return [(str(name), run) for name, run in runs.items()]
    entries = [entry if isinstance(entry, tuple) else ("", entry) for entry in runs]
    called = [str(name) or _called(run) for name, run in entries]
    seeds = [getattr(run, "seed", None) for _, run in entries]
    names: list[str] = []
    for name, seed in zip(called, seeds, strict=True):
        alike = [other for other, twin in zip(seeds, called, strict=True) if twin == name]
        if len(alike) > 1 and seed is not None and len(set(alike)) == len(alike):
            name = f"{name}, seed {seed}"
        names.append(name)
    again = {name for name in names if names.count(name) > 1}
    numbered = [
        f"{name} ({names[: place + 1].count(name)})" if name in again else name for place, name in enumerate(names)
    ]
    return list(zip(numbered, (run for _, run in entries), strict=True))


def _called(run: Any) -> str:
    return str(getattr(getattr(run, "scenario", None), "name", "") or "run")


def lines_of(entries: list[tuple[str, Any]], quote: str | None, base: str | None) -> list[Line]:
    """Read the recordings of named runs; a counterfactual without a scenario of its own has the first one's."""
    first = entries[0][1]
    found = []
    for name, run in entries:
        whose = run if getattr(run, "scenario", None) is not None else first
        names = names_of(whose, quote, base)
        recording = recording_of(getattr(run, "timeline", None), whose.scenario, names)
        found.append(Line(name, run, names, recording))
    return found


class Axis(NamedTuple):
    """The time axis that all runs share.

    Attributes
    ----------
    clock : bool
        Whether it is the clock; else it is the time since each run's start.
    start, end : int
        Its ends on the clock, ns since 1970; or 0 and the longest run, ns.
    unit : float
        Length of one unit of the time since the start, s.
    label : str
        The axis' name.
    sentence : str
        How runs that start or end at different times were lined up; empty where all agree.
    """

    clock: bool
    start: int
    end: int
    unit: float
    label: str
    sentence: str

    def places(self, recording: Recording, moments: Any) -> Floats:
        """Return where moments of a run stand on the axis."""
        if self.clock:
            return date_numbers(moments)
        return (moments - recording.start) / (self.unit * SECOND)


def shared_axis(recordings: list[Recording]) -> Axis:
    """Choose the clock where all runs overlap in time, and the time since each one's start where they do not."""
    starts, ends = [each.start for each in recordings], [each.end for each in recordings]
    if max(starts) < min(ends):
        apart = len(set(starts)) > 1 or len(set(ends)) > 1
        words = "The runs start or end at different times: they are drawn on the clock." if apart else ""
        return Axis(True, min(starts), max(ends), 1.0, "time, UTC", words)
    longest = max(end - start for start, end in zip(starts, ends, strict=True))
    found = [(unit, name) for least, unit, name in _UNITS if longest >= least * SECOND]
    unit, name = found[0] if found else (1.0, "seconds")
    words = "The runs do not overlap in time: they are drawn by the time since the start of each."
    return Axis(False, 0, longest, unit, f"time since the start, {name}", words)


def start_of(recording: Recording) -> float:
    """Return the price before the first row, or the first mark where the scenario has none."""
    if recording.start_price == recording.start_price:
        return recording.start_price
    mark = recording.column("mark")
    known = mark[mark == mark]
    return float(known[0]) if known.size else float("nan")


def levels_apart(recordings: list[Recording]) -> bool:
    """Tell whether runs start so far from each other, or in other currencies, that prices must be relative."""
    starts = [start for start in map(start_of, recordings) if start > 0]
    units = {(each.names.quote, each.names.base) for each in recordings}
    return len(units) > 1 or bool(starts and max(starts) > _LEVELS_APART * min(starts))
