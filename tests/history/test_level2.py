"""Snapshots of order books: read from three formats, and as the cumulative depth that a table book takes."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import cascade_sim as cs
from cascade_sim.errors import DataError
from cascade_sim.history.level2_files import read_level2

BIDS = [(100.0, 2.0), (99.0, 3.0), (98.0, 1.0)]
ASKS = [(101.0, 1.0), (102.0, 1.5), (104.0, 5.0)]
DEPTH = {"lastUpdateId": 7, "bids": [[str(p), str(q)] for p, q in BIDS], "asks": [[str(p), str(q)] for p, q in ASKS]}


def as_json(tree=None):
    return json.dumps(DEPTH if tree is None else tree)


def as_level_rows(quantity="quantity"):
    yield f"side,price,{quantity}"
    yield from (f"bid,{p},{q}" for p, q in BIDS)
    yield from (f"ask,{p},{q}" for p, q in ASKS)


START = 1_700_000_000  # 2023-11-14T22:13:20Z


def snapshot(second, bids=BIDS, asks=ASKS):
    cells = [f"{price},{size}" for level in zip(asks, bids, strict=True) for price, size in level]
    return f"binance,BTCUSDT,{(START + second) * 1_000_000},{(START + second) * 1_000_000 + 5},{','.join(cells)}"


SNAPSHOTS = "exchange,symbol,timestamp,local_timestamp," + ",".join(
    f"{side}[{level}].{what}" for level in range(3) for side in ("asks", "bids") for what in ("price", "amount")
)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("depth.json", [as_json()]),
        ("depth.json", [as_json({side: [[p, q] for p, q in DEPTH[side]] for side in ("asks", "bids")})]),
        ("book.csv", list(as_level_rows())),
        ("book.csv", list(as_level_rows("amount"))),
        ("book.csv", [SNAPSHOTS, snapshot(0)]),
    ],
)
def test_every_format_gives_the_same_levels(name, lines, written):
    book = read_level2(written(*lines, name=name))
    assert book.bids.tolist() == [list(level) for level in BIDS]
    assert book.asks.tolist() == [list(level) for level in ASKS]
    assert book.mid == pytest.approx(math.sqrt(100 * 101), rel=1e-15)
    assert book.half_spread == pytest.approx(math.log(101 / 100) / 2, rel=1e-12)


def test_a_row_of_the_table_says_what_has_to_be_eaten_to_move_the_touch_there(written):
    book = read_level2(written(as_json(), name="depth.json"))
    assert book.table("bids") == [(pytest.approx(math.log(100 / 99)), 2.0), (pytest.approx(math.log(100 / 98)), 5.0)]
    assert book.table("asks") == [(pytest.approx(math.log(102 / 101)), 1.0), (pytest.approx(math.log(104 / 101)), 2.5)]


def test_the_mean_table_is_the_mean_of_both_as_far_as_both_are_shown(written):
    book = read_level2(written(as_json(), name="depth.json"))
    mean = np.array(book.table("mean"))
    sides = [np.array([(0.0, 0.0), *book.table(side)]) for side in ("bids", "asks")]
    for distance in np.linspace(0, mean[-1, 0], 50):
        expected = np.mean([np.interp(distance, *side.T) for side in sides])
        assert np.interp(distance, *np.array([(0.0, 0.0), *mean.tolist()]).T) == pytest.approx(expected, rel=1e-12)
    assert mean[-1, 0] == pytest.approx(math.log(100 / 98))
    assert (np.diff(mean, axis=0) > 0).all()


def test_the_last_snapshot_before_a_time_is_read_and_none_is_guessed(written):
    thinner = [(price, size / 4) for price, size in BIDS]
    file = written(SNAPSHOTS, snapshot(60), snapshot(120, bids=thinner), snapshot(180), name="book.csv")
    assert read_level2(file, START + 60.0).bids[0, 1] == 2.0
    assert read_level2(file, START + 179.9).bids[0, 1] == 0.5
    assert cs.history.load_level2(file, "2023-11-14T22:15:50Z").bids[0, 1] == 0.5
    with pytest.raises(DataError, match=r"book\.csv:3: holds more than one snapshot; say of which time"):
        read_level2(file)
    with pytest.raises(DataError, match=r"book\.csv:2: its first snapshot is later than 2023-11-14T22:14:19Z"):
        read_level2(file, START + 59.0)


def test_a_side_may_show_fewer_levels_than_the_file_has_columns(written):
    short = snapshot(0).rpartition(",")[0].rpartition(",")[0] + ",,"
    assert read_level2(written(SNAPSHOTS, short, name="book.csv")).bids.tolist() == [list(level) for level in BIDS[:2]]


def changed(side, index, level):
    return as_json(DEPTH | {side: [level if row == index else old for row, old in enumerate(DEPTH[side])]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            changed("bids", 1, ["101.5", "1"]),
            r"depth\.json: bids\[1\] price 101\.5 is not below",
        ),
        (
            changed("asks", 2, ["102", "1"]),
            r"depth\.json: asks\[2\] price 102 is not above .* sort asks",
        ),
        (changed("bids", 2, ["98", "0"]), r"depth\.json: bids\[2\] quantity 0 is not positive"),
        (changed("asks", 0, ["-1", "5"]), r"depth\.json: asks\[0\] price -1 is not positive"),
        (
            changed("asks", 0, ["99.5", "5"]),
            r"depth\.json: bids\[0\] crossed: the best bid of 100 is not below",
        ),
        (changed("asks", 1, ["x", "5"]), r"depth\.json: asks\[1\] price 'x' is not a number"),
        (changed("asks", 1, ["102"]), r"depth\.json: asks\[1\] is not \[price, quantity\]"),
        (as_json(DEPTH | {"asks": []}), r"depth\.json: shows no asks"),
        (as_json({"bids": []}), r"depth\.json: holds no {\"bids\""),
        ("[1, 2]", r"depth\.json: holds no {\"bids\""),
        ('{\n"bids": [,', r"depth\.json:2: is not JSON"),
    ],
)
def test_levels_that_cannot_be_a_book_are_refused_with_their_index(text, said, written):
    with pytest.raises(DataError, match=said):
        read_level2(written(text, name="depth.json"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["side,price,quantity", "bid,1,1", "up,2,1"], r"book\.csv:3: side 'up' is neither bid nor ask"),
        (["side,price,quantity", "bid,1,1", "ask,2,0"], r"book\.csv:3: quantity 0 is not positive"),
        (["side,price,quantity", "bid,1,1", "bid,2,1", "ask,3,1"], r"book\.csv:3: price 2 is not below the one before"),
        (["side,price", "bid,1"], r"book\.csv:1: has no column quantity"),
        (["price,quantity", "1,1"], r"book\.csv:1: has neither the columns side, price, quantity nor bids\[0\]"),
        (["side,price,quantity", "bid,1"], r"book\.csv:2: 2 cells where the header has 3"),
        ([SNAPSHOTS, snapshot(0, bids=[(100.0, 1.0), (99.0, 0.0), (98.0, 1.0)])], r"book\.csv:2: bids\[1\] quantity 0"),
        ([SNAPSHOTS], r"book\.csv: holds no rows"),
    ],
)
def test_rows_that_cannot_be_a_book_are_refused_with_their_line(lines, said, written):
    with pytest.raises(DataError, match=said):
        read_level2(written(*lines, name="book.csv"))


def test_one_price_a_side_makes_no_table(written):
    book = read_level2(written("side,price,quantity", "bid,1,1", "ask,2,1", name="book.csv"))
    with pytest.raises(DataError, match=r"book\.csv: asks show one price only"):
        book.table("asks")
