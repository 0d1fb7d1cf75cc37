"""What comes from outside, drawn and laid out tick by tick before the loop starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cascade_sim.crowd.margin_rules import bracket_table
from cascade_sim.engine.book_table import book_table
from cascade_sim.engine.paths import index_path, normals
from cascade_sim.kernels.state import Tape
from cascade_sim.scenario import Scenario


def _orders(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    clock = scenario.clock
    ticks: list[np.ndarray] = []
    notionals: list[np.ndarray] = []
    for order in scenario.flow.orders:
        first = int(np.floor(clock.seconds(order.at) / clock.tick + 1e-9))
        slices = max(1, round(order.over / clock.tick))
        due = first + np.arange(slices)
        due = due[(due >= 0) & (due < clock.ticks)]
        ticks.append(due)
        notionals.append(np.full(due.size, order.signed_notional / slices))
    if not ticks:
        return np.empty(0, np.int64), np.empty(0)
    tick, notional = np.concatenate(ticks), np.concatenate(notionals)
    in_order = np.argsort(tick, kind="stable")
    return tick[in_order].astype(np.int64), notional[in_order]


def _outages(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    clock = scenario.clock
    windows = [
        (clock.seconds(outage.from_) / clock.tick, clock.seconds(outage.to) / clock.tick)
        for outage in scenario.exchange.outages
    ]
    first = np.array([np.floor(begin + 1e-9) for begin, _ in windows], np.int64)
    last = np.array([np.ceil(end - 1e-9) for _, end in windows], np.int64)
    return first, last


def noises(scenario: Scenario, seeds: Sequence[int]) -> np.ndarray:
    """Return the noise traders' signed notional in every tick of several worlds, in quote currency.

    Returns
    -------
    ndarray of float64, shape (worlds, ticks)
        Shape (1, 0) where there is no noise.
    """
    clock, noise = scenario.clock, scenario.flow.noise
    if noise is None or noise.notional_per_second <= 0.0:
        return np.empty((1, 0))
    deviation = noise.notional_per_second * np.sqrt(clock.tick)
    return deviation * normals(seeds, "flow.noise", clock.ticks)


def no_replay() -> dict[str, np.ndarray]:
    """Return the arrays of a tape that a replay would fill: empty."""
    return {name: np.empty(0) for name in ("target", "push_before", "push_after", "push_absorbs")}


def tape_of(scenario: Scenario, seed: int) -> tuple[float, Tape]:
    """Draw and lay out everything exogenous.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Seed of the run.

    Returns
    -------
    index_start : float
        Index price at the start.
    tape : Tape
        Prices in quote currency per base unit, notionals in quote currency.
    """
    start, path = index_path(scenario, seed)
    return start, tape_with(scenario, path, np.log(path), noises(scenario, (seed,))[0])


def tape_with(scenario: Scenario, path: np.ndarray, log_path: np.ndarray, noise: np.ndarray) -> Tape:
    """Lay out what chance has no part in beside an index path, its logarithm and the noise of every tick."""
    order_tick, order_notional = _orders(scenario)
    outage_from, outage_to = _outages(scenario)
    levels = np.array(book_table(scenario), np.float64).reshape(-1, 2)
    rates, amounts = bracket_table(scenario)
    return Tape(
        path=path,
        log_path=log_path,
        noise=noise,
        outage_from=outage_from,
        outage_to=outage_to,
        order_tick=order_tick,
        order_notional=order_notional,
        table_distance=np.ascontiguousarray(levels[:, 0]),
        table_quantity=np.ascontiguousarray(levels[:, 1]),
        tier_rate=rates,
        tier_amount=amounts,
        **no_replay(),
    )
