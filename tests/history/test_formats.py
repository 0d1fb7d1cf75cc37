"""The same four bars in every public format are the same bars."""

from __future__ import annotations

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest

from cascade_sim.errors import DataError
from cascade_sim.history.candles import read_bars

START = 1743465600  # 2025-04-01T00:00:00Z
PRICES = [
    (82550.01, 82560.0, 82496.16, 82537.94, 4.97),
    (82537.94, 82540.0, 82400.5, 82411.1, 7.5),
    (82411.1, 82411.1, 82390.0, 82400.25, 1.25),
    (82400.25, 82480.0, 82400.25, 82479.0, 3.0),
]
TIMES = [START + 60 * step for step in range(4)]


def ours():
    yield "# a comment"
    yield "time_utc,open,high,low,close,volume"
    for time, prices in zip(TIMES, PRICES, strict=True):
        yield f"{pd.Timestamp(time, unit='s').isoformat()}Z,{','.join(map(str, prices))}"


def klines(per_second):
    for time, (*prices, volume) in zip(TIMES, PRICES, strict=True):
        begin, end = time * per_second, (time + 60) * per_second - 1
        yield f"{begin},{','.join(map(str, prices))},{volume},{end},410000.5,77,2.5,205000.1,0"


KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def newest_first(header, address="https://www.CryptoDataDownload.com"):
    yield address
    yield header
    for time, (*prices, volume) in reversed(list(zip(TIMES, PRICES, strict=True))):
        date = pd.Timestamp(time, unit="s")
        yield f"{time},{date},BTC/USD,{','.join(map(str, prices))},{volume},{volume * 82500}"


def kaggle():
    yield "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price"
    for time, (*prices, volume) in zip(TIMES, PRICES, strict=True):
        yield f"{time},{','.join(map(str, prices))},{volume},{volume * 82500},82500"


FORMATS = {
    "ours": (list(ours()), 3),
    "Binance in milliseconds without a header": (list(klines(1_000)), 1),
    "Binance in microseconds without a header": (list(klines(1_000_000)), 1),
    "Binance with its header": ([KLINE_HEADER, *klines(1_000)], 2),
    "Bitstamp, newest first": (
        list(newest_first("unix,date,symbol,open,high,low,close,Volume BTC,Volume USD")),
        6,
    ),
    "quote volume first": (
        list(newest_first("Unix,Date,Symbol,Open,High,Low,Close,Volume,Volume USD", "https://www.bitstamp.net,,,,")),
        6,
    ),
    "Kaggle's minutes": (list(kaggle()), 2),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_bars_with_their_lines(name, written):
    lines, first = FORMATS[name]
    bars = read_bars(written(*lines))
    assert bars.opens.tolist() == TIMES
    assert bars.length == 60
    columns = np.column_stack([bars.open, bars.high, bars.low, bars.close, bars.volume])
    assert columns.tolist() == [list(row) for row in PRICES]
    step = -1 if "unix" in "".join(lines).lower() else 1
    assert bars.lines.tolist() == [first + step * row for row in range(4)]
    assert bars.closes.tolist() == [time + 60 for time in TIMES]


def test_the_volume_is_the_one_in_base_currency(written):
    rows = [f"{time},1,1,1,1,{4e5},{4.0}" for time in TIMES]
    bars = read_bars(written("timestamp,open,high,low,close,Volume USDT,Volume BTC", *rows))
    assert bars.volume.tolist() == [4.0] * 4


def test_without_a_volume_it_is_unknown(written):
    bars = read_bars(written("time_utc,open,high,low,close", *[f"{time},1,1,1,1" for time in TIMES]))
    assert np.isnan(bars.volume).all()


def test_an_archive_with_one_file_is_that_file(written, tmp_path):
    plain = written(*klines(1_000))
    packed = tmp_path / "BTCUSDT-1m-2025-04-01.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "BTCUSDT-1m-2025-04-01.csv")
    pressed = tmp_path / "spot.csv.gz"
    pressed.write_bytes(gzip.compress(plain.read_bytes()))
    for file in (packed, pressed):
        assert read_bars(file).close.tolist() == read_bars(plain).close.tolist()


def test_an_archive_with_two_files_or_none_is_refused(written, tmp_path):
    plain, packed = written(*klines(1_000)), tmp_path / "many.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "a.txt")
    with pytest.raises(DataError, match=r"many\.zip: the archive holds no CSV file"):
        read_bars(packed)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "a.csv")
        archive.write(plain, "b.csv")
    with pytest.raises(DataError, match=r"many\.zip: the archive holds 2 CSV files; give one"):
        read_bars(packed)


