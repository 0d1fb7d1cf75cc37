"""The same work for this engine, for loops over all traders, and for Mesa: N longs, 63 % of them liquidated.

Run: python benchmarks/same_work.py [--quick]
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass

import numpy as np
from agents import MesaObjects, mesa_frames_contestant
from loops import Naive, NumpyScan, OnePass, Problem, TwoPass
from measure import (
    Goal,
    Report,
    in_time_units,
    machine_line,
    median,
    power_of_ten,
    repeats_for,
    seconds_of,
    table,
    three_digits,
    warm_memory,
)
from worlds import Crowd, depth_notional, falling_index, long_crowd, rules_and_tape, scenario_of, world_with

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels.state import Tape

SPREAD = 0.5  # triggers lie up to this log-distance below the price
FEEDBACK = 0.5  # forced quantity that one forced unit sets free
SHARE = 0.63
STRETCHES, STRETCH_TICKS = 10, 5
MESA_REPEATS = 5
BYTES, LOOP_BYTES = 130, 20  # a trader, at most, of the engine's own arrays and of a loop's


@dataclass
class Contest:
    """One size: the engine's rules and tape, the crowd, and the same as a `Problem` for the loops."""

    rules: np.ndarray
    tape: Tape
    crowd: Crowd
    problem: Problem

    @property
    def traders(self) -> int:
        return self.problem.trigger.size

    @property
    def ticks(self) -> int:
        return self.problem.path.size


def contest_of(traders: int, ticks: int) -> Contest:
    """Index falling in equal steps; what a tick's forced sales ate is passed on to the index in the next tick."""
    market = {
        "book": {
            "shape": "linear",
            "depth": depth_notional(traders / SPREAD / FEEDBACK),
            "refill": {"half_life": 0, "permanent": 1},
        },
        "mark": {"kind": "index"},
        "index": {
            "path": falling_index(ticks, SHARE * SPREAD * (1 - FEEDBACK)),
            "pull": {"half_life": float("inf")},
            "follow": {"half_life": 0},
        },
    }
    rules, tape = rules_and_tape(scenario_of(ticks, market), traders)
    crowd = long_crowd(traders, 0.0, SPREAD)
    problem = Problem(crowd[1], crowd[2], tape.path, float(rules["scale_bid"][0]))
    return Contest(rules, tape, crowd, problem)


def run_engine(contest: Contest) -> World:
    """The work of this engine: from unsorted arrays to the last tick."""
    world = world_with(contest.rules, contest.tape, contest.crowd)
    advance(world, contest.ticks)
    return world


def time_engine(contest: Contest) -> float:
    warm_memory(BYTES * contest.traders)
    standing: list[World] = []  # as for the loops, giving the memory back is not counted
    return seconds_of(lambda: standing.append(run_engine(contest)))


class Course:
    """What happened, by the engine's own events: who was gone, and how far the price was shifted, before a tick."""

    def __init__(self, contest: Contest, world: World) -> None:
        self.problem = contest.problem
        events = world.log.events[: int(world.state["events"][0])]
        self.tick, self.position = events["tick"].copy(), events["position"].astype(np.int64)

    def before(self, tick: int) -> tuple[np.ndarray, float]:
        fired = int(np.searchsorted(self.tick, tick))
        forced = np.bincount(self.tick[:fired], self.problem.quantity[self.position[:fired]], tick)
        shift = 0.0
        for quantity in forced[:tick].tolist():
            shift -= quantity / self.problem.depth
        return self.position[:fired], shift


def run_loop(contestant: type, contest: Contest, course: Course) -> float:
    """Seconds of one whole run, building included; the count must be the engine's."""
    standing = []
    warm_memory(LOOP_BYTES * contest.traders)

    def whole() -> None:
        one = contestant(contest.problem)
        standing.append(one)
        one.advance(0, contest.ticks)

    seconds = seconds_of(whole)
    check_count(standing[0].count, course.tick.size, contestant)
    standing[0].close()
    return seconds


def run_stretches(contestant: type, contest: Contest, course: Course) -> float:
    """Seconds of a whole run, from stretches of ticks spread evenly over it; counts are checked after each."""
    made = []
    warm_memory(LOOP_BYTES * contest.traders)
    building = seconds_of(lambda: made.append(contestant(contest.problem)))
    one = made[0]
    ticking = 0.0
    for stretch in range(STRETCHES):
        first = int((stretch + 0.5) / STRETCHES * contest.ticks) - STRETCH_TICKS // 2
        last = first + STRETCH_TICKS
        one.skip_to(*course.before(first))
        ticking += seconds_of(lambda a=first, b=last: one.advance(a, b))
        check_count(one.count, int(np.searchsorted(course.tick, last)), contestant)
    one.close()
    return building + ticking / (STRETCHES * STRETCH_TICKS) * contest.ticks


