"""Putting a crowd into the order in which its triggers fire."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.state import Positions
from cascade_sim.kernels.triggers import (
    bit_range,
    gather,
    pack,
    radix_sort,
    settle_ties,
    split_sides,
    unpack,
)


def sort_side(trigger: np.ndarray, index: np.ndarray, side: float, words: np.ndarray, key: np.ndarray) -> None:
    """Sort one side's places by trigger, in place (longs from the highest, shorts from the lowest), ties by place.

    Parameters
    ----------
    trigger : ndarray of float64
        Trigger prices of the whole crowd, in [0, inf].
    index : ndarray of int32
        Places of this side's positions, ascending; afterwards in firing order.
    side : float
        +1 for longs, -1 for shorts.
    words : ndarray of uint64
        Scratch of the same length.
    key : ndarray of float64
        Where to write ``-side * trigger`` in firing order.

    Notes
    -----
    A radix sort of quantised prices beats an argsort of floats several times over, and unlike numpy's vector sorts it
    is equally fast on every processor. What quantising rounds away is put right by insertion; a crowd that defeats it
    is sorted in full.
    """
    if index.size == 0:
        return
    index_bits = max(1, int(trigger.size - 1).bit_length())
    bits = trigger.view(np.uint64)
    never = np.float64(0.0 if side > 0 else np.inf).view(np.uint64)
    low, high = bit_range(bits, index, never)
    pack(bits, index, side > 0, low, high, never, index_bits, words)
    in_order = key.view(np.uint64)
    radix_sort(words, in_order, index_bits)
    unpack(in_order, -side, trigger, index_bits, key, index)
    if not settle_ties(key, index):
        full = np.lexsort((index, key))
        index[:] = index[full]
        key[:] = key[full]


def in_trigger_order(
    side: np.ndarray, trigger: np.ndarray, quantity: np.ndarray, bankruptcy: np.ndarray, entry: np.ndarray
) -> Positions:
    """Build the arrays that the tick loop reads, from a crowd in any order.

    Parameters
    ----------
    side : ndarray of int8, shape (n,)
        +1 long, -1 short.
    trigger : ndarray of float64, shape (n,)
        Liquidation price in quote currency; 0 for a long and infinity for a short that is never liquidated.
    quantity : ndarray of float64, shape (n,)
        Base units (linear) or contracts (inverse).
    bankruptcy, entry : ndarray of float64, shape (n,)
        u-values of the bankruptcy and entry prices: the price (linear) or minus its reciprocal (inverse).

    Returns
    -------
    Positions
        Longs from the highest trigger down, then shorts from the lowest up.
    """
    n = side.size
    longs = int(np.count_nonzero(side > 0))
    index = np.empty(n, np.int32)
    key = np.empty(n, np.float64)
    scratch = np.empty(n, np.float64)  # becomes the sorted quantities: fresh memory is a cost of its own
    split_sides(side, index[:longs], index[longs:])
    for places, sign in ((slice(0, longs), 1.0), (slice(longs, n), -1.0)):
        sort_side(trigger, index[places], sign, scratch[places].view(np.uint64), key[places])
    sorted_bankruptcy = np.empty(n, np.float64)
    gather(quantity, index, scratch)
    gather(bankruptcy, index, sorted_bankruptcy)
    return Positions(key, scratch, sorted_bankruptcy, index, entry, np.empty(0, np.int64), longs)


def copy_of(positions: Positions) -> Positions:
    """Return the same crowd for another world: what a run changes is copied."""
    key, quantity, bankruptcy, index = (array.copy() for array in positions[:4])
    return positions._replace(key=key, quantity=quantity, bankruptcy=bankruptcy, index=index)


def firing_order(key: np.ndarray, index: np.ndarray, side: float, places: int) -> np.ndarray | None:
    """Return the permutation that sorts one side by key, ties by place; None where the order stands already.

    Terms that change for everybody, as funding does, leave the order nearly as it was: insertion settles that in one
    pass. Anything else is sorted in full, at 60 ns a position.
    """
    settled, order = key.copy(), index.copy()
    if settle_ties(settled, order) and np.array_equal(order, index):
        return None
    trigger = np.empty(places)
    trigger[index] = np.abs(key)
    slot = np.empty(places, np.int32)
    slot[index] = np.arange(index.size, dtype=np.int32)
    last = (key == np.inf) & (side > 0.0)  # closed longs; closed shorts stand among those that never fire
    order = np.sort(index[~last])
    sort_side(trigger, order, side, np.empty(order.size, np.uint64), settled[: order.size])
    return slot[np.concatenate([order, np.sort(index[last])])]


def sort_again(positions: Positions) -> bool:
    """Restore the firing order in place after triggers have changed; closed positions go to the end of their side.

    Returns
    -------
    bool
        Whether anybody has another slot than before.
    """
    moved = False
    halves = ((0, positions.longs, 1.0), (positions.longs, positions.key.size, -1.0))
    for first, last, side in halves:
        key = np.where(positions.quantity[first:last] > 0, positions.key[first:last], np.inf)
        order = firing_order(key, positions.index[first:last], side, positions.key.size)
        if order is not None:
            for array in (positions.quantity, positions.bankruptcy, positions.index):
                array[first:last] = array[first:last][order]
            key = key[order]
            moved = True
        positions.key[first:last] = key
    return moved
