"""The index price at the end of every tick, from what the scenario says of the outside world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cascade_sim.errors import DataError
from cascade_sim.history.candles import read_candles
from cascade_sim.history.times import written
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.index import ConstantPath, CsvPath, GbmPath, JumpsPath, WaypointsPath
from cascade_sim.streams import streams


def log_linear(times: np.ndarray, prices: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Interpolate prices log-linearly; flat before the first and after the last.

    Parameters
    ----------
    times, prices : ndarray of float64, shape (n,)
        Seconds from the start, ascending, and prices.
    at : ndarray of float64
        Seconds from the start at which prices are wanted.

    Notes
    -----
    A moment that is itself given returns the given price to the bit, and so does a stretch between equal prices.
    """
    if times.size == 1:
        return np.full(at.shape, prices[0])
    right = np.clip(np.searchsorted(times, at, side="right"), 1, times.size - 1)
    left = right - 1
    share = np.clip((at - times[left]) / (times[right] - times[left]), 0.0, 1.0)
    between = prices[left] * np.exp(share * np.log(prices[right] / prices[left]))
    return np.where(share >= 1.0, prices[right], between)


def data_path(scenario: Scenario, name: str) -> Path:
    """Return the path of a data file that a scenario names, relative to the scenario's own folder."""
    path = Path(name)
    if path.is_absolute() or scenario.base_dir is None:
        return path
    return Path(scenario.base_dir) / path


def refuse_far_start(scenario: Scenario, source: str, recorded: float, within: float, key: str) -> None:
    """Refuse a recorded price at the start that is not the venue's: a file in another time zone or unit.

    Parameters
    ----------
    scenario : Scenario
    source : str
        The file.
    recorded : float
        What it says at the start of the run.
    within : float
        How far from `market.price` that may lie, as a fraction.
    key : str
        The key that holds `within`.
    """
    price = scenario.market.price
    off = recorded / price - 1.0
    if abs(off) > within:
        raise DataError(
            f"{source}: says {recorded:.8g} at {scenario.clock.start:%Y-%m-%dT%H:%M:%SZ}, where the run starts, "
            f"{abs(off):.1%} {'above' if off > 0 else 'below'} market.price of {price:.8g}; correct the time zone or "
            f"unit of the file, clock.start or market.price, or raise {key} if the two do stand so far apart"
        )


def normals(seeds: Sequence[int], name: str, ticks: int) -> np.ndarray:
    """Return standard normal numbers of one stream of several worlds, shape (worlds, ticks)."""
    numbers = np.empty((len(seeds), ticks))
    for generator, row in zip(streams(seeds, name), numbers, strict=True):
        generator.standard_normal(out=row)
    return numbers


def _random_paths(scenario: Scenario, path: GbmPath | JumpsPath, seeds: Sequence[int], ticks: int) -> np.ndarray:
    clock = scenario.clock
    share = clock.tick / path.per
    normal = normals(seeds, "market.index.path", ticks)
    steps = path.drift * share + path.volatility * np.sqrt(share) * normal
    if isinstance(path, JumpsPath):
        if path.rate > 0.0:
            of_counts = streams(seeds, "market.index.jumps.count")
            counts = np.array([generator.poisson(path.rate * share, ticks) for generator in of_counts])
            sizes = normals(seeds, "market.index.jumps.size", ticks)
            steps += path.mean * counts + path.deviation * np.sqrt(counts) * sizes
        for moment, size in path.at:
            tick = int(np.floor(clock.seconds(moment) / clock.tick + 1e-9))
            if 0 <= tick < ticks:
                steps[:, tick] += size
    return scenario.market.price * np.exp(np.cumsum(steps, axis=1))


def index_path(scenario: Scenario, seed: int) -> tuple[float, np.ndarray]:
    """Return the index at the start and at the end of every tick; see `index_paths`.

    Returns
    -------
    start : float
    path : ndarray of float64, shape (ticks,)
    """
    start, paths = index_paths(scenario, (seed,))
    return start, paths[0]


def index_paths(scenario: Scenario, seeds: Sequence[int]) -> tuple[float, np.ndarray]:
    """Return the index at the start and at the end of every tick, in several worlds.

    Parameters
    ----------
    scenario : Scenario
    seeds : sequence of int
        One a world, for the random kinds.

    Returns
    -------
    start : float
        Index at the start of the run, in quote currency per base unit.
    paths : ndarray of float64, shape (worlds, ticks)
        One row where the path is not random.

    Raises
    ------
    DataError
        A recorded file cannot be read, does not cover the run, or begins too far from `market.price`.
    """
    clock, path = scenario.clock, scenario.market.index.path
    ends = np.arange(1, clock.ticks + 1) * clock.tick
    if isinstance(path, ConstantPath):
        price = scenario.market.price if path.price is None else path.price
        return price, np.full((1, ends.size), price)
    if isinstance(path, GbmPath | JumpsPath):
        return scenario.market.price, _random_paths(scenario, path, seeds, ends.size)
    if isinstance(path, WaypointsPath):
        times = np.array([clock.seconds(moment) for moment, _ in path.points])
        prices = np.array([price for _, price in path.points])
    else:
        file = data_path(scenario, path.file)
        begin = clock.start.timestamp()
        window = (begin, begin + clock.duration)
        closes, prices = read_candles(file, path.column, path.repair, window, path.file)
        times = closes - begin
        if times[0] > clock.tick or times[-1] < ends[-1] - clock.tick:
            raise DataError(
                f"{path.file}: the recorded closes run from {written(closes[0])} to {written(closes[-1])} and "
                f"do not cover the run from {written(begin)} for {ends[-1]:.0f} s; correct clock.start or the time "
                "zone of the file, shorten clock.duration, or give a longer file"
            )
    start = float(log_linear(times, prices, np.zeros(1))[0])
    if isinstance(path, CsvPath):
        refuse_far_start(scenario, path.file, start, path.start_within, "market.index.path.start_within")
    return start, log_linear(times, prices, ends)[None, :]