def check_count(count: int, expected: int, contestant: type) -> None:
    if count != expected:
        raise SystemExit(f"{contestant.name} liquidated {count}, the engine {expected}: not the same work")


@dataclass
class Outcome:
    """Median seconds by contestant of one size; ``sampled`` names those whose run was put together from stretches."""

    traders: int
    ticks: int
    share: float
    engine: float
    others: dict[str, float]
    sampled: set[str]

    @property
    def fastest_loop(self) -> float:
        return min(seconds for name, seconds in self.others.items() if not name.startswith("Mesa"))


def compete(traders: int, ticks: int, contestants: list[type]) -> Outcome:
    """Let all contestants run in turn, round after round, so that a slow moment of the machine meets them all.

    Mesa's objects come last: what they leave of the heap slows down whoever asks for memory next.
    """
    contest = contest_of(traders, ticks)
    course = Course(contest, run_engine(contest))
    runners = {}
    for contestant in contestants:
        if traders <= contestant.largest:
            runners[contestant] = run_loop if traders * ticks <= contestant.most_checks else run_stretches
    engine: list[float] = []
    others: dict[str, list[float]] = {contestant.name: [] for contestant in runners}
    arrays = {contestant: run for contestant, run in runners.items() if contestant is not MesaObjects}
    gc.collect()

    def one_round() -> None:
        engine.append(time_engine(contest))
        for contestant, run in arrays.items():
            others[contestant.name].append(run(contestant, contest, course))

    repeats = repeats_for(seconds_of(one_round))
    for _ in range(repeats):
        one_round()
    if MesaObjects in runners:
        for _ in range(MESA_REPEATS):
            gc.collect()
            others[MesaObjects.name].append(runners[MesaObjects](MesaObjects, contest, course))
    return Outcome(
        traders,
        ticks,
        course.tick.size / traders,
        median(engine),
        {name: median(times) for name, times in others.items()},
        {contestant.name for contestant, run in runners.items() if run is run_stretches},
    )


def as_table(outcomes: list[Outcome], contestants: list[type]) -> str:
    rows = []
    for outcome in outcomes:
        cells = [power_of_ten(outcome.traders), in_time_units(outcome.engine)]
        for contestant in contestants:
            seconds = outcome.others.get(contestant.name)
            if seconds is None:
                cells.append("")
                continue
            about = "~" if contestant.name in outcome.sampled else ""
            cells.append(f"{about}{in_time_units(seconds)} ({three_digits(seconds / outcome.engine)}x)")
        rows.append(tuple(cells))
    return table(("N", "this engine", *(contestant.name for contestant in contestants)), rows)


def goals_of(outcomes: list[Outcome]) -> list[Goal]:
    goals = []
    for outcome in outcomes:
        size = (outcome.traders, outcome.ticks)
        what = f"same work, {power_of_ten(outcome.traders)} traders, {outcome.ticks:,} ticks"
        slower, faster = outcome.engine / outcome.fastest_loop, outcome.fastest_loop / outcome.engine
        most = {(10_000, 100): 3.0, (100_000, 100): 1.5, (1_000_000, 100): 1.0, (10_000_000, 100): 1.0}.get(size)
        if most is not None:
            goals.append(Goal(what, f"<= {most:g}x the fastest loop", f"{three_digits(slower)}x", slower <= most))
        least = {(1_000_000, 10_000): 20.0, (10_000_000, 10_000): 40.0}.get(size)
        if least is not None:
            goals.append(
                Goal(what, f">= {least:g}x faster than the fastest loop", f"{three_digits(faster)}x", faster >= least)
            )
        objects = outcome.others.get(MesaObjects.name)
        wanted = {(100_000, 100): 200.0, (100_000, 10_000): 10_000.0}.get(size)
        if objects is not None and wanted is not None:
            ratio = objects / outcome.engine
            goals.append(
                Goal(what, f">= {wanted:,.0f}x faster than Mesa objects", f"{three_digits(ratio)}x", ratio >= wanted)
            )
    return goals


def measure(quick: bool = False) -> Report:
    contestants: list[type] = [TwoPass, OnePass, Naive, NumpyScan]
    frames = mesa_frames_contestant()
    contestants += [frames, MesaObjects] if frames else [MesaObjects]
    largest = 5 if quick else 7
    parts, goals = [], []
    for ticks in (100, 10_000):
        outcomes = [compete(10**size, ticks, contestants) for size in range(3, largest + 1)]
        shares = [outcome.share for outcome in outcomes]
        parts.append(
            f"**{ticks:,} ticks**, {100 * min(shares):.1f} to {100 * max(shares):.1f} % liquidated, equal counts in "
            f"every cell of a row:\n\n{as_table(outcomes, contestants)}\n"
        )
        goals += goals_of(outcomes)
    if frames is None:
        parts.append("mesa-frames is not installed here and was left out.\n")
    return Report("same_work", "\n".join([*parts, machine_line()]), goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
