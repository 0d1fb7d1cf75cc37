"""The recorded path of a tracked replay: its points, and the log price at the end of every tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cascade_sim.engine.paths import data_path, log_linear
from cascade_sim.errors import DataError, UnreachableError
from cascade_sim.history.bars import Bars
from cascade_sim.history.candles import read_bars
from cascade_sim.history.times import written
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.replay import Replay

# A recorded price at the start that is further than this from market.price is taken for another market, unit or zone.
FARTHEST_START = 0.05
# How far, in ticks, a bar's end may lie from the end of a tick.
OFF_TICK = 1e-6


@dataclass(frozen=True)
class Recorded:
    """Points of a recorded path.

    Attributes
    ----------
    times : ndarray of float64, shape (points,)
        Seconds from the start of the run, ascending.
    prices : ndarray of float64, shape (points,)
        In quote currency.
    places : tuple of str
        Where each stands, for messages: a line of the file, or the point's number.
    """

    times: np.ndarray
    prices: np.ndarray
    places: tuple[str, ...]

    def place_of(self, seconds: float) -> str:
        """Return where the point stands that a moment of the path leads to."""
        return self.places[min(int(np.searchsorted(self.times, seconds - 1e-9)), len(self.places) - 1)]


def within_bars(bars: Bars, replay: Replay) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times (Unix), prices and lines of the path through bars, the first opening included."""
    if replay.column != "close":
        return bars.closes, getattr(bars, replay.column), bars.lines
    first = (bars.opens[:1], bars.open[:1], bars.lines[:1])
    if np.isnan(bars.open[0]):
        first = (bars.opens[:0], bars.open[:0], bars.lines[:0])
    if replay.intrabar == "close":
        parts = [(bars.closes, bars.close, bars.lines)]
    else:
        rising = bars.close >= bars.open
        low_first = {"ohlc": np.zeros_like(rising), "olhc": np.ones_like(rising)}.get(replay.intrabar, rising)
        early = np.where(low_first, bars.low, bars.high)
        late = np.where(low_first, bars.high, bars.low)
        third = bars.length / 3.0
        parts = [
            (bars.opens + third, early, bars.lines),
            (bars.opens + 2.0 * third, late, bars.lines),
            (bars.closes, bars.close, bars.lines),
        ]
    stacked = [np.column_stack([part[k] for part in parts]).ravel() for k in range(3)]
    times, prices, lines = (np.concatenate([first[k], stacked[k]]) for k in range(3))
    return times, prices, lines.astype(np.int64)


def _place(name: str, line: int) -> str:
    return f"{name}:{line}" if line >= 0 else f"{name}, a bar put into a gap"


def recorded_path(scenario: Scenario) -> Recorded:
    """Read the recorded path of a tracked replay.

    Raises
    ------
    DataError
        The file cannot be read, has nothing within the run, has bars that end between ticks, or starts at another
        price than the market.
    """
    replay, clock = scenario.flow.replay, scenario.clock
    assert replay is not None
    if replay.points is not None:
        times = np.array([clock.seconds(moment) for moment, _ in replay.points])
        prices = np.array([price for _, price in replay.points])
        return Recorded(times, prices, tuple(f"flow.replay.points, row {k}" for k in range(times.size)))
    name = str(replay.file)
    begin = clock.start.timestamp()
    window = (begin, begin + clock.duration)
    needed = (replay.column,) if replay.intrabar == "close" else ("open", "high", "low", "close")
    bars = read_bars(data_path(scenario, name), replay.repair, needed, window, name)
    times, prices, lines = within_bars(bars, replay)
    times = times - begin
    ends = (bars.closes - begin) / clock.tick
    inside = (ends > OFF_TICK) & (ends < clock.ticks + OFF_TICK)
    if bars.opens[0] - begin > bars.length or bars.closes[-1] - begin < clock.duration - clock.tick:
        raise DataError(
            f"{name}: its bars run from {written(bars.opens[0])} to {written(bars.closes[-1])} and do not cover "
            f"the run from {written(begin)} for {clock.duration:.0f} s; correct clock.start, clock.duration or the "
            "time zone of the file, or give a longer file"
        )
    if replay.intrabar != "close" and bars.length < 3.0 * clock.tick:
        raise DataError(
            f"{name}: its bars of {bars.length:g} s have no room for high and low in ticks of {clock.tick:g} s; use "
            "intrabar: close, or a shorter clock.tick"
        )
    off = inside & (np.abs(ends - np.rint(ends)) > OFF_TICK)
    if off.any():
        raise DataError(
            f"{_place(name, bars.lines[int(np.argmax(off))])}: the bar ends between two ticks of {clock.tick:g} s; "
            "choose a clock.start and a clock.tick with which every bar ends with a tick"
        )
    # within a bar, at the nearest tick, so that highs and lows are met
    times = np.where(times > 0.0, np.rint(times / clock.tick) * clock.tick, times)
    return Recorded(times, prices, tuple(_place(name, line) for line in lines))


def log_target(scenario: Scenario) -> np.ndarray:
    """Return the log of the recorded price at the end of every tick, NaN where nothing is recorded; shape (ticks,).

    Raises
    ------
    DataError
        As `recorded_path`, and where the path starts at another price than the market.
    """
    clock, price = scenario.clock, scenario.market.price
    recorded = recorded_path(scenario)
    ends = np.arange(1, clock.ticks + 1) * clock.tick
    path = log_linear(recorded.times, recorded.prices, ends)
    first, last = recorded.times[0], recorded.times[-1]
    path[(ends < first - OFF_TICK * clock.tick) | (ends > last + OFF_TICK * clock.tick)] = np.nan
    if np.isnan(path).all():
        raise DataError(
            f"{recorded.places[0]}: nothing is recorded within the run of {clock.duration:.0f} s from "
            f"{clock.start.isoformat()}"
        )
    if first <= clock.tick:
        start = float(log_linear(recorded.times, recorded.prices, np.zeros(1))[0])
        if abs(np.log(start / price)) > FARTHEST_START:
            raise DataError(
                f"{recorded.place_of(0.0)}: the recorded price at the start of the run is {start:,.8g}, market.price "
                f"is {price:,.8g}; correct market.price, or the file's time zone or unit"
            )
    return np.log(path)


def located(error: UnreachableError, scenario: Scenario) -> UnreachableError:
    """Return an error about a price that cannot be reached with the place where that price is recorded."""
    place = recorded_path(scenario).place_of((error.tick + 1) * scenario.clock.tick)
    return UnreachableError(error.tick, error.price, error.mid, place)
