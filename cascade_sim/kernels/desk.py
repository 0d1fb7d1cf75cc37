"""Strategies' side of the market: their accounts, their orders, and what they ask for in a tick."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# What an instruction asks for.
SEND, CANCEL, TOP_UP = 0, 1, 2

# One row a strategy.
ACCOUNT = np.dtype(
    [
        ("position", "i8"),  # its place among the positions of the crowd, after everybody else's
        ("cash", "f8"),  # free balance, margin currency
        ("liquidations", "i8"),
    ],
    align=True,
)

# One row an order, market orders too.
ORDER = np.dtype(
    [
        ("account", "i8"),
        ("rests", "i8"),  # 1: what is not filled at once rests in the book; 0: it is dropped
        ("direction", "f8"),  # +1 buy, -1 sell
        ("price", "f8"),  # the limit; a market order's is 0 for a sell and infinity for a buy
        ("leverage", "f8"),  # of what it opens
        ("quantity", "f8"),  # still open
        ("pending", "f8"),  # filled while resting, not yet settled
        ("filled", "f8"),
        ("value", "f8"),  # integral of u over what was filled
    ],
    align=True,
)

INSTRUCTION = np.dtype(
    [
        ("kind", "i8"),
        ("account", "i8"),
        ("order", "i8"),
        ("amount", "f8"),  # of a top-up, margin currency
    ],
    align=True,
)


class Desk(NamedTuple):
    """Accounts, orders and instructions of strategies; None for a market without.

    The resting orders of each side are places in ``orders``, best price first, at one price in order of arrival; how
    many they are stands in the state.
    """

    accounts: np.ndarray
    orders: np.ndarray
    bids: np.ndarray
    asks: np.ndarray
    touched: np.ndarray  # places of resting orders with fills that are still to be settled
    instructions: np.ndarray  # of the coming tick, in the order in which they were sent
