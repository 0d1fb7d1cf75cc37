"""Accounts as the market's arrays hold them: one, or all at once."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.state import INVERSE
from cascade_sim.kernels.statement import LIQUIDATIONS, write_statements


class Books:
    """Reads an account and its position; the arrays stay the same ones for as long as the world does.

    Parameters
    ----------
    world : World
        With a desk.
    account : int
        Place of the account.
    """

    __slots__ = (
        "_bankruptcy",
        "_entry",
        "_live",
        "_place",
        "_position",
        "_quantity",
        "_state",
        "_terms",
        "inverse",
        "row",
        "taker_fee",
    )

    def __init__(self, world: World, account: int) -> None:
        assert world.desk is not None
        assert world.moves is not None
        self.row = world.desk.accounts[account]
        self.inverse = int(world.rules["contract"][0]) == INVERSE
        self.taker_fee = float(world.rules["taker_fee"][0])
        self._position = int(self.row["position"])
        self._state = world.state[0]
        self._quantity = world.positions.quantity
        self._bankruptcy = world.positions.bankruptcy
        self._entry = world.positions.entry
        self._live = world.moves.live
        self._place = world.moves.slot
        self._terms = world.moves.terms[self._position]

    def held(self) -> float:
        """Return the signed quantity, long positive; 0 without a position."""
        quantity = float(self._quantity[self._place[self._position]])
        return quantity if self._terms["side"] > 0 or quantity == 0.0 else -quantity

    def entry(self) -> float:
        """Return the average entry as a u-value."""
        return float(self._entry[self._position])

    def bankruptcy(self) -> float:
        """Return the bankruptcy price as a u-value."""
        return float(self._bankruptcy[self._place[self._position]])

    def equity(self) -> float:
        """Return cash, margin and unrealised profit at the mark, margin currency."""
        cash, held = float(self.row["cash"]), self.held()
        if held == 0.0:
            return cash
        mark = float(self._state["mark"])
        return cash + held * ((-1.0 / mark if self.inverse else mark) - self.bankruptcy())

    def liquidation_price(self) -> float:
        """Return the mark price at which the position is liquidated; NaN where there is none."""
        held = self.held()
        if held == 0.0:
            return math.nan
        price = -math.copysign(1.0, held) * float(self._live[self._place[self._position]])
        return price if 0.0 < price < math.inf else math.nan

    def price_of(self, unit: float) -> float:
        """Return the price of a u-value, quote per base."""
        return -1.0 / unit if self.inverse else unit


def statements(world: World, accounts: int) -> list[list[float]]:
    """Return position, cash, equity, collateral, liquidation price and liquidations of the first accounts."""
    desk, moves, positions = world.desk, world.moves, world.positions
    assert desk is not None
    assert moves is not None
    rows = np.empty((accounts, LIQUIDATIONS + 1))
    write_statements(
        world.rules, world.state, desk.accounts, moves.slot, moves.terms,
        positions.quantity, positions.bankruptcy, positions.entry, moves.live, rows,
    )  # fmt: skip
    return rows.tolist()
