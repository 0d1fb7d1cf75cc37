"""Worlds from plain arrays, for tests: every rule off unless it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cascade_sim.engine.advance import advance
from cascade_sim.engine.moves import Turnover
from cascade_sim.engine.rules import END_OF_PRICES
from cascade_sim.engine.world import World, open_interest_margin, world_of_arrays
from cascade_sim.kernels import state as k
from cascade_sim.kernels.rules import RULES

COLUMN = {name: place for place, name in enumerate(k.ROW)}


def rules_row(**changes: Any) -> np.ndarray:
    """Return a rules record: one-second ticks, a flat book of density 1, policy `market`, nothing else."""
    row = np.zeros(1, RULES)
    rules = row[0]
    settings = {
        "tick_s": 1.0, "shape": k.SHAPE_LINEAR, "scale_bid": 1.0, "scale_ask": 1.0, "exponent": 1.0,
        "until": END_OF_PRICES, "refill_kept": 1.0, "mark_cap": math.inf, "policy": k.POLICY_MARKET, "adl": 1,
        "socialise": 1, "momentum_at": 1.0, "value_at": 1.0, "row_ticks": 1, "open_interest_margin": 1.0,
        "absorb_leverage": 1.0, "absorb_below": 1.0, "funding_ticks": 1, "first_funding_tick": 1, "funding_share": 1.0,
        "funding_cap": math.inf, "frame_ticks": 1, "partial_tiers": 1, "halt_over_ticks": 1, "halt_for_ticks": 1,
        "throttle_ticks": 1,
    } | changes  # fmt: skip
    for name, value in settings.items():
        rules[name] = value
    if "refill_kept_eaten" not in changes:
        rules["refill_kept_eaten"] = rules["refill_kept"] ** rules["exponent"]
    return row


def tape(path, *, noise=(), orders=(), outages=(), levels=(), tiers=((0.0, 0.0),)) -> k.Tape:
    """Return a tape of an index path and of pairs.

    ``orders`` are (tick, signed notional), ``outages`` (first, end), ``levels`` (distance, quantity), ``tiers`` (rate,
    amount).
    """

    def columns(pairs, *kinds):
        table = list(zip(*pairs, strict=True)) or [()] * len(kinds)
        return [np.array(column, kind) for column, kind in zip(table, kinds, strict=True)]

    path = np.ascontiguousarray(path, np.float64)
    return k.Tape(
        path, np.log(path), np.ascontiguousarray(noise, np.float64),
        *columns(outages, np.int64, np.int64), *columns(orders, np.int64, np.float64),
        *columns(levels, np.float64, np.float64), *columns(tiers, np.float64, np.float64),
        *no_replay(),
    )  # fmt: skip


def no_replay() -> list[np.ndarray]:
    """Return the arrays of a tape without a replay: empty."""
    return [np.empty(0) for _ in range(4)]


def unit_of(contract: int, price):
    return -1.0 / price if contract == k.INVERSE else price


@dataclass
class WorldArrays:
    """What `world_of_arrays` takes, so that the same world can be built many times, or by the naive twin."""

    rules: np.ndarray
    tape: k.Tape
    price: float
    side: np.ndarray
    trigger: np.ndarray
    quantity: np.ndarray
    bankruptcy: np.ndarray  # u-values
    entry: np.ndarray  # u-values
    index_start: float | None = None
    turnover: Turnover | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        contract = int(self.rules["contract"][0])
        standing = open_interest_margin(contract, self.quantity, self.price)
        arriving = 0.0 if self.turnover is None else float(self.turnover.entrants["notional"].sum())
        if contract == k.INVERSE:
            arriving /= self.price
        self.rules["open_interest_margin"] = standing or arriving or 1.0

    @property
    def arguments(self) -> tuple:
        start = self.price if self.index_start is None else self.index_start
        crowd = (self.side, self.trigger, self.quantity, self.bankruptcy, self.entry)
        return (self.rules, self.tape, self.price, start, *crowd, self.turnover)

    def build(self) -> World:
        return world_of_arrays(*self.arguments)

    def run(self) -> World:
        world = self.build()
        advance(world, world.ticks)
        return world

    def with_rules(self, **changes: Any) -> WorldArrays:
        """Return the same world under changed rules; what is left of the eaten quantity follows from the distance's."""
        rules = self.rules.copy()
        for name, value in changes.items():
            rules[name] = value
        rules["refill_kept_eaten"] = rules["refill_kept"] ** rules["exponent"]
        return WorldArrays(
            rules, self.tape, self.price, self.side, self.trigger, self.quantity, self.bankruptcy, self.entry,
            self.index_start, self.turnover,
        )  # fmt: skip


def crowd_at(
    distance, quantity, *, price: float = 1.0, side: int = 1, contract: int = k.LINEAR, ruin: float = 0.0
) -> dict[str, np.ndarray]:
    """Return a one-sided crowd by the log-distance of its triggers from the price.

    Bankruptcy lies a further log-distance ``ruin`` beyond the trigger; everybody entered at the price.
    """
    distance = np.asarray(distance, np.float64)
    quantity = np.broadcast_to(np.asarray(quantity, np.float64), distance.shape).copy()
    return {
        "side": np.full(distance.size, side, np.int8),
        "trigger": price * np.exp(-side * distance),
        "quantity": quantity,
        "bankruptcy": unit_of(contract, price * np.exp(-side * (distance + ruin))),
        "entry": np.full(distance.size, unit_of(contract, price)),
    }


def both(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return two crowds as one."""
    return {name: np.concatenate([first[name], second[name]]) for name in first}


def no_crowd() -> dict[str, np.ndarray]:
    return crowd_at([], 1.0)


def column(world: World, name: str) -> np.ndarray:
    """Return one recorded column of a world, rows of the ticks that are done."""
    rows = -(-world.tick // int(world.rules["row_ticks"][0]))
    return world.log.rows[:rows, COLUMN[name]]


def event_rows(world: World) -> np.ndarray:
    return world.log.events[: int(world.state["events"][0])]


def few(path, positions, *, start=100.0, orders=(), outages=(), levels=(), tiers=((0.0, 0.0),), **rules) -> WorldArrays:
    """Return a world of linear positions (side, quantity, trigger, bankruptcy), all entered at the start price.

    Unless the rules say otherwise, trades happen at the index, without impact, and the fund holds 1,000.
    """
    simple = {"shape": k.SHAPE_INFINITE, "mark": k.MARK_INDEX, "fund_start": 1000.0}
    side, quantity, trigger, bankruptcy = (np.array(values, float) for values in zip(*positions, strict=True))
    events = tape(path, orders=orders, outages=outages, levels=levels, tiers=tiers)
    return WorldArrays(
        rules_row(**(simple | rules)), events, start, side.astype(np.int8), trigger, quantity, bankruptcy,
        np.full(side.size, start),
    )  # fmt: skip
