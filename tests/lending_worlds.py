"""Lending beside a world from plain arrays, for tests: every rule of pools and keepers off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from desks import DeskRun, DeskWorld
from naive.world import NaiveWorld
from worlds import WorldArrays

from cascade_sim.engine.world import World
from cascade_sim.kernels import lending_state as ls
from cascade_sim.kernels.state import FOREVER


def filled_in(dtype: np.dtype, defaults: dict[str, Any], changes: dict[str, Any]) -> np.ndarray:
    row = np.zeros(1, dtype)
    for name, value in (defaults | changes).items():
        row[name] = value
    return row


def chain_row(**changes: Any) -> np.ndarray:
    """Return a chain with a block every tick, without gas costs or limits."""
    defaults = {"interval_ticks": 1, "capacity": np.inf, "weight": 1.0, "volatility": np.inf, "power": 2.0}
    row = filled_in(ls.CHAIN, defaults, changes)
    row["gas_now"], row["share"] = row["gas_price"], 1.0
    return row


def pool_row(kind: int, price: float, **changes: Any) -> np.ndarray:
    """Return a pool whose oracle is the index at every block; its loans are added by `lending_of`."""
    defaults = {
        "kind": kind, "gas": 4e5, "close_factor": 0.5, "chop": 1.0, "dunk": np.inf, "lump": np.inf, "room": np.inf,
        "beg": 1.0, "ttl": 3.0, "tau": 20.0, "buf": 1.2, "cut": 0.9, "step": 1.0, "tail": np.inf,
        "source": ls.SOURCE_INDEX, "heartbeat_ticks": FOREVER, "oracle_gas_limit": np.inf, "oracle": price,
        "posted": price, "first_open": ls.NOBODY, "last_open": ls.NOBODY,
    }  # fmt: skip
    return filled_in(ls.POOL, defaults, {"kind": kind} | changes)


def keeper_row(cash: float = 1e12, **changes: Any) -> np.ndarray:
    """Return a keeper who sells at once, with all the money it needs and no margin."""
    defaults = {"gas_limit": np.inf, "opening": 0.9, "capital": cash, "cash": cash}
    return filled_in(ls.KEEPER, defaults, changes)


@dataclass
class Loans:
    """A pool's loans in the order in which they are built."""

    collateral: np.ndarray
    debt: np.ndarray
    threshold: np.ndarray

    @property
    def trigger(self) -> np.ndarray:
        return self.debt / (self.collateral * self.threshold)


def in_order(loans: list[Loans], name: str) -> np.ndarray:
    """Return one column of all loans, pool by pool, from the highest trigger down, ties by place."""
    columns = []
    for some in loans:
        order = np.lexsort((np.arange(some.debt.size), -some.trigger))
        columns.append(order if name == "index" else getattr(some, name)[order])
    return np.concatenate(columns)


def lending_of(
    chain: np.ndarray, pools: list[np.ndarray], loans: list[Loans], keepers: list[np.ndarray], windows=(), rows: int = 0
) -> ls.Lending:
    """Return lending before the first tick; ``windows`` are (from, to, share), ``rows`` how many are recorded."""
    rows_of_pools = np.concatenate(pools)
    end = 0
    for row, some in zip(rows_of_pools, loans, strict=True):
        row["first"] = row["head"] = end
        row["end"] = end = end + some.debt.size
        row["collateral"], row["debt"] = some.collateral.sum(), some.debt.sum()
    chain["most_gas"] = rows_of_pools["gas"].max()
    ordered = np.concatenate(keepers)
    ordered = ordered[np.argsort(-ordered["gas_limit"], kind="stable")]
    ring = int(max(rows_of_pools["delay_ticks"]) // int(chain["interval_ticks"][0])) + 2
    first, to, share = zip(*windows, strict=True) if windows else ((), (), ())
    columns = {name: in_order(loans, name) for name in ("trigger", "collateral", "debt", "threshold", "index")}
    return ls.Lending(
        chain, rows_of_pools, ordered,
        np.array(first, np.int64), np.array(to, np.int64), np.array(share, np.float64),
        np.zeros((len(pools), ring), np.int64), np.zeros((len(pools), ring)),
        -columns["trigger"], columns["collateral"], columns["debt"], columns["threshold"],
        columns["index"].astype(np.int32), np.zeros(end, np.int32),
        np.zeros(end), np.zeros(end, np.int32), np.zeros(end), np.zeros(end, np.int32), np.zeros(end, np.int32),
        np.zeros(64, ls.AUCTION), np.zeros(64, ls.ACTION),
        np.zeros((rows, len(ls.CHAIN_ROW) + len(ls.POOL_ROW) * len(pools))),
    )  # fmt: skip


def recorded_rows(arrays: WorldArrays) -> int:
    return -(-arrays.tape.path.size // int(arrays.rules["row_ticks"][0]))


class LendingWorld:
    """A world with lending beside it, and perhaps accounts; built anew for every run."""

    def __init__(self, arrays: WorldArrays, lending: ls.Lending, cash=(), instructions=None):
        """Take the accounts' cash and their instructions by tick, as `DeskWorld` does."""
        self.arrays, self.lending = arrays, lending
        self.desk_world = DeskWorld(arrays, tuple(cash), instructions or {})

    def __repr__(self) -> str:
        """Say what there is, without pages of arrays."""
        pools, keepers = self.lending.pools, self.lending.keepers
        return f"LendingWorld({self.arrays.tape.path.size} ticks, pools {pools}, keepers {keepers})"

    def with_lending(self, world: World, room: tuple[int, int] | None = None) -> World:
        """Put lending beside a world; with room for so many actions and auctions before the rows have to grow."""
        fresh = self.lending._replace(**{name: getattr(self.lending, name).copy() for name in ls.Lending._fields})
        if room is not None:
            actions, auctions = room
            fresh = fresh._replace(actions=np.zeros(actions, ls.ACTION), auctions=np.zeros(auctions, ls.AUCTION))
        world.lending = fresh
        return world

    def build(self, room: tuple[int, int] | None = None) -> DeskRun:
        run = self.desk_world.build() if self.desk_world.cash else DeskRun(self.arrays.build())
        self.with_lending(run.world, room)
        return run

    def go_on(self, run: DeskRun, chunk: int | None = None) -> World:
        """Advance to the end, in one go or so many ticks at a time."""
        while run.world.tick < run.world.ticks:
            self.desk_world.go_on(run, chunk)
        return run.world

    def run(self, room: tuple[int, int] | None = None, chunk: int | None = None) -> World:
        return self.go_on(self.build(room), chunk)

    def twin(self) -> NaiveWorld:
        desk = self.desk_world
        accounts = {"accounts": desk.cash, "instructions": desk.instructions}
        return NaiveWorld(*self.arrays.arguments, **accounts, lending=self.lending)


def actions_of(world: World) -> np.ndarray:
    return world.lending.actions[: int(world.lending.chain["actions"][0])]


def auctions_of(world: World) -> np.ndarray:
    return world.lending.auctions[: int(world.lending.chain["auctions"][0])]
