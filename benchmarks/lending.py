"""Lending beside the exchange: what pools add to a quiet tick, building loans, a block full of liquidations, and scans.

Run: python benchmarks/lending.py [--quick]
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from measure import Goal, Report, machine_line, median, seconds_of, table
from quiet_tick import ALL_RULES

import cascade_sim as cs
from cascade_sim.engine.advance import advance
from cascade_sim.engine.lending import lending_of
from cascade_sim.engine.simulate import build_world

PRICE, REPEATS, BLOCK = 200.0, 7, 1_000
DISTRIBUTIONS = {
    "uniform health, equal debts": ({"kind": "uniform", "from": 1.05, "to": 3}, {"kind": "equal"}),
    "clusters, Pareto debts": (
        {"kind": "clusters", "at": [1.1, 1.3, 1.7], "weights": ["30%", "40%", "30%"], "width": 0.3},
        {"kind": "pareto", "exponent": 1.5},
    ),
}


def market(ticks: int, count: int, **beside: Any) -> cs.Scenario:
    """Build a market with one pool of ``count`` loans beside it, or none."""
    pools: dict[str, Any] = {}
    if count:
        health, size = beside.pop("distribution", DISTRIBUTIONS["uniform health, equal debts"])
        loans = {"count": count, "debt": "500M", "health": health, "size": size}
        rules = {"kind": "fixed_spread", "threshold": "82.5%", "close_factor": "50%", "bonus": "5%"}
        pool = {"name": "pool", **rules, "loans": loans, **beside.pop("pool", {})}
        keepers = {"count": 5, "capital": "never"}
        pools = {"lending": [pool], "keepers": {"bots": keepers}, "chain": beside.pop("chain", {})}
    return cs.Scenario(
        name="Pools beside a market",
        clock={"duration": ticks, "tick": 1},
        market={"price": PRICE, **ALL_RULES, **beside.pop("market", {})},
        record={"every": "1min"},
        **pools,
        **beside,
    )


def quiet_ticks(ticks: int, count: int, repeats: int) -> list[tuple[str, float]]:
    """Measure nanoseconds a tick without pools and with blocks every 12 seconds and every tick, taken by turns."""
    chains = {
        "no pool": None,
        "a pool, blocks of 12 s": {"interval": 12, "congestion": {"volatility": "2%"}},
        "a pool, a block every tick": {"interval": 1, "congestion": {"volatility": "2%"}},
    }
    scenarios = {
        name: market(ticks, 0 if chain is None else count, **({} if chain is None else {"chain": chain}))
        for name, chain in chains.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in chains}
    for _ in range(repeats + 1):
        for name, scenario in scenarios.items():
            world = build_world(scenario, 1)
            seconds[name].append(seconds_of(lambda world=world: advance(world, world.ticks)))
    return [(name, median(taken[1:]) / ticks * 1e9) for name, taken in seconds.items()]


def building(count: int, repeats: int) -> list[tuple[str, float]]:
    """Measure nanoseconds a loan from the scenario to the arrays of the kernels, sorted by trigger."""
    found = []
    for name, distribution in DISTRIBUTIONS.items():
        scenario = market(600, count, distribution=distribution)
        taken = [seconds_of(lambda scenario=scenario: lending_of(scenario, 1, 10)) for _ in range(repeats + 1)]
        found.append((name, median(taken[1:]) / count * 1e9))
    return found


def full_block(count: int, crossed: int, repeats: int) -> tuple[float, int]:
    """Measure the seconds of a tick whose block liquidates a thousand loans of those crossed, and how many it did."""
    gas = 400_000
    chain = {"interval": 1, "capacity": BLOCK * gas, "gas_price": 0}
    low = PRICE / (1.05 + (3.0 - 1.05) * crossed / count)  # uniform health from 1.05 to 3
    fall = {"kind": "waypoints", "points": [[0, PRICE], [1, PRICE], [2, low]]}
    book = {"shape": "linear", "depth": {"within": "1%", "notional": "10B"}}
    beside = {"chain": chain, "pool": {"gas": gas}, "market": {"book": book, "index": {"path": fall}}}
    scenario = market(100, count, **beside)
    taken, done = [], 0
    for _ in range(repeats + 1):
        world = build_world(scenario, 1)
        advance(world, 1)
        assert world.lending is not None
        world.lending = world.lending._replace(actions=np.zeros(4 * BLOCK, world.lending.actions.dtype))
        taken.append(seconds_of(lambda world=world: advance(world, 1)))
        done = int(world.lending.chain["actions"][0])
    return median(taken[1:]), done


def scan(count: int, repeats: int) -> float:
    """Measure the seconds of what one would write instead: all health factors anew at every block, with numpy."""
    lending = lending_of(market(600, count), 1, 10)
    assert lending is not None
    weighted = lending.collateral * lending.threshold
    taken = []
    for k in range(repeats + 1):
        price = PRICE * (1.0 - 1e-4 * k)
        taken.append(seconds_of(lambda price=price: np.flatnonzero(weighted * price / lending.debt < 1.0)))
    return median(taken[1:])


def measure(quick: bool = False) -> Report:
    repeats = 3 if quick else REPEATS
    count, ticks = (100_000, 200_000) if quick else (1_000_000, 1_000_000)
    quiet = quiet_ticks(ticks, count, repeats)
    more = [nanoseconds - quiet[0][1] for _, nanoseconds in quiet]
    built = building(count, repeats)
    many = 20 * BLOCK if quick else 200 * BLOCK
    blocks = [full_block(count, crossed, repeats) for crossed in (BLOCK, many)]
    seconds = blocks[0][0]
    scanned = scan(count, repeats)
    rows = [(f"quiet tick: {name}", f"{each:.0f} ns") for name, each in quiet]
    rows += [(f"building a loan: {name}", f"{each:.0f} ns") for name, each in built]
    waits = ("all that may be", f"of {many:,} that may be")
    rows += [
        (f"a block that liquidates {done:,} loans, {of}", f"{taken * 1e3:.2f} ms")
        for (taken, done), of in zip(blocks, waits, strict=True)
    ]
    rows += [("all health factors anew with numpy, a block", f"{scanned * 1e3:.2f} ms")]
    text = (
        f"{table((f'{count:,} loans', 'measured'), rows)}\n\nA block in which nothing is liquidated costs "
        f"{more[2]:.0f} ns; computing all health factors anew costs {scanned * 1e9 / more[2]:,.0f} times that."
    )
    goals = [
        Goal("a pool in a quiet tick, blocks of 12 s", "<= 30 ns more", f"{more[1]:.0f} ns more", more[1] <= 30.0),
        Goal("build of 1e6 loans, a loan", "<= 60 ns", f"{built[0][1]:.0f} ns", built[0][1] <= 60.0),
        Goal("a block that liquidates 1,000 loans", "<= 1 ms", f"{seconds * 1e3:.2f} ms", seconds <= 1e-3),
    ]
    return Report("lending", f"{text}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    print(machine_line())
    measure("--quick" in sys.argv).show()
