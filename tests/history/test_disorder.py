"""What is not in order is refused with its line, and put right in the way that `repair:` says and no other."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.errors import DataError
from cascade_sim.history.candles import read_bars, read_candles
from cascade_sim.scenario.repair import Repair

HEADER = "time_utc,open,high,low,close,volume"


def bar(step, price=100.0, **changes):
    """Return one bar of a minute, around a price."""
    values = {"open": price, "high": price + 1, "low": price - 1, "close": price, "volume": 5.0} | changes
    return ",".join([str(60 * step), *(str(values[name]) for name in ("open", "high", "low", "close", "volume"))])


CALM = [bar(step, 100 + step) for step in range(8)]


def calm_but(*changes):
    """Return calm bars with some rows put in the place of others."""
    rows = list(CALM)
    for row, text in changes:
        rows[row] = text
    return [HEADER, *rows]


# What is wrong: the lines of the file, what is said of it, the repair that is named, and the closes after it.
WRONG = {
    "a gap": ([HEADER, *CALM[:3], *CALM[5:]], r":5: 2 bars are missing before it, from 1970-01-01T00:03:00Z to"),
    "a row without prices": (calm_but((3, "180,,NaN,nan,,")), r":5: holds no price \(open, high, low, close\)"),
    "a row twice": ([HEADER, *CALM[:3], CALM[2], *CALM[3:]], r":5: time_utc is that of line 4, with the same numbers"),
    "a time twice": ([HEADER, *CALM[:3], bar(2, 90), *CALM[3:]], r":5: time_utc is that of line 4, with other numbers"),
    "rows out of order": ([HEADER, CALM[1], CALM[0], *CALM[2:]], r":3: time_utc lies before that of the row before"),
    "overlapping bars": ([HEADER, *CALM[:4], bar(3.5), *CALM[4:]], r":6: begins 30 s after line 5, before that bar of"),
    "a zero": (calm_but((3, bar(3, low=0))), r":5: low 0 is not positive"),
    "a negative price": (calm_but((3, bar(3, close=-4, low=-5))), r":5: low -5 is not positive"),
    "a high below the close": (calm_but((3, bar(3, 103, high=102))), r":5: high 102 is below the bar's open or close"),
    "a low above the open": (calm_but((3, bar(3, 103, low=103.5))), r":5: low 103\.5 is above the bar's open or close"),
    "a high spike": (calm_but((3, bar(3, 103, high=1030))), r":5: is a spike: 1030 lies 228% \(log\) beyond the bars"),
    "a low spike": (calm_but((3, bar(3, 103, low=1))), r":5: is a spike: 1 lies .* after it, which reach 101"),
    "a spike of the close": (calm_but((3, bar(3, 103, high=5e4, close=5e4))), r":5: is a spike: 50000 lies"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_with_its_line_and_the_way_out(case, written):
    lines, said = WRONG[case]
    with pytest.raises(DataError, match=rf"spot\.csv{said}.*; .* repair: {{") as refused:
        read_bars(written(*lines))
    assert "\n" not in str(refused.value)


REPAIRED = {
    "a gap": [
        ({"gaps": "hold"}, [100, 101, 102, 102, 102, 105, 106, 107]),
        ({"gaps": "join"}, [100, 101, 102, 105, 106, 107]),
    ],
    "a row without prices": [
        ({"gaps": "hold"}, [100, 101, 102, 102, 104, 105, 106, 107]),
        ({"gaps": "join"}, [100, 101, 102, 104, 105, 106, 107]),
    ],
    "a row twice": [({"duplicates": "first"}, list(range(100, 108)))],
    "a time twice": [
        ({"duplicates": "first"}, list(range(100, 108))),
        ({"duplicates": "last"}, [100, 101, 90, 103, 104, 105, 106, 107]),
    ],
    "rows out of order": [({"order": "sort"}, list(range(100, 108)))],
    "overlapping bars": [({"overlaps": "drop"}, list(range(100, 108)))],
    "a zero": [({"zeros": "drop", "gaps": "hold"}, [100, 101, 102, 102, 104, 105, 106, 107])],
    "a high below the close": [({"bounds": "widen"}, list(range(100, 108)))],
    "a spike of the close": [
        ({"spikes": "keep"}, [100, 101, 102, 5e4, 104, 105, 106, 107]),
        ({"spikes": "clip"}, [100, 101, 102, 105, 104, 105, 106, 107]),
        ({"spikes": "drop", "gaps": "join"}, [100, 101, 102, 104, 105, 106, 107]),
    ],
}


EVERY_REPAIRED = [(case, *row) for case, rows in REPAIRED.items() for row in rows]


@pytest.mark.parametrize(("case", "repair", "closes"), EVERY_REPAIRED)
def test_a_repair_does_what_it_says(case, repair, closes, written):
    file = written(*WRONG[case][0])
    assert read_bars(file, Repair(**repair)).close.tolist() == closes
    assert read_candles(file, repair=Repair(**repair))[1].tolist() == closes


@pytest.mark.parametrize("case", WRONG)
def test_no_other_repair_than_the_named_one_lets_a_fault_pass(case, written):
    every = {"order": "sort", "duplicates": "first", "overlaps": "drop", "zeros": "drop", "bounds": "widen"}
    every |= {"spikes": "keep", "gaps": "join"}
    file = written(*WRONG[case][0])
    with pytest.raises(DataError) as refused:
        read_bars(file)
    named = str(refused.value).rpartition("repair: {")[2].partition(":")[0]
    with pytest.raises(DataError):
        read_bars(file, Repair(**{key: value for key, value in every.items() if key != named}))
    read_bars(file, Repair(**every))


@pytest.mark.parametrize(("case", "repair"), [("a zero", {"zeros": "drop"}), ("a low spike", {"spikes": "drop"})])
def test_a_bar_that_is_dropped_leaves_a_gap_that_has_to_be_allowed(case, repair, written):
    with pytest.raises(DataError, match=r":6: a bar is missing before it"):
        read_bars(written(*WRONG[case][0]), Repair(**repair))


def test_a_held_bar_has_no_volume_and_no_line(written):
    bars = read_bars(written(*WRONG["a gap"][0]), Repair(gaps="hold"))
    assert bars.lines.tolist() == [2, 3, 4, -1, -1, 5, 6, 7]
    assert bars.opens.tolist() == [60.0 * step for step in range(8)]
    for name in ("open", "high", "low", "close"):
        assert getattr(bars, name)[3:5].tolist() == [102, 102]
    assert bars.volume[3:5].tolist() == [0, 0]


def test_a_widened_bar_holds_its_open_and_close_and_a_clipped_one_lies_between_its_neighbours(written):
    bars = read_bars(written(*WRONG["a high below the close"][0]), Repair(bounds="widen"))
    assert (bars.high[3], bars.low[3]) == (103, 102)
    bars = read_bars(written(*WRONG["a low spike"][0]), Repair(spikes="clip"))
    assert (bars.open[3], bars.high[3], bars.low[3], bars.close[3]) == (103, 104, 101, 103)


def test_a_gap_outside_the_window_does_not_matter_and_one_that_touches_it_does(written):
    file = written(*WRONG["a gap"][0])  # nothing from 180 s to 300 s
    for window in ((0, 180), (300, 480)):
        assert read_bars(file, window=window).opens.size == 6
    for window in ((0, 181), (299, 480), (200, 210)):
        with pytest.raises(DataError, match="2 bars are missing"):
            read_bars(file, window=window)
    empty = written(*WRONG["a row without prices"][0])
    assert read_bars(empty, window=(240, 480)).close.tolist() == [100, 101, 102, 104, 105, 106, 107]


def test_a_cell_that_is_empty_beside_prices_is_refused_whatever_is_allowed(written):
    with pytest.raises(DataError, match=r":5: low is empty where the bar's other prices are not"):
        read_bars(written(*calm_but((3, "180,1,2,,1,5"))), Repair(gaps="hold", zeros="drop"))


def test_every_fault_of_a_file_is_found_in_one_reading_and_the_way_out_said_once_a_kind(written):
    rows = [bar(0), bar(1), bar(1), bar(2, low=0), bar(3), bar(6), bar(5), bar(7, high=1), bar(8, high=1)]
    with pytest.raises(DataError) as refused:
        read_bars(written(HEADER, *rows, "x,1,1,1,1,1"))
    said = str(refused.value).splitlines()
    assert [int(line.split(":")[1]) for line in said] == [4, 5, 8, 9, 10, 11]
    assert sum("{bounds: widen}" in line for line in said) == 1
    assert "is not a time" in said[-1]


def test_a_file_that_runs_backwards_is_refused_unless_its_format_does(written):
    rows = [f"{60 * step},BTCUSD,1,1,1,1" for step in reversed(range(4))]
    assert read_bars(written("unix,symbol,open,high,low,close", *rows)).opens.tolist() == [0, 60, 120, 180]
    with pytest.raises(DataError, match="lies before that of the row before"):
        read_bars(written("time,symbol,open,high,low,close", *rows))
    with pytest.raises(DataError, match="lies before that of the row before"):
        read_bars(written("unix,symbol,open,high,low,close", *rows[:2], *reversed(rows[2:])))


def test_a_wrong_year_is_not_filled_with_bars(written):
    with pytest.raises(DataError, match="bars would have to be put into its gaps; is a time wrong"):
        read_bars(written(HEADER, *CALM, bar(10**9)), Repair(gaps="hold"))


def test_repaired_bars_are_in_order_for_any_mess(written):
    """Random rows, some wrong in one way or another: what comes out keeps what every reader of bars relies on."""
    keys = {"order": "sort", "duplicates": "last", "overlaps": "drop", "zeros": "drop", "bounds": "widen"}
    every = Repair(**keys, spikes="clip", gaps="hold")
    generator = np.random.default_rng(7)
    for _ in range(20):
        rows = [bar(step, 100 + generator.normal()) for step in np.sort(generator.choice(60, 40, replace=False))]
        rows[generator.integers(40)] = bar(generator.integers(60), low=0)
        rows[generator.integers(40)] = bar(generator.integers(60) + 0.5, high=generator.choice([1, 500]))
        generator.shuffle(rows)
        bars = read_bars(written(HEADER, *rows), every)
        assert (np.diff(bars.opens) >= bars.length - 1e-6).all()
        assert (np.diff(bars.opens) < 2 * bars.length).all()
        assert (bars.low > 0).all()
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()
