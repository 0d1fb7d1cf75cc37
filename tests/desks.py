"""Worlds with accounts: what is asked for tick by tick, for the kernel and for its plain twin."""

from __future__ import annotations

from dataclasses import dataclass

from naive.desk import Instruction
from naive.world import NaiveWorld
from worlds import WorldArrays


@dataclass
class DeskWorld:
    """A world, the cash of its accounts, and their instructions by tick."""

    arrays: WorldArrays
    cash: tuple[float, ...]
    instructions: dict[int, list[Instruction]]

    def twin(self) -> NaiveWorld:
        return NaiveWorld(*self.arrays.arguments, accounts=self.cash, instructions=self.instructions)
