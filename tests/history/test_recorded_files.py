"""The recorded files that lie beside the checkout: real bars of four crashes, none of which may be called wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cascade_sim import history
from cascade_sim.history.candles import read_bars
from cascade_sim.history.spikes import spikes

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "history"
EVENTS = ("mar2020", "may2021", "oct2024", "oct2025")
FILES = [file for event in EVENTS for file in sorted(FOLDER.glob(f"{event}_*_*_*[mh].csv"))]


pytestmark = pytest.mark.skipif(not FILES, reason="the recorded files (../shared/data/history) are not here")


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_recorded_candle_file_is_read_without_a_complaint(file):
    bars = read_bars(file)
    rows = np.loadtxt(file, delimiter=",", comments="#", skiprows=2, usecols=(1, 2, 3, 4, 5), encoding="utf-8")
    assert np.array_equal(np.column_stack([bars.open, bars.high, bars.low, bars.close, bars.volume]), rows)
    minutes = {"1m": 1, "5m": 5, "30m": 30, "1h": 60}[file.stem.rpartition("_")[2]]
    assert bars.length == 60 * minutes
    assert np.array_equal(bars.lines, np.arange(3, 3 + len(rows)))


def test_the_crashes_are_far_from_being_spikes():
    """The largest leap of a recorded bar away from both its neighbours is half of the ordinary limit."""
    bars = [read_bars(file) for file in FILES]
    assert sum(spikes({"high": each.high, "low": each.low}, 0.10).where.sum() for each in bars) > 0
    assert sum(spikes({"high": each.high, "low": each.low}, 0.11).where.sum() for each in bars) == 0


def test_recorded_funding_and_open_interest_are_read():
    funding = history.load_funding(next(FOLDER.glob("funding_*.csv")), column="funding_mean")
    assert funding["rate"].abs().max() < 0.01
    interest = history.load_open_interest(next(FOLDER.glob("open_interest_*.csv")))
    assert list(interest.columns) == ["open_interest_usd"]
    assert interest.loc["2020-03-13", "open_interest_usd"] < interest.loc["2020-03-11", "open_interest_usd"]
