"""Worlds with accounts: what is asked for tick by tick, carried out by the kernel and by its plain twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from naive.desk import Instruction
from naive.world import NaiveWorld
from worlds import WorldArrays

from cascade_sim.engine.advance import advance
from cascade_sim.engine.desk import with_more_instructions, with_more_orders
from cascade_sim.engine.world import World, world_of_arrays
from cascade_sim.kernels.desk import CANCEL, SEND, TOP_UP

KINDS = {"send": SEND, "cancel": CANCEL, "top_up": TOP_UP}


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
class DeskRun:
    """A world with accounts, and how many orders they have sent."""

    world: World
    sent: int = 0

    @property
    def state(self) -> np.void:
        return self.world.state[0]

    @property
    def accounts(self) -> list[Account]:
        positions, found = self.world.positions, []
        for row in self.world.desk.accounts:
            place, stands = int(row["position"]), (float(row["cash"]), int(row["liquidations"]))
            slot = int(self.world.moves.slot[place])
            quantity = float(positions.quantity[slot])
            assert positions.index[slot] == place
            if quantity == 0.0:
                found.append(Account(*stands, 0.0))
                continue
            side = 1.0 if self.world.moves.terms["side"][place] > 0 else -1.0
            values = float(positions.entry[place]), float(positions.bankruptcy[slot])
            found.append(Account(*stands, side * quantity, *values))
        return found

    @property
    def orders(self) -> list[Filled]:
        rows = self.world.desk.orders[: self.sent]
        assert (rows["pending"] == 0.0).all()
        return [Filled(*(row[name].item() for name in Filled._fields)) for row in rows]

    def ask(self, instructions: list[Instruction]) -> None:
        """Write what is asked for behind what still waits; orders are numbered as they come."""
        world = self.world
        for instruction in instructions:
            number, waiting = instruction.order, int(self.state["instructions"])
            if instruction.kind == "send":
                number = self.sent
                self.sent += 1
                while world.desk.orders.size < self.sent:
                    world.desk = with_more_orders(world.desk)
                row = world.desk.orders[number]
                for name in ("account", "rests", "direction", "price", "leverage", "quantity"):
                    row[name] = getattr(instruction, name)
            while world.desk.instructions.size <= waiting:
                world.desk = with_more_instructions(world.desk)
            kind = KINDS[instruction.kind]
            world.desk.instructions[waiting] = (kind, instruction.account, number, instruction.amount)
            self.state["instructions"] = waiting + 1


@dataclass
class DeskWorld:
    """A world, the cash of its accounts, and their instructions by tick."""

    arrays: WorldArrays
    cash: tuple[float, ...]
    instructions: dict[int, list[Instruction]]

    def build(self) -> DeskRun:
        world = world_of_arrays(*self.arrays.arguments, accounts=len(self.cash))
        world.desk.accounts["cash"] = self.cash
        return DeskRun(world)

    def go_on(self, run: DeskRun, ticks: int | None = None) -> DeskRun:
        """Advance by so many ticks or to the end, from one tick with instructions to the next."""
        world = run.world
        end = world.ticks if ticks is None else min(world.tick + ticks, world.ticks)
        while world.tick < end:
            run.ask(self.instructions.get(world.tick, []))
            stops = [tick for tick in self.instructions if world.tick < tick < end]
            advance(world, min([*stops, end]) - world.tick)
        return run

    def run(self, ticks: int | None = None) -> DeskRun:
        return self.go_on(self.build(), ticks)

    def twin(self) -> NaiveWorld:
        return NaiveWorld(*self.arrays.arguments, accounts=self.cash, instructions=self.instructions)


def accounts_of_twin(twin: NaiveWorld) -> list[Account]:
    desk, found = twin.engine.desk, []
    for *stands, position in zip(desk.cash, desk.liquidations, desk.positions, strict=True):
        if position.quantity == 0.0:
            found.append(Account(*stands, 0.0))
        else:
            found.append(Account(*stands, position.side * position.quantity, position.entry, position.bankruptcy))
    return found


def orders_of_twin(twin: NaiveWorld) -> list[Filled]:
    return [Filled(order.quantity, order.filled, order.value) for order in twin.engine.desk.orders]
