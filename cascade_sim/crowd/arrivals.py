"""Traders who come during the run: when, how large, with what leverage, and how they will defend themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.defences import answers, cross_backing, free_wallet, order_distances, round_step
from cascade_sim.crowd.entry import Entries
from cascade_sim.crowd.generate import BLOCK, Rows, fill_sizes
from cascade_sim.crowd.leverage import leverage_draw
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.stand import draw_until_all_stand, nobody_stands
from cascade_sim.errors import ScenarioError
from cascade_sim.kernels.records import ENTRANT
from cascade_sim.scenario import Scenario
from cascade_sim.units import format_quantity

DAY_S = 86_400.0
# Positions are numbered in 31 bits.
MOST_POSITIONS = 2**31 - 1


def stream_name(name: str) -> str:
    """Return the name under which a cohort's arrivals draw: ``crowd.<cohort>.arrivals.<purpose>``."""
    return f"{name}.arrivals"


def entrants_of(
    scenario: Scenario, names: list[str], standing: int, rules: MarginRules, seed: int
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int32]]:
    """Return everybody who arrives during the run, and the numbers of their cohorts.

    Parameters
    ----------
    scenario : Scenario
    names : list of str
        The cohorts, in the order of their numbers.
    standing : int
        Number of positions that stand at the start.
    rules : MarginRules
    seed : int

    Returns
    -------
    entrants : ndarray of ENTRANT, shape (n,)
        Ascending by tick; at one tick cohort after cohort, each in its order of arrival.
    cohort : ndarray of int32, shape (n,)

    Raises
    ------
    ScenarioError
        If some of them find no possible position, if their sizes overflow, or if there are too many.
    """
    ticks = [arrival_ticks(scenario, name, seed) for name in names]
    every = np.concatenate([*ticks, np.empty(0, np.int64)])
    if standing + every.size > MOST_POSITIONS:
        raise ScenarioError([scenario.problem("crowd", *_too_many(standing + every.size))])
    cohort = np.repeat(np.arange(len(names), dtype=np.int32), [tick.size for tick in ticks])
    entrants = np.zeros(every.size, ENTRANT)
    entrants["position"] = np.arange(standing, standing + every.size)
    if np.count_nonzero([tick.size for tick in ticks]) > 1:
        order = np.argsort(every, kind="stable")
        every, cohort = every[order], cohort[order]
    entrants["tick"] = every
    for number, name in enumerate(names):
        if ticks[number].size:
            _fill(entrants, np.flatnonzero(cohort == number), scenario, name, rules, seed)
    return entrants, cohort


def arrival_ticks(scenario: Scenario, name: str, seed: int) -> npt.NDArray[np.int64]:
    """Return the ticks in which the traders of a cohort arrive, ascending.

    A Poisson process: the times between arrivals are independent and exponential, so a higher rate brings the
    same traders sooner, and a later end more of them.

    Parameters
    ----------
    scenario : Scenario
    name : str
        The cohort; times come from the stream ``crowd.<name>.arrivals.times``.
    seed : int

    Raises
    ------
    ScenarioError
        If more are to be expected than positions can be numbered.
    """
    cohort: Any = scenario.crowd.get(name)
    if cohort is None or cohort.arrivals is None:
        return np.empty(0, np.int64)
    clock, arrivals = scenario.clock, cohort.arrivals
    elapsed = max(clock.seconds(arrivals.from_), 0.0)
    end = clock.duration if arrivals.to is None else min(clock.seconds(arrivals.to), clock.duration)
    mean_gap = DAY_S / arrivals.traders_per_day
    if (end - elapsed) / mean_gap > MOST_POSITIONS:
        key = f"crowd.{name}.arrivals.traders_per_day"
        raise ScenarioError([scenario.problem(key, *_too_many((end - elapsed) / mean_gap))])
    found, drawn = [np.empty(0, np.int64)], 0
    while elapsed < end:
        times = -mean_gap * np.log1p(-Luck(seed, stream_name(name), drawn, BLOCK).uniform("times"))
        times[0] += elapsed
        np.cumsum(times, out=times)
        drawn, elapsed = drawn + BLOCK, float(times[-1])
        inside = times[: np.searchsorted(times, end, side="left")]
        found.append(np.minimum((inside / clock.tick).astype(np.int64), clock.ticks - 1))
    return np.concatenate(found)


