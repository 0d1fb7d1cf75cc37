"""The Mesa face: what a step costs beside the tick loop, strategies in Python, and the market by hand in pure Mesa.

Run: python benchmarks/mesa_bridge.py [--quick]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from measure import Goal, Report, in_time_units, machine_line, median, repeats_for, seconds_of, table
from quiet_tick import ALL_RULES

import cascade_sim as cs
from cascade_sim.engine.advance import advance
from cascade_sim.engine.simulate import build_world
from cascade_sim.mesa_bridge import CascadeModel, TraderAgent

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from naive.mesa_by_hand import Market

TICKS = 3_600
BY_HAND_TICKS = 600
REPEATS = 5


class Looker(TraderAgent):
    """Looks at the market and its account in every tick, and buys or sells in every tenth."""

    def step(self) -> None:
        gap = self.mid / self.index - 1.0
        if self.tick % 10 == self.unique_id % 10 and self.equity > 0.0:
            (self.sell if self.position > 0.0 or gap > 0.01 else self.buy)(1.0)


class Quoter(TraderAgent):
    """Takes back its two limit orders in every tick and sends two others."""

    def step(self) -> None:
        self.cancel()
        for side, direction in (("buy", -1.0), ("sell", 1.0)):
            self.limit(side, 1.0, self.mid * (1.0 + direction * 1e-3))


def crowded(traders: int, ticks: int, book: dict[str, Any] | None = None, **market: Any) -> cs.Scenario:
    """Longs of lognormal leverage who meet a sale after five minutes."""
    flat = {"shape": "linear", "depth": {"within": "1%", "notional": "10M"}, "refill": {"half_life": "3min"}}
    return cs.Scenario(
        name="A sale into a crowd",
        clock={"duration": ticks, "tick": 1},
        market={"price": 100, "book": book or flat, **market},
        exchange={"maintenance": {"rate": "1%"}, "insurance_fund": "1B", "adl": False},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": "100M",
                "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.5},
            }
        },
        flow={"orders": [{"at": "5min", "sell": "25M", "over": "30s"}]},
    )


def typical(*works: Callable[[], object]) -> list[float]:
    """Median seconds of some works that take turns."""
    first = [seconds_of(work) for work in works]
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats_for(sum(first))):
        for work, taken in zip(works, times, strict=True):
            taken.append(seconds_of(work))
    return [median(taken) for taken in times]


def finished(model: Any) -> Any:
    model.run_model()
    return model


def by_hand(model: Market) -> None:
    """Run it, and let its agents go: Mesa holds on to every model, and a growing heap would slow the next run down."""
    finished(model).remove_all_agents()


def side_by_side(traders: int) -> tuple[list[float], int]:
    """Seconds to build and run by hand, by `CascadeModel` and by `cs.run`; and how many were liquidated."""
    scenario = crowded(traders, BY_HAND_TICKS)
    hand, run = finished(Market(scenario)), cs.run(scenario, counterfactuals=False)
    marks = hand.datacollector.get_model_vars_dataframe()["mark"].to_numpy()
    count = len(hand.liquidations)
    if (marks != run.timeline["mark"].to_numpy()).any() or count != len(run.liquidations):
        raise SystemExit("the market by hand is not the same market")
    hand.remove_all_agents()
    times = typical(
        lambda: by_hand(Market(scenario)),
        lambda: finished(CascadeModel(scenario)),
        lambda: cs.run(scenario, counterfactuals=False),
    )
    return times, count


def ten(kind: type[TraderAgent], model: CascadeModel) -> CascadeModel:
    for _ in range(10):
        kind(model, cash=100_000.0, leverage=5.0)
    return model


STRATEGIES = {
    "no strategies": lambda model: model,
    "ten strategies that look, and trade every tenth tick": partial(ten, Looker),
    "ten strategies that replace two limit orders": partial(ten, Quoter),
}


def seconds_a_tick(traders: int) -> list[float]:
    """Seconds a tick of the loop alone, all rules on, and of steps of the model with each set of strategies."""
    scenario = crowded(traders, TICKS, **ALL_RULES)
    times: list[list[float]] = [[] for _ in range(1 + len(STRATEGIES))]
    for _ in range(REPEATS):
        world = build_world(scenario, 0)
        works = [
            partial(advance, world, TICKS),
            *(put(CascadeModel(scenario)).run_model for put in STRATEGIES.values()),
        ]
        for work, taken in zip(works, times, strict=True):
            taken.append(seconds_of(work))
    return [median(taken) / TICKS for taken in times]


def an_hour(traders: int) -> tuple[float, float]:
    """Seconds to build a model with a crowd and ten strategies, and to run it for 3,600 ticks."""
    scenario = crowded(traders, TICKS, **ALL_RULES)
    built, run = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        model = ten(Looker, CascadeModel(scenario))
        built.append(time.perf_counter() - start)
        run.append(seconds_of(model.run_model))
    return median(built), median(run)


def goal(what: str, most: float, found: float) -> Goal:
    return Goal(what, f"<= {in_time_units(most)}", in_time_units(found), found <= most)


def measure(quick: bool = False) -> Report:
    rows = []
    for traders in (100, 1_000) if quick else (100, 1_000, 10_000):
        (hand, model, run), count = side_by_side(traders)
        name = f"{traders:,} traders, {count:,} liquidated"
        rows.append((name, *map(in_time_units, (hand, model, run)), f"{hand / run:,.0f}x"))
    header = ("built and run, 600 ticks", "an agent a trader", "`CascadeModel`", "`cs.run`", "agents by `cs.run`")
    texts = [table(header, rows)]

    seconds_a_tick(1_000)
    loop, *steps = seconds_a_tick(10_000)
    rows = [("the loop alone", in_time_units(loop), "")]
    for name, step in zip(STRATEGIES, steps, strict=True):
        rows.append((f"`CascadeModel.step`, {name}", in_time_units(step), in_time_units(step - loop)))
    texts.append(table(("10,000 traders, all rules on", "a tick", "beside the loop"), rows))
    goals = [
        goal(f"a step beside the loop, {name}", most, step - loop)
        for name, most, step in zip(STRATEGIES, (30e-6, 300e-6, 300e-6), steps, strict=True)
    ]

    traders = 100_000 if quick else 1_000_000
    built, run = an_hour(traders)
    words = f"{traders:,} traders, ten strategies, 3,600 ticks"
    texts.append(f"{words}: {in_time_units(run)}, and {in_time_units(built)} to build them.")
    goals.append(goal(words, 3.0, run))
    return Report("mesa_bridge", "\n\n".join([*texts, machine_line()]), goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
