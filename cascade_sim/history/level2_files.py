"""Files with levels of an order book: JSON as venues' depth end points give it, and two kinds of CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cascade_sim.errors import DataError
from cascade_sim.history.level2 import Level2
from cascade_sim.history.sources import Rows, opened, rows_of
from cascade_sim.history.table import SHOWN, number, unreadable
from cascade_sim.history.times import epoch_seconds, written

SIDES = ("bids", "asks")
_WORDS = {word: side for side in SIDES for word in (side, side[:-1], side[0])} | {"buy": "bids", "sell": "asks"}
_QUANTITIES = ("quantity", "amount", "size", "qty", "volume")

# What a file says of one level: where, price, quantity.
Level = tuple[str, str, str]


def read_level2(path: Path | str, at: float | None = None, source: str = "") -> Level2:
    """Read one snapshot of an order book.

    Parameters
    ----------
    path : path-like
        ``.json``: ``{"bids": [[price, quantity], ...], "asks": ...}`` as the depth end points of Binance and
        others return it. Otherwise a CSV file (plain, ``.gz`` or alone in a ``.zip``): one row a level, with the
        columns ``side`` (bid, ask), ``price`` and ``quantity`` (or amount, size); or one row a snapshot, with
        ``timestamp`` and ``bids[0].price, bids[0].amount, asks[0].price, ...``.
    at : float, optional
        Unix time; of a file with several snapshots the last one at or before it is read.
    source : str
        How messages name the file; by default its path.

    Raises
    ------
    DataError
        With file and line or index: what cannot be read, levels that are not sorted from the touch outward,
        prices and quantities that are not positive, a side without levels, a best bid that is not below the
        best ask; several snapshots and no `at`, or none at or before it.
    """
    file = Path(path)
    source = source or str(file)
    if file.suffix.lower() == ".json":
        sides = _from_json(file, source)
    else:
        with opened(file, source) as stream:
            rows = rows_of(stream)
            line, header = next(rows, (0, []))
            names = [name.strip().lower() for name in header]
            if "bids[0].price" in names:
                sides = _from_snapshots(rows, names, at, source)
            elif {"side", "price"} <= set(names):
                sides = _from_level_rows(rows, names, line, source)
            else:
                raise DataError(
                    f"{source}:{line}: has neither the columns side, price, quantity nor bids[0].price, "
                    f"bids[0].amount, asks[0].price, ...; its columns are {', '.join(header) or 'none'}"
                )
    return _judged(sides, source)


def _from_json(file: Path, source: str) -> dict[str, list[Level]]:
    try:
        tree = json.loads(file.read_text(encoding="utf-8-sig"), parse_float=str, parse_int=str)
    except json.JSONDecodeError as error:
        raise DataError(f"{source}:{error.lineno}: is not JSON: {error.msg}") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(unreadable(source, error)) from None
    if not isinstance(tree, dict) or not all(isinstance(tree.get(side), list) for side in SIDES):
        raise DataError(f'{source}: holds no {{"bids": [[price, quantity], ...], "asks": ...}}')
    sides: dict[str, list[Level]] = {side: [] for side in SIDES}
    for side in SIDES:
        for index, level in enumerate(tree[side]):
            where = f"{source}: {side}[{index}]"
            if not isinstance(level, list) or len(level) < 2:
                raise DataError(f"{where} is not [price, quantity]")
            sides[side].append((where, str(level[0]), str(level[1])))
    return sides


def _from_level_rows(rows: Rows, names: list[str], line: int, source: str) -> dict[str, list[Level]]:
    quantity = next((name for name in _QUANTITIES if name in names), None)
    if quantity is None:
        raise DataError(f"{source}:{line}: has no column quantity; its columns are {', '.join(names)}")
    places = [names.index(name) for name in ("side", "price", quantity)]
    sides: dict[str, list[Level]] = {side: [] for side in SIDES}
    for at, cells in rows:
        _refuse_ragged(cells, names, f"{source}:{at}")
        word, price, size = (cells[place].strip() for place in places)
        side = _WORDS.get(word.lower())
        if side is None:
            raise DataError(f"{source}:{at}: side {word!r} is neither bid nor ask")
        sides[side].append((f"{source}:{at}:", price, size))
    return sides


def _from_snapshots(rows: Rows, names: list[str], at: float | None, source: str) -> dict[str, list[Level]]:
    chosen = _chosen(rows, names, at, source)
    sides: dict[str, list[Level]] = {side: [] for side in SIDES}
    line, cells = chosen
    for side in SIDES:
        for index, price, size in _levels_of(cells, names, side):
            sides[side].append((f"{source}:{line}: {side}[{index}]", price, size))
    return sides


def _chosen(rows: Rows, names: list[str], at: float | None, source: str) -> tuple[int, list[str]]:
    """Return the last snapshot at or before a time, or the only one."""
    time = next((names.index(name) for name in ("timestamp", "time_utc", "time") if name in names), None)
    first: tuple[int, list[str]] | None = None
    last: tuple[int, list[str]] | None = None
    count, before = 0, -np.inf
    for line, cells in rows:
        _refuse_ragged(cells, names, f"{source}:{line}")
        count += 1
        first = first or (line, cells)
        if count > 1 and (at is None or time is None):
            reason = "say of which time" if time is not None else "it has no column timestamp to choose by"
            raise DataError(f"{source}:{line}: holds more than one snapshot; {reason}")
        if at is None or time is None:
            continue
        try:
            now = epoch_seconds(cells[time], utc="utc" in names[time])
        except ValueError as error:
            raise DataError(f"{source}:{line}: {names[time]} {cells[time].strip()!r} {error}") from None
        if now < before:
            raise DataError(f"{source}:{line}: {names[time]} lies before that of the row before; sort the file")
        before = now
        if now > at and count > 1:
            break
        if now <= at:
            last = (line, cells)
    if first is None:
        raise DataError(f"{source}: holds no rows")
    if count == 1:
        return first
    if last is None:
        raise DataError(
            f"{source}:{first[0]}: its first snapshot is later than {written(at or 0.0)}; give an earlier one"
        )
    return last


def _levels_of(cells: list[str], names: list[str], side: str) -> Iterator[tuple[int, str, str]]:
    places = {name: place for place, name in enumerate(names)}
    index = 0
    while (price := places.get(f"{side}[{index}].price")) is not None:
        size = places.get(f"{side}[{index}].amount")
        texts = (cells[price].strip(), cells[size].strip() if size is not None else "")
        # A side with fewer levels than the file has columns ends in empty cells.
        if not any(texts) and not any(
            cells[place].strip() for name, place in places.items() if name.startswith(f"{side}[") and place > price
        ):
            return
        yield index, *texts
        index += 1


def _refuse_ragged(cells: Sequence[str], names: Sequence[str], where: str) -> None:
    if len(cells) != len(names):
        raise DataError(f"{where}: {len(cells)} cells where the header has {len(names)}")


def _judged(sides: dict[str, list[Level]], source: str) -> Level2:
    faults: list[str] = []
    arrays = {side: np.array(list(_numbers(levels, side, faults.append))) for side, levels in sides.items()}
    for side, levels in sides.items():
        if not levels:
            faults.append(f"{source}: shows no {side}")
    if faults:
        more = [f"{source}: and {len(faults) - SHOWN:,} more"] if len(faults) > SHOWN else []
        raise DataError("\n".join([*faults[:SHOWN], *more]))
    bid, ask = float(arrays["bids"][0, 0]), float(arrays["asks"][0, 0])
    if bid >= ask:
        where = sides["bids"][0][0]
        raise DataError(f"{where} crossed: the best bid of {bid:g} is not below the best ask of {ask:g}")
    return Level2(arrays["bids"], arrays["asks"], source)


def _numbers(levels: list[Level], side: str, wrong: Callable[[str], Any]) -> Iterator[tuple[float, float]]:
    last = np.inf if side == "bids" else 0.0
    for where, price_text, quantity_text in levels:
        name, text = "price", price_text
        try:
            price = number(text)
            name, text = "quantity", quantity_text
            quantity = number(text)
        except ValueError as error:
            wrong(f"{where} {name} {text!r} {error}")
            continue
        if price <= 0 or quantity <= 0:
            name, value = ("price", price) if price <= 0 else ("quantity", quantity)
            wrong(f"{where} {name} {value:g} is not positive")
        elif (price >= last) if side == "bids" else (price <= last):
            word = "below" if side == "bids" else "above"
            wrong(f"{where} price {price:g} is not {word} the one before it, {last:g}; sort {side} from the touch out")
        last = price
        yield price, quantity
