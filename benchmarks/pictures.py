"""How long pictures of long runs take, drawn and written as PNG.

Run: python benchmarks/pictures.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import Goal, Report, machine_line, median, seconds_of, table

import cascade_sim as cs
from cascade_sim.plots.album import pictures_of

REPEATS = 5
LIMITS = {"timeline": 2.0, "heatmap": 1.0}


def long_run(traders: int) -> cs.Run:
    """100,000 recorded seconds in which a slow fall liquidates nearly everybody, with a map of 200 bins a minute."""
    scenario = cs.Scenario(
        name="a long fall",
        clock={"duration": 100_000, "tick": "1s"},
        market={
            "price": 10_000,
            "book": {
                "shape": "linear",
                "depth": {"within": "1%", "notional": "1B"},
                "half_spread": "0.01%",
                "refill": {"half_life": "1min"},
                "withdrawal": {"volatility": "1%"},
            },
            "index": {"path": {"kind": "waypoints", "points": [[0, 10_000], [100_000, 4_000]]}},
        },
        exchange={"maintenance": {"rate": "0.5%"}, "insurance_fund": "100M"},
        crowd={
            "longs": {
                "side": "long",
                "traders": traders,
                "open_interest": "2B",
                "leverage": {"kind": "lognormal", "mean": 10, "sigma": 0.6},
            }
        },
        flow={"noise": {"notional_per_second": "100k"}},
        record={"heatmap": {"bins": 200, "every": "1min"}},
        compare={"no_forced_selling": {"exchange.liquidation.policy": "none"}},
    )
    return cs.run(scenario)


def measure(quick: bool = False) -> Report:
    run = long_run(100_000 if quick else 1_100_000)
    size = f"{len(run.timeline):,} rows, {len(run.liquidations):,} liquidations, {len(run.heatmap):,} x 200 frames"
    rows, goals = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, entry in pictures_of(run).items():

            def draw(name=name, entry=entry) -> None:
                cs.plots.save(entry.draw(run), Path(folder) / f"{name}.png")

            draw()
            seconds = median([seconds_of(draw) for _ in range(REPEATS)])
            rows.append((f"`{name}`", f"{seconds:.2f} s"))
            if name in LIMITS:
                most = LIMITS[name]
                goals.append(Goal(f"`{name}` of {size}", f"<= {most:g} s", f"{seconds:.2f} s", seconds <= most))
    return Report("pictures", f"{size}:\n\n{table(('picture, as PNG', 'time'), rows)}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
