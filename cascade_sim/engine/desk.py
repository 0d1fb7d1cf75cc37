"""Making room for strategies: their accounts, their orders and what they ask for."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.desk import ACCOUNT, INSTRUCTION, ORDER, Desk

# Orders at a time, of all strategies together, before the arrays grow.
FIRST_ORDERS = 256


def new_desk(first_position: int, accounts: int) -> Desk:
    """Return a desk on which nothing has been asked for.

    Parameters
    ----------
    first_position : int
        Place of the first account's position among the positions of the crowd.
    accounts : int

    Returns
    -------
    Desk
    """
    rows = np.zeros(accounts, ACCOUNT)
    rows["position"] = np.arange(first_position, first_position + accounts)
    bids, asks, touched = (np.zeros(FIRST_ORDERS, np.int32) for _ in range(3))
    return Desk(rows, np.zeros(FIRST_ORDERS, ORDER), bids, asks, touched, np.zeros(FIRST_ORDERS, INSTRUCTION))


def with_more_orders(desk: Desk) -> Desk:
    """Return the desk with room for twice as many orders."""
    grown = {
        name: np.concatenate([getattr(desk, name), np.zeros_like(getattr(desk, name))])
        for name in ("orders", "bids", "asks", "touched")
    }
    return desk._replace(**grown)


def with_more_instructions(desk: Desk) -> Desk:
    """Return the desk with room for twice as many instructions before a tick."""
    return desk._replace(instructions=np.concatenate([desk.instructions, np.zeros_like(desk.instructions)]))
