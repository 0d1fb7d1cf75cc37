"""Accounts as the market's arrays hold them: one, or all at once."""

from __future__ import annotations

import math
from functools import partial

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

    Notes
    -----
    What is read is an array's own ``item``, bound to its place where that does not move: a third of the time of picking
    a number from a record. A strategy looks at a dozen of them in every tick.
    """

    __slots__ = (
        "_bankruptcy",
        "_entry",
        "_live",
        "_mark",
        "_place",
        "_position",
        "_quantity",
        "_side",
        "cash",
        "inverse",
        "liquidations",
        "taker_fee",
    )

    def __init__(self, world: World, account: int) -> None:
        assert world.desk is not None
        assert world.moves is not None
        accounts = world.desk.accounts
        self.inverse = int(world.rules["contract"][0]) == INVERSE
        self.taker_fee = float(world.rules["taker_fee"][0])
        self._position = int(accounts["position"][account])
        self._mark = world.state["mark"].item
        self.cash = partial(accounts["cash"].item, account)
        self.liquidations = partial(accounts["liquidations"].item, account)
        self._side = partial(world.moves.terms["side"].item, self._position)
        self._place = partial(world.moves.slot.item, self._position)
        self._entry = partial(world.positions.entry.item, self._position)
        self._quantity = world.positions.quantity.item
        self._bankruptcy = world.positions.bankruptcy.item
        self._live = world.moves.live.item

    def held(self) -> float:
        """Return the signed quantity, long positive; 0 without a position."""
        quantity: float = self._quantity(self._place())
        return quantity if quantity == 0.0 or self._side() > 0 else -quantity

    def entry(self) -> float:
        """Return the average entry as a u-value."""
        return self._entry()

    def bankruptcy(self) -> float:
        """Return the bankruptcy price as a u-value."""
        return self._bankruptcy(self._place())

    def equity(self) -> float:
        """Return cash, margin and unrealised profit at the mark, margin currency."""
        cash, held = self.cash(), self.held()
        if held == 0.0:
            return cash
        mark = self._mark()
        return cash + held * ((-1.0 / mark if self.inverse else mark) - self.bankruptcy())

    def liquidation_price(self) -> float:
        """Return the mark price at which the position is liquidated; NaN where there is none."""
        held = self.held()
        if held == 0.0:
            return math.nan
        price = -math.copysign(1.0, held) * self._live(self._place())
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
