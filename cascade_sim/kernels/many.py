"""Many small worlds that differ only in numbers: sorted, and advanced to their end, in one call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cascade_sim.kernels import tick
from cascade_sim.kernels.jit import released, released_kernel
from cascade_sim.kernels.liquidation import set_next
from cascade_sim.kernels.outcome import conclude
from cascade_sim.kernels.state import RUNNING, Positions, Tape
from cascade_sim.kernels.triggers import bit_range, gather, pack, radix_sort, settle_ties, unpack


class SortedCrowds(NamedTuple):
    """Positions of several worlds, one row a world; columns as in `state.Positions`."""

    key: np.ndarray
    quantity: np.ndarray
    bankruptcy: np.ndarray
    index: np.ndarray  # type: ignore[assignment]  # hides tuple.index
    entry: np.ndarray  # one row where it is the same in every world
    heat: np.ndarray  # empty: no map is kept
    longs: int


class Paths(NamedTuple):
    """What comes from outside and differs between worlds; one row where it is the same in every world."""

    path: np.ndarray
    log_path: np.ndarray
    noise: np.ndarray


@released_kernel
def sort_worlds(
    bits, places, longs, never, index_bits, words, crowds, key_bits, trigger, quantity, bankruptcy, settled
):
    """Put the crowds of several worlds in trigger order, as `engine.order.in_trigger_order` does with one.

    Parameters
    ----------
    bits, trigger : array of uint64 and of float, shape (worlds, n)
        The triggers, and the same memory as bit patterns.
    places : array of int32, shape (n,)
        Places of the longs, then of the shorts, ascending.
    longs, index_bits : int
    never : array of uint64, shape (2,)
        Bit patterns of triggers of longs and of shorts that never fire.
    words : array of uint64, shape (n,)
        Scratch.
    crowds : `SortedCrowds`
        Written, but for the entries.
    key_bits : array of uint64, shape (worlds, n)
        The memory of ``crowds.key``.
    quantity, bankruptcy : array of float, shape (worlds, n)
        As the crowd was built.
    settled : array of bool, shape (worlds,)
        Written: False where the order is unfinished, and the world has to be sorted in full.
    """
    n = places.size
    for w in range(bits.shape[0]):
        settled[w] = True
        for half in range(2):
            first, last = (0, longs) if half == 0 else (longs, n)
            if first == last:
                continue
            sign = 1.0 if half == 0 else -1.0
            index, key = crowds.index[w, first:last], crowds.key[w, first:last]
            index[:] = places[first:last]
            low, high = bit_range(bits[w], index, never[half])
            pack(bits[w], index, half == 0, low, high, never[half], index_bits, words[first:last])
            radix_sort(words[first:last], key_bits[w, first:last], index_bits)
            unpack(key_bits[w, first:last], -sign, trigger[w], index_bits, key, index)
            if not settle_ties(key, index):
                settled[w] = False
        gather(quantity[w], crowds.index[w], crowds.quantity[w])
        gather(bankruptcy[w], crowds.index[w], crowds.bankruptcy[w])


@released
def advance_worlds(first, last, rules, states, crowds, paths, tape, log, outcomes):
    """Advance worlds ``first`` to ``last - 1`` to their end, and write what they came to.

    Parameters
    ----------
    rules, states, outcomes : arrays of `rules.RULES`, `state.STATE` and `outcome.OUTCOME`, shape (worlds,)
    crowds, paths : `SortedCrowds`, `Paths`
    tape : `state.Tape`
        What does not differ between worlds.
    log : `state.Log`
        Used by one world after the other.

    Returns
    -------
    int
        ``last``, or the world that stopped because Python has to act: it is finished there with the same log, and the
        next call begins with the world after it.

    Notes
    -----
    No world touches another's rows, so the order in which worlds are advanced, and by how many threads, changes
    nothing.
    """
    for w in range(first, last):
        log.minutes[:] = 0.0
        log.entries_known[0] = 0
        ticks = paths.path.shape[1]
        row, state = rules[w : w + 1], states[w : w + 1]
        entry = crowds.entry[w % crowds.entry.shape[0]]
        positions = Positions(
            crowds.key[w],
            crowds.quantity[w],
            crowds.bankruptcy[w],
            crowds.index[w],
            entry,
            crowds.heat,
            crowds.longs,
        )
        outside = Tape(
            paths.path[w % paths.path.shape[0]],
            paths.log_path[w % paths.path.shape[0]],
            paths.noise[w % paths.noise.shape[0]],
            tape.outage_from,
            tape.outage_to,
            tape.order_tick,
            tape.order_notional,
            tape.table_distance,
            tape.table_quantity,
            tape.tier_rate,
            tape.tier_amount,
            tape.target,
            tape.push_before,
            tape.push_after,
            tape.push_absorbs,
        )
        set_next(state[0], positions)
        if tick.advance(row, state, positions, outside, log, None, None, None, ticks) != RUNNING:
            return w
        conclude(row, state, entry, log, ticks, outcomes[w : w + 1])
    return last
