"""Tracked replays: a week of minutes with a million traders, what solving adds to a tick, and root finding instead.

Run: python benchmarks/replay.py [--quick]
"""

from __future__ import annotations

import copy
import sys

import numpy as np
from measure import Goal, Report, machine_line, median, seconds_of, table
from quiet_tick import ALL_RULES
from scipy.optimize import brentq

import cascade_sim as cs
from cascade_sim.engine.advance import advance
from cascade_sim.engine.replay import pushes_of
from cascade_sim.engine.simulate import build_world
from cascade_sim.engine.world import World
from cascade_sim.kernels.state import PUSHED

PRICE, MINUTES, REPEATS = 43_000.0, 7 * 24 * 60, 5
BY_ROOT_TICKS, BY_ROOT_TRADERS = 60, 10_000


def minutes(count: int) -> list[list[float]]:
    """Closes of drawn minutes as heavy-tailed as bitcoin's, about 3 % of deviation a day."""
    steps = 0.0008 * np.random.default_rng(7).standard_t(3, count) / np.sqrt(3.0)
    prices = PRICE * np.exp(np.cumsum(steps))
    return [[0.0, PRICE], *([60.0 * (k + 1), float(price)] for k, price in enumerate(prices))]


def recorded(traders: int, count: int, push: str = "order") -> cs.Scenario:
    market = {**ALL_RULES, "index": {"path": {"kind": "constant"}}}
    return cs.Scenario(
        name="A week of minutes",
        clock={"duration": 60 * count, "tick": 1},
        market={"price": PRICE, **market},
        exchange={"maintenance": {"rate": "0.5%"}, "insurance_fund": "100M"},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": "1B",
                "leverage": {"kind": "lognormal", "mean": 12, "sigma": 0.8, "cap": 100},
            }
        },
        flow={"replay": {"points": minutes(count), "push": push}},
        record={"every": "1min"},
    )


def timed(scenario: cs.Scenario, repeats: int) -> tuple[World, list[float], list[float]]:
    """Run a replay, and its pushes forward, by turns; return a world and the seconds of either."""
    tracked, pushed = [], []
    for _ in range(repeats):
        first = build_world(scenario, 1)
        tracked.append(seconds_of(lambda world=first: advance(world, world.ticks)))
        again = build_world(scenario, 1, pushes=pushes_of(first))
        pushed.append(seconds_of(lambda world=again: advance(world, world.ticks)))
    return first, tracked, pushed


def by_root_finding(scenario: cs.Scenario) -> float:
    """Seconds a tick for what one would write without a solver: brentq over runs of the tick on copies of the world."""
    world = build_world(scenario, 1)
    target = world.tape.target.copy()
    world.rules["replay"] = PUSHED

    def tick_by_root() -> None:
        now = world.tick

        def miss(push: float) -> float:
            trial = copy.deepcopy(world)
            trial.tape.push_before[now] = push
            advance(trial, 1)
            return 0.5 * float(np.log(trial.state["bid"][0] * trial.state["ask"][0])) - target[now]

        world.tape.push_before[now] = brentq(miss, -5e3, 5e3, xtol=1e-9)
        advance(world, 1)

    return seconds_of(lambda: [tick_by_root() for _ in range(BY_ROOT_TICKS)]) / BY_ROOT_TICKS


def measure(quick: bool = False) -> Report:
    repeats = 3 if quick else REPEATS
    traders = 100_000 if quick else 1_000_000
    rows, week, extra = [], 0.0, 0.0
    for push in ("order", "news"):
        world, tracked, pushed = timed(recorded(traders, MINUTES, push), repeats)
        ticks, state = world.ticks, world.state[0]
        solving = (median(tracked) - median(pushed)) / ticks * 1e9
        week, extra = max(week, median(tracked)), max(extra, solving)
        rows.append(
            (
                push,
                f"{median(tracked):.2f} s",
                f"{median(tracked) / ticks * 1e9:.0f} ns",
                f"{solving:.0f} ns",
                f"{state['events']:,}",
                f"{state['absorbed_ticks']:,}",
            )
        )
    small = recorded(BY_ROOT_TRADERS, 10)
    _, seconds, _ = timed(small, repeats)
    by_root = by_root_finding(small)
    ratio = by_root / (median(seconds) / 600)
    header = ("push", "a week of 604,800 ticks", "a tick", "of it solving", "liquidations", "ticks that absorbed")
    text = (
        f"{table(header, rows)}\n\nRoot finding (scipy's brentq over runs of each tick on copies of the world, "
        f"{BY_ROOT_TRADERS:,} traders): {by_root * 1e3:.1f} ms a tick, {ratio:,.0f} times the solver's tick."
    )
    goals = [
        Goal("replay of 7 days of minutes, 1e6 traders, 1 s ticks", "<= 3 s", f"{week:.2f} s", week <= 3.0),
        Goal("solving a tick's push, beyond the tick", "<= 1 us", f"{extra / 1e3:.2f} us", extra <= 1_000.0),
    ]
    return Report("replay", text, goals)


if __name__ == "__main__":
    print(machine_line())
    measure("--quick" in sys.argv).show()
