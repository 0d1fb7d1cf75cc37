"""Worlds with accounts: what is asked for tick by tick, for the kernel and for its plain twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from naive.desk import Instruction
from naive.world import NaiveWorld
from worlds import WorldArrays


class Account(NamedTuple):
    """How an account stands: cash, times liquidated, signed quantity, and the u-values of entry and bankruptcy."""

    cash: float
    liquidations: int
    position: float
    entry: float | None = None
    bankruptcy: float | None = None


class Filled(NamedTuple):
    """How an order stands: what is still open, what is filled, and the integral of u over it."""

    quantity: float
    filled: float
    value: float


@dataclass
class DeskWorld:
    """A world, the cash of its accounts, and their instructions by tick."""

    arrays: WorldArrays
    cash: tuple[float, ...]
    instructions: dict[int, list[Instruction]]

    def twin(self) -> NaiveWorld:
        return NaiveWorld(*self.arrays.arguments, accounts=self.cash, instructions=self.instructions)


def accounts_of_twin(twin: NaiveWorld) -> list[Account]:
    desk = twin.engine.desk
    rows = zip(desk.cash, desk.liquidations, desk.positions, strict=True)
    return [
        Account(cash, times, p.side * p.quantity, p.entry, p.bankruptcy) if p.quantity > 0.0 else Account(cash, times, 0.0)
        for cash, times, p in rows
    ]


def orders_of_twin(twin: NaiveWorld) -> list[Filled]:
    return [Filled(order.quantity, order.filled, order.value) for order in twin.engine.desk.orders]


class TwinRun:
    def __init__(self, twin):
        self.accounts, self.orders = accounts_of_twin(twin), orders_of_twin(twin)
        e = twin.engine
        self.state = vars(e.accounts) | dict(last=twin.market.last, open_long=e.open_quantity[1.0],open_short=e.open_quantity[-1.0],overdrawn=e.overdrawn,overdrawn_paid=e.overdrawn_paid,returned=e.returned,engine_long=e.inventory[1.0],ledger_error=twin.ledger_error,imbalance=twin.imbalance)
def run(self, ticks=None):
    t = self.twin()
    for _ in range(ticks or len(t.tape.path)): t.do_tick()
    return TwinRun(t)
DeskWorld.run = run
