"""The tables of the page, as text: simulated beside reported, counterfactuals, events, all figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots.reading import Names, names_of
from cascade_sim.tables import MOST_DIFFERENCES, figure_columns, flattened
from cascade_sim.text_table import shown, unit_beside

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

_URL = re.compile(r"https?://[^\s<>\"'{}|\\^`]+")
_NOT_OF_A_URL = ".,;:!?)]"
_LONGEST = 60
# Beside the summary's figures, and no figure themselves.
_NO_FIGURES = ("units", "definitions")


class Piece(NamedTuple):
    """A piece of text, with the address it leads to where it is one."""

    text: str
    address: str = ""


class ReportedRow(NamedTuple):
    """A figure of the real event beside the simulated one."""

    figure: str
    unit: str
    simulated: str
    reported: str
    reported_unit: str
    source: list[Piece]
    defined: bool


class FigureCells(NamedTuple):
    """One figure with its unit, in a run and in its counterfactuals."""

    figure: str
    unit: str
    cells: list[str]


class Counterfactuals(NamedTuple):
    """What each counterfactual changes, and the figures of all of them in columns."""

    changes: list[tuple[str, list[str]]]
    heads: list[str]
    rows: list[FigureCells]


class EventRow(NamedTuple):
    """A marker: when (UTC), what, and where that is written."""

    time: str
    what: str
    source: list[Piece]


class FigureRow(NamedTuple):
    """One figure of the summary with its unit and definition."""

    key: str
    value: str
    unit: str
    definition: str


def linked(text: str) -> list[Piece]:
    """Cut a text into pieces so that web addresses in it can be links; nothing else can."""
    pieces, at = [], 0
    for found in _URL.finditer(text):
        address = found.group().rstrip(_NOT_OF_A_URL)
        pieces += [Piece(text[at : found.start()]), Piece(address, address)]
        at = found.start() + len(address)
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]


def named_unit(unit: str, names: Names) -> str:
    """Name a unit of the summary for readers: ``USD per coin`` for ``quote per base``."""
    known = {"quote": names.quote, "base": names.base, "contracts": names.quantity}
    return " ".join(known.get(word, word) for word in unit.split()) if unit_beside(unit) else ""


def reported_rows(run: Run) -> list[ReportedRow]:
    """Return every reported figure beside the simulated one, with its source."""
    units, names = run.summary.get("units", {}), names_of(run)
    return [
        ReportedRow(
            figure=key,
            unit=named_unit(units.get(key, ""), names),
            simulated=shown(run.summary.get(key), units.get(key, "")),
            reported=shown(figure.value, units.get(key, ""), as_written=True),
            reported_unit=figure.unit,
            source=linked(figure.source),
            defined=key in units,
        )
        for key, figure in run.scenario.reported.items()
    ]


def counterfactual_rows(run: Run) -> Counterfactuals | None:
    """Return the run's figures beside those of its counterfactuals; None where there are none."""
    if not run.counterfactuals:
        return None
    names = names_of(run)
    summaries = [("this run", run.summary), *((name, other.summary) for name, other in run.counterfactuals.items())]
    keys, _, *columns = figure_columns(summaries, {})
    rows = [
        FigureCells(key, named_unit(run.summary["units"].get(key, ""), names), list(cells))
        for key, *cells in zip(keys[1:], *(column[1:] for column in columns), strict=True)
    ]
    written = run.scenario.resolved().get("compare", {})
    changes = [(name, list(_changed(written.get(name, {})))) for name in run.counterfactuals]
    return Counterfactuals(changes, [column[0] for column in columns], rows)


def _changed(changes: dict[str, Any]) -> Iterator[str]:
    lines = [f"{key}: {_as_written(value)}" for key, value in flattened(changes)]
    yield from lines[:MOST_DIFFERENCES]
    if len(lines) > MOST_DIFFERENCES:
        yield f"and {len(lines) - MOST_DIFFERENCES} more"


def _as_written(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def event_rows(run: Run) -> list[EventRow]:
    """Return the scenario's markers in the order of time."""
    clock = run.scenario.clock
    marked = [(clock.seconds(event.at), event) for event in getattr(run.scenario, "events", None) or []]
    return [
        EventRow(f"{clock.start + timedelta(seconds=at):%d %b %Y, %H:%M:%S}", event.what, linked(event.source or ""))
        for at, event in sorted(marked, key=lambda each: each[0])
    ]


def figure_rows(run: Run) -> list[FigureRow]:
    """Return all figures of the summary with their units and definitions."""
    units, definitions = run.summary.get("units", {}), run.summary.get("definitions", {})
    names = names_of(run)
    return [
        FigureRow(
            key, shown(value, units.get(key, "")), named_unit(units.get(key, ""), names), definitions.get(key, "")
        )
        for key, value in run.summary.items()
        if key not in _NO_FIGURES
    ]
