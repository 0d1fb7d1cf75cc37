"""What the parts of a sweep file say against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.sweeps.numbers import number_and_kind, same_value
from cascade_sim.sweeps.vary import Varied
from cascade_sim.units import UnitError

DRAWN = ("latin_hypercube", "sobol")
MOST_RUNS = 10_000_000


def design_findings(design: str, varied: Mapping[str, Varied]) -> Iterator[Finding]:
    """Refuse varied keys that a design cannot take points from."""
    for key, entry in varied.items():
        if design not in DRAWN and entry.kind == "dist":
            from_range = isinstance(entry.written, dict) and "from" in entry.written
            message = "has no steps" if from_range else f"is a distribution, and the design is {design}"
            fix = "set design: latin_hypercube or design: sobol"
            yield Finding(("vary", key), message, f"add steps, or {fix}" if from_range else fix)
        if design == "sobol" and not entry.bounded:
            message = "has no bounds, and the design is sobol"
            yield Finding(("vary", key), message, "give low and high, or set design: latin_hypercube")
    if design == "zip":
        yield from _unequal({key: len(entry.values) for key, entry in varied.items() if entry.kind != "dist"})


def _unequal(lengths: Mapping[str, int]) -> Iterator[Finding]:
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        message = f"zip takes lists of one length; {told}"
        yield Finding(("vary",), message, "make them equally long, or set design: grid")


def key_findings(keys: Sequence[str]) -> Iterator[Finding]:
    """Refuse keys below other varied keys: it would be left to chance which of the two counts."""
    for key in keys:
        above = next((other for other in keys if key.startswith(other + ".")), None)
        if above is not None:
            yield Finding(("vary", key), f"lies inside {above}, which is varied, too", "vary one of the two")


def repetition_findings(design: str, varied: Mapping[str, Varied]) -> Iterator[Finding]:
    """Refuse points that would be run twice."""
    if design == "zip":
        columns = [entry.values for entry in varied.values()]
        rows = list(zip(*columns, strict=False)) if columns and all(columns) else []
        pair = _first_pair(rows, lambda one, other: all(map(same_value, one, other)))
        if pair:
            yield Finding(("vary",), f"points {pair[0]} and {pair[1]} (from 0) are the same", "leave one of them out")
        return
    for key, entry in varied.items():
        pair = _first_pair(entry.values, same_value)
        if not pair:
            continue
        if entry.kind == "range":
            message = f"{len(entry.values)} steps give some whole numbers twice"
            yield Finding(("vary", key), message, "take fewer steps")
        else:
            shown = f"{entry.values[pair[1]]} stands in it twice"
            yield Finding(("vary", key, pair[1]), shown, "leave one out; replicates: repeats points")


def _first_pair(values: Sequence[Any], same: Any) -> tuple[int, int] | None:
    """Return the places of the first two values that are the same."""
    seen: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        others = seen.setdefault(_rough(value), [])
        first = next((other for other in others if same(values[other], value)), None)
        if first is not None:
            return first, place
        others.append(place)
    return None


def _rough(value: Any) -> str:
    """Return a text that is the same for values that could be the same."""
    if isinstance(value, tuple):
        return "|".join(map(_rough, value))
    try:
        return repr(number_and_kind(value)[0])
    except UnitError:
        return repr(value)


def number_of_points(design: str, varied: Mapping[str, Varied], samples: int | None) -> int:
    """Return how many points a design has, before any is made."""
    if design == "sobol":
        return (samples or 0) * (len(varied) + 2)
    if design == "latin_hypercube":
        return samples or 0
    lengths = [len(entry.values) for entry in varied.values()]
    if design == "zip":
        return min(lengths, default=0)
    points = 1
    for length in lengths:
        points *= length
    return points


def size_findings(points: int, replicates: int) -> Iterator[Finding]:
    """Refuse sweeps that nobody can have meant."""
    if points * replicates > MOST_RUNS:
        message = f"{points:,} points with {replicates:,} replicates are more than {MOST_RUNS:,} runs"
        yield Finding(("vary",), message, "take fewer steps, keys or replicates")


def keep_findings(
    keep: Sequence[Mapping[str, Any]], design: str, varied: Mapping[str, Varied], replicates: int
) -> Iterator[Finding]:
    """Refuse runs to keep that the sweep does not have."""
    for index, entry in enumerate(keep):
        if not entry:
            yield Finding(("keep", index), "is empty", "name varied keys and their values")
        wrong = [*_unknown_values(entry, varied, replicates)]
        yield from (finding.under(("keep", index)) for finding in wrong)
        if not wrong and design == "zip" and not any(_in_row(entry, varied, row) for row in range(_rows(varied))):
            yield Finding(("keep", index), "no point has these values together", "name values of one point")


def _unknown_values(entry: Mapping[str, Any], varied: Mapping[str, Varied], replicates: int) -> Iterator[Finding]:
    for key, value in entry.items():
        if key == "replicate":
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not 0 <= value < replicates:
                yield Finding((key,), f"there is no replicate {value}", f"they are counted from 0 to {replicates - 1}")
        elif key not in varied:
            meant = nearest(key, [*varied, "replicate"])
            fix = f"did you mean {meant}?" if meant else f"the varied keys are {listed(varied)}"
            yield Finding((key,), "is not varied", fix)
        elif varied[key].kind == "dist":
            yield Finding((key,), "is drawn, so that no point can be named by its value", "name keys with lists")
        elif not any(same_value(value, other) for other in varied[key].values):
            shown = [str(other) for other in varied[key].values]
            fix = f"the values are {listed(shown)}" if len(shown) <= 12 else f"they go from {shown[0]} to {shown[-1]}"
            yield Finding((key,), f"no point has the value {value}", fix)


def _rows(varied: Mapping[str, Varied]) -> int:
    return min((len(entry.values) for entry in varied.values()), default=0)


def _in_row(entry: Mapping[str, Any], varied: Mapping[str, Varied], row: int) -> bool:
    return all(same_value(value, varied[key].values[row]) for key, value in entry.items() if key != "replicate")