def _too_many(expected: float) -> tuple[str, str]:
    message = f"{format_quantity(expected)} positions are more than {MOST_POSITIONS:,}"
    return message, "lower traders or arrivals.traders_per_day"


def _fill(
    entrants: npt.NDArray[np.void], rows: Rows, scenario: Scenario, name: str, rules: MarginRules, seed: int
) -> None:
    cohort: Any = scenario.crowd[name]
    notional = _notionals(rows.size, scenario, name, seed)
    for start in range(0, rows.size, BLOCK):
        block = rows[start : start + BLOCK]
        arriving = entrants[block]
        luck = Luck(seed, stream_name(name), start, block.size)
        arriving["side"] = 1 if cohort.side == "long" else -1
        arriving["notional"] = notional[start : start + BLOCK]
        arriving["leverage"] = _leverages(arriving["notional"].copy(), start, scenario, name, rules, seed)
        arriving["backing"] = cross_backing(cohort)
        arriving["wallet"] = free_wallet(cohort)
        if cohort.top_up is not None:
            arriving["top_up"] = cohort.top_up.share
            arriving["call_at"] = cohort.top_up.at
            arriving["answers"] = answers(cohort, luck)
        for purpose, order, column in (
            ("stop_loss", cohort.stop_loss, "stop"),
            ("take_profit", cohort.take_profit, "profit"),
        ):
            arriving[f"{column}_distance"] = order_distances(order, purpose, luck)
            arriving[f"{column}_step"], arriving[f"{column}_beyond"] = round_step(order)
        entrants[block] = arriving


def _notionals(count: int, scenario: Scenario, name: str, seed: int) -> Floats:
    """Sizes with exactly the mean that the two daily figures give, whatever the tail of their distribution."""
    cohort: Any = scenario.crowd[name]
    arrivals, notional = cohort.arrivals, np.empty(count)
    key = f"crowd.{name}.size" if arrivals.size is None else f"crowd.{name}.arrivals.size"
    fill_sizes(notional, arrivals.size or cohort.size, scenario, stream_name(name), key, (seed,))
    notional *= arrivals.open_interest_per_day / arrivals.traders_per_day / notional.mean()
    return notional


def _leverages(notional: Floats, start: int, scenario: Scenario, name: str, rules: MarginRules, seed: int) -> Floats:
    """Leverages with which a position can be held where it is opened.

    Whether one is liquidatable as soon as it opens depends on leverage and notional, not on the price: it is
    found out at the start price.
    """
    cohort: Any = scenario.crowd[name]
    leverage, count = cohort.arrivals.leverage, notional.size
    key = f"crowd.{name}.leverage" if leverage is None else f"crowd.{name}.arrivals.leverage"
    block = Positions(np.empty(count, np.int8), notional, *(np.empty(count) for _ in range(4)))
    block.side[:] = 1 if cohort.side == "long" else -1

    def luck(turn: int, rows: Rows | None) -> Luck:
        return Luck(seed, stream_name(name), start, count, turn, rows)

    def refusal(leverage: Floats, turns: int) -> ScenarioError:
        who = f"{leverage.size:,} of {count:,} arrivals (from number {start:,} on)"
        return nobody_stands(scenario, rules, who, leverage, turns, key, None)

    def entries(luck: Luck) -> Entries:
        return Entries(np.full(luck.size, rules.start_price), rules.start_price)

    leverages = leverage_draw(cohort.leverage if leverage is None else leverage)
    return draw_until_all_stand(block, leverages, entries, rules, cross_backing(cohort), luck, refusal)
