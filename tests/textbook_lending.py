"""The textbook setting of lending beside an exchange, and its answer one loan at a time.

As in `textbook`: start price 1, mark `last`, a flat book that nothing refills. A block every tick without gas, an
oracle that reads the mark at every block, one keeper with more cash than he needs who sells at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from textbook import setting

from cascade_sim.engine.advance import advance
from cascade_sim.engine.world import World
from cascade_sim.kernels import lending_state as ls
from cascade_sim.metrics.lending_theory import Loans


@dataclass
class PlainLoan:
    """One loan in plain numbers, prices in units of the start price."""

    collateral: float
    debt: float


def pieces(loans: Loans, edges) -> tuple[np.ndarray, np.ndarray]:
    """Return one loan for every cell of the continuum: log-distance of its trigger, and collateral.

    A block at the price ``exp(-y)`` takes ``exp(y - h)`` of what a loan with trigger ``h`` has, times a constant. With
    ``exp(-h)`` the mean of its cell, it takes of the one loan what it takes of the whole cell, whatever ``y`` is.
    """
    edges = np.unique(np.asarray(edges, np.float64))
    width = np.diff(edges)
    return edges[:-1] - np.log(-np.expm1(-width) / width), loans.density * width


def debts(distance, collateral, threshold: float) -> np.ndarray:
    """Return the debts whose loans can be liquidated at these log-distances below the price of 1."""
    return collateral * threshold * np.exp(-np.asarray(distance))


def lending(distance, collateral, loans: Loans, *, first_block: int = 0, **changes) -> ls.Lending:
    """Return a chain with one pool of these loans and one keeper; `changes` are fields of the keeper or the pool."""
    n = len(distance)
    order = np.argsort(distance, kind="stable")
    distance, collateral = np.asarray(distance)[order], np.asarray(collateral, np.float64)[order]
    owed = debts(distance, collateral, loans.threshold)
    threshold = np.full(n, loans.threshold)
    chain, pool, keeper = np.zeros(1, ls.CHAIN), np.zeros(1, ls.POOL), np.zeros(1, ls.KEEPER)
    tables = (
        (chain, {"interval_ticks": 1, "next_block": first_block, "capacity": math.inf, "share": 1.0}),
        (pool, {
            "end": n, "bonus": loans.bonus, "close_factor": loans.close_factor, "source": ls.SOURCE_MARK,
            "heartbeat_ticks": 2**62, "oracle_gas_limit": math.inf, "oracle": 1.0, "posted": 1.0,
            "first_open": ls.NOBODY, "last_open": ls.NOBODY, "room": math.inf, "dunk": math.inf, "lump": math.inf,
            "collateral": collateral.sum(), "debt": owed.sum(),
        }),
        (keeper, {"gas_limit": math.inf, "cash": 1e12, "capital": 1e12}),
    )  # fmt: skip
    for table, values in tables:
        for name, value in (values | changes).items():
            if name in table.dtype.names:
                table[name] = value
    none = np.empty(0, np.int64)
    return ls.Lending(
        chain, pool, keeper, none, none.copy(), np.empty(0), np.zeros((1, 2), np.int64), np.zeros((1, 2)),
        -(owed / (collateral * threshold)), collateral.copy(), owed, threshold, order.astype(np.int32),
        np.zeros(n, np.int32), np.zeros(n), np.zeros(n, np.int32), np.zeros(n), np.zeros(n, np.int32),
        np.zeros(n, np.int32), np.zeros(8, ls.AUCTION), np.zeros(4 * n + 64, ls.ACTION), np.empty((0, 10)),
    )  # fmt: skip


def run(chain: ls.Lending, orders, *, book: float = 1.0, positions=((), ()), ticks: int = 200) -> World:
    """Run sales (tick, notional) into a book of that density, with positions (distances, quantities) beside."""
    world = setting(*positions, orders, density=book, ticks=ticks).build()
    columns = len(ls.CHAIN_ROW) + len(ls.POOL_ROW)
    world.lending = chain._replace(rows=np.zeros((ticks, columns)))
    advance(world, world.ticks)
    return world


def steps_of(world: World) -> np.ndarray:
    """Return how far the price fell up to the first block that sold anything, and in every one that did."""
    actions = world.lending.actions[: int(world.lending.chain["actions"][0])]
    sold = np.bincount(actions["tick"] - actions["tick"][0], weights=actions["sold"])
    return sold[sold > 0.0]


def loan_by_loan(distance, collateral, loans: Loans, first: float, book: float, blocks: int):
    """Return the fall at every block and the bad debt, from the protocol's rules for one loan after the other.

    Every block looks at the fall that it begins with, and repays the close factor of whoever is below a health factor
    of 1, again and again until nobody is; what comes of it is sold before the next block.
    """
    stock = [
        PlainLoan(float(c), float(d))
        for c, d in zip(collateral, debts(distance, np.asarray(collateral), loans.threshold), strict=True)
    ]
    falls, lost = [first], 0.0
    for _ in range(blocks):
        price, sold = math.exp(-falls[-1]), 0.0
        for loan in stock:
            while loan.debt > 0.0 and loan.collateral * price * loans.threshold / loan.debt < 1.0 - 2.0**-46:
                repaid = min(loans.close_factor * loan.debt, loan.collateral * price / (1.0 + loans.bonus))
                seized = repaid * (1.0 + loans.bonus) / price
                sold += seized
                loan.debt = 0.0 if repaid >= loan.debt else loan.debt - repaid
                if seized >= loan.collateral * (1.0 - 1e-15):
                    lost += loan.debt
                    loan.collateral = loan.debt = 0.0
                else:
                    loan.collateral -= seized
        falls.append(falls[-1] + sold / book)
    return falls, lost
