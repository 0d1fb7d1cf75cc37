from __future__ import annotations

import pandas as pd
import pytest

import cascade_sim as cs
from cascade_sim.errors import DataError

METRICS = "create_time,symbol,sum_open_interest,sum_open_interest_value,count_long_short_ratio"


def test_candles_come_as_a_frame_indexed_by_utc_time(written):
    file = written("time_utc,open,high,low,close", "0,1,3,1,2", "60,2,2,1,1")
    frame = cs.history.load_candles(file)
    assert frame.index.equals(pd.DatetimeIndex(["1970-01-01T00:00Z", "1970-01-01T00:01Z"], name="time_utc"))
    assert frame[["open", "high", "low", "close"]].to_numpy().tolist() == [[1, 3, 1, 2], [2, 2, 1, 1]]
    assert frame["volume"].isna().all()


def test_a_repair_may_be_written_as_a_mapping_and_is_checked(written):
    file = written("time_utc,open,high,low,close", "0,1,1,1,1", "60,1,1,1,1", "180,1,1,1,1")
    assert len(cs.history.load_candles(file, {"gaps": "hold"})) == 4
    with pytest.raises(DataError, match=r"repair: gaps: .*'hold' or 'join'; the keys are order, "):
        cs.history.load_candles(file, {"gaps": "fill"})
    with pytest.raises(DataError, match=r"repair: holes: "):
        cs.history.load_candles(file, {"holes": "fill"})


def test_funding_of_binance_is_read_with_its_milliseconds(written):
    header = "calc_time,funding_interval_hours,last_funding_rate"
    file = written(header, "1706745600003,8,0.0005", "1706774400000,8,-1e-4")
    frame = cs.history.load_funding(file)
    assert frame["rate"].tolist() == [0.0005, -1e-4]
    assert frame.index[0] == pd.Timestamp("2024-02-01T00:00:00.003Z")


def test_times_of_binance_s_metrics_are_utc_and_open_interest_keeps_its_name(written):
    rows = ["2025-01-21 00:05:00,BTCUSDT,76643.1,8.4e9,1.1", "2025-01-21 00:10:00,BTCUSDT,76000,8.3e9,1"]
    file = written(METRICS, *rows)
    frame = cs.history.load_open_interest(file)
    assert frame["sum_open_interest"].tolist() == [76643.1, 76000]
    assert frame.index[0] == pd.Timestamp("2025-01-21T00:05Z")
    assert cs.history.load_open_interest(file, "sum_open_interest_value").columns == ["sum_open_interest_value"]


@pytest.mark.parametrize(
    ("load", "lines", "said"),
    [
        (
            "load_funding",
            ["time_utc,mean", "0,1"],
            r":1: has no column rate; .* time_utc, mean; name .* column=",
        ),
        ("load_funding", ["time_utc,rate", "60,1", "0,1"], r":3: time_utc lies before that of the row before"),
        ("load_funding", ["time_utc,rate", "0,1", "0,2"], r":3: time_utc is that of line 2, with other numbers"),
        ("load_funding", ["time_utc,rate", "0,1", "60,"], r":3: rate is empty"),
        ("load_funding", ["date,rate", "2024-01-01,1"], r":2: date '2024-01-01' does not say its time zone"),
        ("load_open_interest", ["time_utc,open_interest", "0,0"], r":2: open_interest 0 is not positive"),
        ("load_open_interest", ["time_utc,open_interest", "0,x"], r":2: open_interest 'x' is not a number"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(load, lines, said, written):
    with pytest.raises(DataError, match=said):
        getattr(cs.history, load)(written(*lines))


def test_disorder_of_a_series_may_be_repaired(written):
    file = written("time_utc,rate", "60,1", "0,2", "0,3")
    frame = cs.history.load_funding(file, repair={"order": "sort", "duplicates": "last"})
    assert frame["rate"].tolist() == [3, 1]


def test_positions_come_as_a_frame_in_the_order_of_the_file(written):
    header = "side,quantity,entry_price,collateral,liquidation_price,who"
    frame = cs.history.load_positions(written(header, "long,1,8000,500,7540,a", "-1,2,8100,900,,b", name="p.csv"))
    assert frame["side"].tolist() == [1, -1]
    assert frame["entry_price"].tolist() == [8000, 8100]
    assert list(frame.columns) == ["side", "quantity", "entry_price", "collateral", "liquidation_price"]
    with pytest.raises(DataError, match=r"p\.csv:2: quantity -1 is not positive"):
        cs.history.load_positions(written(header, "long,-1,8000,500,7540,a", name="p.csv"))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'load_trades'"):
        _ = cs.history.load_trades
    assert dir(cs.history) == sorted(cs.history.__all__)
