"""The words of a liquidation map: what moves would close, what lies outside, why there is none."""

from __future__ import annotations

import numpy as np

from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.crowd_shape import CrowdShape
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.numbers import human, percent, price
from cascade_sim.plots.reading import Names
from cascade_sim.plots.style import LONG, SHORT

_SHOCKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_WORTH_SAYING = 5e-4


def why_empty(unknown: bool, count: int) -> str:
    """Say why there is no map."""
    if unknown:
        return "this run kept no record of its crowd"
    return "no price liquidates anybody in this crowd" if count else "this scenario has no leveraged crowd"


def map_tiles(shape: CrowdShape, names: Names) -> list[Tile]:
    """Return what falls and rises would close by themselves, and how much no price closes."""
    tiles = []
    sides = (
        (shape.long_prices, shape.long_total, "longs, if the price\nfalls by", LONG),
        (shape.short_prices, shape.short_total, "shorts, if the price\nrises by", SHORT),
    )
    for prices, total, words, colour in sides:
        for shock, closed in _telling(np.abs(prices / shape.start - 1.0), total):
            share = percent(shock, 0 if shock >= 0.01 else 1)
            tiles.append(Tile(f"{human(closed)} {names.quote}", f"of {words} {share}", colour))
    if shape.never > 0:
        tiles.append(Tile(percent(shape.never), "of open interest is\nliquidated at no price"))
    return tiles


def _telling(distance: Floats, total: Floats) -> list[tuple[float, float]]:
    """Choose up to two round moves: one that closes a quarter of a side, one that closes much more."""
    moves: list[tuple[float, float]] = []
    for shock in _SHOCKS:
        closed = float(np.interp(shock, distance, total))
        enough = 0.25 * total[-1] if not moves else 1.5 * moves[0][1]
        if shock <= distance[-1] and closed > 0 and closed >= enough:
            moves.append((shock, closed))
    return moves[:2]


def outside_words(shape: CrowdShape) -> str:
    """Say what the picture leaves out; nothing where it leaves out nothing."""
    parts = []
    if shape.below > _WORTH_SAYING:
        parts.append(f"{percent(shape.below)} of longs (below {price(shape.low)})")
    if shape.above > _WORTH_SAYING:
        parts.append(f"{percent(shape.above)} of shorts (above {price(shape.high)})")
    if shape.never > _WORTH_SAYING:
        parts.append(f"{percent(shape.never)} of open interest (liquidated at no price)")
    return f"Outside the picture: {', '.join(parts)}." if parts else ""