@pytest.mark.parametrize("name", ["spot.zip", "spot.csv.gz", "spot.parquet"])
def test_a_broken_archive_is_one_line(name, tmp_path):
    (tmp_path / name).write_bytes(b"PK\x03\x04 nothing of the kind")
    with pytest.raises(DataError, match=rf"{name}: .*") as refused:
        read_bars(tmp_path / name)
    assert "\n" not in str(refused.value)


def frame(**columns):
    return pd.DataFrame(np.array(PRICES), columns=["open", "high", "low", "close", "volume"]).assign(**columns)


@pytest.mark.parametrize(
    "times",
    [
        {"date": pd.to_datetime(TIMES, unit="s", utc=True)},
        {"date": pd.to_datetime(TIMES, unit="s", utc=True).tz_convert("Asia/Shanghai")},
        {"time_utc": pd.to_datetime(TIMES, unit="s")},
        {"Timestamp": np.array(TIMES) * 1000},
        {"time": [f"{time.isoformat()}Z" for time in pd.to_datetime(TIMES, unit="s")]},
    ],
)
def test_a_parquet_file_gives_the_same_bars(times, tmp_path):
    frame(**times).to_parquet(tmp_path / "spot.parquet")
    bars = read_bars(tmp_path / "spot.parquet")
    assert bars.opens.tolist() == TIMES
    assert bars.low.tolist() == [row[2] for row in PRICES]
    assert bars.lines.tolist() == [0, 1, 2, 3]


def test_times_without_a_zone_are_refused_where_nothing_says_utc(written, tmp_path):
    rows = [f"{pd.Timestamp(time, unit='s')},1,1,1,1" for time in TIMES]
    with pytest.raises(DataError, match=r"spot\.csv:2: date '2025-04-01 00:00:00' does not say its time zone; add it"):
        read_bars(written("date,open,high,low,close", *rows))
    assert read_bars(written("date (UTC),open,high,low,close", *rows)).opens.tolist() == TIMES
    frame(date=pd.to_datetime(TIMES, unit="s")).to_parquet(tmp_path / "local.parquet")
    with pytest.raises(DataError, match=r"local\.parquet: date does not say its time zone; store it with one"):
        read_bars(tmp_path / "local.parquet")


def test_an_epoch_comes_before_a_date_that_may_be_local(written):
    rows = [f"{pd.Timestamp(time, unit='s')},{time},1,1,1,1" for time in TIMES]
    assert read_bars(written("date,unix,open,high,low,close", *rows)).opens.tolist() == TIMES


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["1,2,3,4,5"], r"spot\.csv:1: has no header, and 5 columns where Binance's klines have 12; add a line"),
        (["open,high,low,close", "1,1,1,1"], r"spot\.csv:1: has no column time_utc; its columns are open, high"),
        (["time_utc,open,high,low,close,close", "0,1,1,1,1,1"], r"spot\.csv:1: column close appears twice"),
        (["time_utc,close", "0,1"], r"spot\.csv:1: has no columns open, high, low; its columns are time_utc, close"),
    ],
)
def test_a_table_that_fits_no_format_is_refused(lines, message, written):
    with pytest.raises(DataError, match=message):
        read_bars(written(*lines))
