"""The outcome depends on map, book and push alone, not on who is processed first (validation.md VE-1 c, d).

Monotone and additive: any processing order, batching or pace reaches the same least fixed point.
"""

from __future__ import annotations

import numpy as np
import pytest
from textbook import outcome, setting

from cascade_sim.kernels import state as k

TRADERS = 3000
BOOKS = {
    "linear": {},
    "power": {"shape": k.SHAPE_POWER, "exponent": 2.0, "density": 5.0},
    "table": {"shape": k.SHAPE_TABLE, "until": 3.0, "levels": [(0.05, 0.04), (0.1, 0.11), (3.0, 3.0)]},
}


def crowd(seed=1):
    """A map with clusters and ties on which a push of 0.05 sells a good part, but not all."""
    random = np.random.default_rng(seed)
    distance = np.round(np.abs(random.normal(0.1, 0.15, TRADERS)), 3) + 1e-9
    return distance, random.exponential(0.2 / TRADERS, TRADERS)


def result(distance, quantity, orders, **settings):
    return outcome(setting(distance, quantity, orders, **settings).run())


@pytest.mark.parametrize("book", BOOKS)
def test_a_hundred_orders_of_the_crowd_give_the_same_totals(book):
    distance, quantity = crowd()
    expected = result(distance, quantity, [(0, 0.05)], **BOOKS[book])
    assert 0.05 < expected[1] < 0.19
    random = np.random.default_rng(2)
    for _ in range(100):
        order = random.permutation(TRADERS)
        assert result(distance[order], quantity[order], [(0, 0.05)], **BOOKS[book]) == pytest.approx(
            expected, rel=1e-12
        )


def test_with_dyadic_quantities_the_totals_are_equal_to_the_bit():
    random = np.random.default_rng(3)
    distance = np.round(random.uniform(0.0, 0.5, TRADERS), 3)
    quantity = random.integers(1, 32, TRADERS) / 2.0**18
    outcomes = set()
    for pieces in (1, 2, 64):
        for _ in range(10):
            order = random.permutation(TRADERS)
            orders = [(0, 2.0**-6 / pieces)] * pieces
            outcomes.add(result(distance[order], quantity[order], orders, contract=k.INVERSE))
    assert len(outcomes) == 1


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("apart", [0, 1])
@pytest.mark.parametrize("pieces", [2, 3, 10, 137, 1000])
def test_a_push_in_pieces_has_the_effect_of_the_whole(book, apart, pieces):
    """All pieces in one tick, or one a tick; inverse contracts, so that no piece is sized by a moved mark."""
    distance, quantity = crowd()
    settings = {"contract": k.INVERSE} | BOOKS[book]
    whole = result(distance, quantity, [(0, 0.05)], **settings)
    orders = [(apart * piece, 0.05 / pieces) for piece in range(pieces)]
    split = result(distance, quantity, orders, ticks=pieces, **settings)
    assert split == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("pieces", [2, 10, 1000])
def test_linear_contracts_sold_in_pieces_of_equal_quantity_have_the_effect_of_the_whole(pieces):
    """Each piece is given as the notional that it is worth at the mark which the ones before have left."""
    distance, quantity = crowd()
    size = 0.05 / pieces
    orders = [(0, size * np.exp(-piece * size)) for piece in range(pieces)]
    split = result(distance, quantity, orders)
    assert split == pytest.approx(result(distance, quantity, [(0, 0.05)]), rel=1e-9)


PACES = {
    "a tick's delay": {"delay_ticks": 1},
    "five ticks' delay": {"delay_ticks": 5},
    "a tenth of the backlog a tick": {"policy": k.POLICY_PACED, "pace_share": 0.1},
    "half of the backlog a tick": {"policy": k.POLICY_PACED, "pace_share": 0.5},
    "so much notional a tick": {"policy": k.POLICY_PACED, "pace_notional": 1e-3},
}


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("pace", PACES)
def test_the_pace_of_liquidation_does_not_matter_where_nothing_refills(book, pace):
    distance, quantity = crowd()
    expected = result(distance, quantity, [(0, 0.05)], **BOOKS[book])
    slow = result(distance, quantity, [(0, 0.05)], ticks=3000, **(BOOKS[book] | PACES[pace]))
    assert slow == pytest.approx(expected, rel=1e-9)
