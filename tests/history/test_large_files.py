"""Large tables are read at once by another library; what comes out is what the reader of rows says, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.errors import DataError
from cascade_sim.history import series
from cascade_sim.history.candles import read_bars

HEADER = "time_utc,open,high,low,close,volume"
STAMPS = {
    "epoch": lambda second: f"{1_700_000_000 + second}",
    "microseconds": lambda second: f"{(1_700_000_000 + second) * 1_000_000}",
    "zone": lambda second: f"2024-01-01T{second // 3600:02}:{second // 60 % 60:02}:00+08:00",
    "utc": lambda second: f"2024-01-01 {second // 3600:02}:{second // 60 % 60:02}:00",
}


def rows(stamp, count=200):
    generator = np.random.default_rng(11)
    for step in range(count):
        price = float(100 * np.exp(generator.normal() * 0.01))
        volume = "" if step == 7 else f"{generator.random():.9f}"
        yield f"{stamp(60 * step)},{price!r},{price + 1!r},{price - 1!r},{price!r},{volume}"


def both(file, monkeypatch):
    slow = read_bars(file)
    monkeypatch.setattr(series, "LARGE", 0)
    return slow, read_bars(file)


@pytest.mark.parametrize("kind", STAMPS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_both_readers_say_the_same_to_the_bit(kind, ending, tmp_path, monkeypatch):
    file = tmp_path / "spot.csv"
    text = ending.join(["# a comment", "", HEADER, *rows(STAMPS[kind])]) + ending
    file.write_bytes(text.encode())
    slow, quick = both(file, monkeypatch)
    for name in ("opens", "open", "high", "low", "close", "volume", "lines"):
        assert np.array_equal(getattr(slow, name), getattr(quick, name), equal_nan=True), name
    assert quick.lines[0] == 4


def test_the_large_reader_is_really_used(written, monkeypatch):
    file = written(HEADER, *rows(STAMPS["utc"]))
    monkeypatch.setattr(series, "LARGE", 0)
    monkeypatch.setattr(series, "_row_by_row", None)
    assert read_bars(file).opens.size == 200


@pytest.mark.parametrize(
    ("at", "text", "said"),
    [
        (90, "# the venue was down", None),
        (90, "", None),
        (90, "x,1,1,1,1,1", r":92: time_utc 'x' is not a time"),
        (90, "1,2,3", r":92: 3 cells where the header has 6"),
        (90, "2024-01-01T00:00:00,1,1,1,1,what", r":92: volume 'what' is not a number"),
        (90, "2024-01-01T00:00:00,1,1,1,inf,1", r":92: close 'inf' is not a finite number"),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_reader_of_rows(at, text, said, written, monkeypatch):
    lines = [HEADER, *rows(STAMPS["utc"])]
    file = written(*lines[: at + 1], text, *lines[at + 1 :])
    monkeypatch.setattr(series, "LARGE", 0)
    if said is None:
        assert read_bars(file).lines.tolist() == [*range(2, at + 2), *range(at + 3, 203)]
    else:
        with pytest.raises(DataError, match=said):
            read_bars(file)


def test_a_local_time_is_refused_by_both(written, monkeypatch):
    file = written(HEADER.replace("time_utc", "time"), *rows(STAMPS["utc"]))
    monkeypatch.setattr(series, "LARGE", 0)
    with pytest.raises(DataError, match="does not say its time zone"):
        read_bars(file)
