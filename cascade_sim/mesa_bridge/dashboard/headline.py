"""The headline figures above the charts."""

from __future__ import annotations

from typing import NamedTuple

from cascade_sim.mesa_bridge.dashboard.clock import words_of
from cascade_sim.mesa_bridge.dashboard.price_panel import change_words
from cascade_sim.mesa_bridge.dashboard.reading import Reading
from cascade_sim.plots.numbers import human, percent, price


class Tile(NamedTuple):
    """One figure: its name, the figure, and a line below it."""

    name: str
    figure: str
    below: str


def tiles_of(reading: Reading) -> list[Tile]:
    """Return time, price, largest fall, liquidations, fund and deleveraging."""
    summary, quote = reading.summary, reading.quote
    money = reading.base if reading.inverse else quote
    start = float(reading.scenario.exchange.insurance_fund)
    count = summary["liquidated_count"]
    fall, rise = summary["max_drawdown"], summary["max_runup"]
    word, move = ("Largest rise", rise) if rise > max(fall, 0.001) else ("Largest fall", fall)
    return [
        Tile("Time", words_of(reading.now), f"of {words_of(reading.duration)}"),
        Tile("Mark price", price(reading.mark), f"{change_words(reading)} since the start"),
        Tile(word, percent(move, 2), "of the mark, so far"),
        Tile("Liquidated", f"{human(summary['liquidated_notional'])} {quote}", f"{count:,} liquidations"),
        Tile("Insurance fund", f"{human(reading.fund)} {money}", f"{human(start) if start else 'none'} at the start"),
        Tile("Deleveraged", f"{human(summary['adl_notional'])} {quote}", "winners closed by force"),
    ]
