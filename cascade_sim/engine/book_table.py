"""The table of a book of shape `table`: written in the scenario, or taken from a snapshot of a recorded book."""

from __future__ import annotations

from cascade_sim.engine.paths import data_path
from cascade_sim.history.level2_files import read_level2
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.book import TableBook


def book_table(scenario: Scenario) -> list[tuple[float, float]]:
    """Return rows of log-distance from the touch and cumulative quantity; none for other shapes.

    Raises
    ------
    DataError
        A snapshot cannot be read.
    """
    book = scenario.market.book
    if not isinstance(book, TableBook):
        return []
    if book.levels is not None:
        return book.levels
    file, side = book.file or "", book.side or "mean"
    return read_level2(data_path(scenario, file), scenario.clock.start.timestamp(), file).table(side)
