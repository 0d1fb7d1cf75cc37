from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.errors import DataError
from cascade_sim.history.candles import read_candles
from cascade_sim.scenario.repair import Repair

HEADER = "time_utc,open,high,low,close,volume"
START = 1584000000  # 2020-03-12T08:00:00Z


@pytest.fixture
def candles(tmp_path):
    def write(*lines, name="spot.csv"):
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


def test_a_close_belongs_one_bar_after_its_opening(candles):
    file = candles(
        '# {"venue": "somewhere"}',
        HEADER,
        "2020-03-12T08:00:00Z,10,12,9,11,5",
        "2020-03-12T08:30:00Z,11,13,8,12.5,5",
        "# halted for an hour",
        "2020-03-12T09:30:00Z,12,13,8,13,5",
        "2020-03-12T10:00:00Z,12,14,8,14,5",
    )
    times, prices = read_candles(file, repair=Repair(gaps="join"))
    assert times.tolist() == [START + 1800 * step for step in (1, 2, 4, 5)]
    assert prices.tolist() == [11, 12.5, 13, 14]
    assert (times.dtype, prices.dtype) == (np.float64, np.float64)
    assert read_candles(file, "low", Repair(gaps="join"))[1].tolist() == [9, 8, 8, 8]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{START}", f"{START + 60}"),
        (f"{START}.0", f"{START + 60}.0"),
        (f"{START}000", f"{START + 60}000"),
        (f"{START}000000", f"{START + 60}000000"),
        ("2020-03-12 08:00:00", "2020-03-12 08:01:00"),
        ("2020-03-12T09:00:00+01:00", "2020-03-12T09:01:00+01:00"),
    ],
)
def test_times_may_be_iso_or_unix_in_seconds_milliseconds_or_microseconds(candles, first, second):
    times, _ = read_candles(candles("time_utc,close", f"{first},1", f"{second},2"))
    assert times.tolist() == [START + 60, START + 120]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            (HEADER.replace("close", "last"), "0,1,1,1,1,1"),
            r"spot\.csv:1: has no column close; its columns are time",
        ),
        (
            ("time_utc,close", "0,1", "60,1", "60,2"),
            r"\.csv:4: time_utc is that of line 3, with other numbers; .*{duplicates: first}",
        ),
        (("time_utc,close", "60,1", "0,1"), r"spot\.csv:3: time_utc lies before that of the row before"),
        (("# c", "time_utc,close", "0,1", "60,0"), r"spot\.csv:4: close 0 is not positive"),
        (("time_utc,close", "0,-2", "60,1"), r"spot\.csv:2: close -2 is not positive"),
        (("time_utc,close", "0,nan", "60,1"), r"spot\.csv:2: holds no price \(close\); .* repair: {gaps: hold}"),
        (("time_utc,close", "0,1", "60,"), r"spot\.csv:3: holds no price"),
        (("time_utc,close", "noon,1", "60,1"), r"spot\.csv:2: time_utc 'noon' is not a time; write 2020"),
        (("time_utc,close", "0,1"), r"holds one bar; two or more"),
        (("time_utc,close",), r"holds no rows"),
        (("time_utc,close", "0,1,2"), r"spot\.csv:2: 3 cells where the header has 2"),
    ],
)
def test_wrong_files_are_refused_with_file_and_line(candles, lines, message):
    with pytest.raises(DataError, match=message):
        read_candles(candles(*lines))


def test_all_wrong_rows_are_found_in_one_reading(candles):
    rows = [f"{60 * row},{-1 if row % 3 == 0 else 'x' if row % 3 == 1 else 5}" for row in range(30)]
    with pytest.raises(DataError) as refused:
        read_candles(candles("time_utc,close", *rows))
    lines = str(refused.value).splitlines()
    assert [int(line.split(":")[1]) for line in lines[:10]] == [2, 3, 5, 6, 8, 9, 11, 12, 14, 15]
    assert lines[10].endswith("and 10 more rows")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        read_candles(tmp_path / "nowhere.csv")
