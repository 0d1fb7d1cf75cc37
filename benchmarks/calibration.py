"""A fit of one recorded event: 300 evaluations with 100,000 traders, two workers; and where the time of one goes.

Run: python benchmarks/calibration.py [--quick]
"""

from __future__ import annotations

import sys
import time

from measure import Goal, Report, in_time_units, machine_line, median, table, three_digits

from cascade_sim import calibrate
from cascade_sim.calibration.asked import Asked, asked_for
from cascade_sim.calibration.parameters import overrides_of
from cascade_sim.crowd import build_crowd
from cascade_sim.engine.simulate import build_world, run_world
from cascade_sim.metrics.cascade import summarise
from cascade_sim.sweeps.executors import local_pool

EVENT = "march_2020"
TRADERS = 100_000
EVALUATIONS = 300
REPEATS = 5
GOAL_S = 60.0
# The crowd stays the same while a parameter that is not the crowd's moves.
MARKET = "depth_over_open_interest"
STEPS = (
    "keys changed and checked",
    "crowd, where it changes",
    "world: tape, triggers in order",
    "tick loop",
    "figures",
)


def steps_of_one(asked: Asked) -> dict[str, float]:
    """Seconds of each step of one evaluation, medians; the first time of each, which compiles or loads, is left out."""
    event = asked.events[0]
    bare = event.scenario.bare().with_overrides({"record.heatmap": None})
    values = {each.name: each.start for each in asked.parameters}
    marks = []
    for number in range(REPEATS + 1):
        times = [time.perf_counter()]
        moved = overrides_of(event.scenario, {**values, MARKET: values[MARKET] * (1.0 + 0.01 * number)})
        scenario = bare.with_overrides(moved)
        times.append(time.perf_counter())
        crowd = build_crowd(scenario, 1)
        times.append(time.perf_counter())
        world = build_world(scenario, 1, crowd)
        times.append(time.perf_counter())
        run_world(world)
        times.append(time.perf_counter())
        summarise(world, scenario, float(crowd.quantity.sum()))
        marks.append([*times, time.perf_counter()])
    return {name: median([each[place + 1] - each[place] for each in marks[1:]]) for place, name in enumerate(STEPS)}


def measure(quick: bool = False) -> Report:
    evaluations = 60 if quick else EVALUATIONS
    asked = asked_for(EVENT, traders=TRADERS)
    steps = steps_of_one(asked)
    times, tried = [], 0
    with local_pool(2) as pool:
        calibrate(EVENT, evaluations=12, traders=TRADERS, executor=pool.executor)
        for _ in range(1 if quick else 3):
            begin = time.perf_counter()
            tried = len(calibrate(EVENT, evaluations=evaluations, traders=TRADERS, executor=pool.executor).evaluations)
            times.append(time.perf_counter() - begin)
    whole = median(times)
    rows = [(name, in_time_units(took)) for name, took in steps.items()]
    rows.append((f"{tried} evaluations, two warm workers", in_time_units(whole)))
    rows.append(("evaluations a second", three_digits(tried / whole)))
    text = table(("`march_2020`, 100,000 traders, 93,600 ticks", "median"), rows) + "\n\n" + machine_line()
    scaled = whole * EVALUATIONS / tried
    goal = Goal(
        f"a fit of {EVALUATIONS} evaluations, 1e5 traders",
        f"<= {GOAL_S:.0f} s",
        in_time_units(scaled),
        scaled <= GOAL_S,
    )
    return Report("calibration", text, [goal])


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
