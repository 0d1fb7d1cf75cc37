"""Crowds whose triggers change: the arrays beside the sorted crowd, and sorting it anew."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cascade_sim.engine.order import in_trigger_order, sort_side
from cascade_sim.kernels.opening import heap_accounts, heap_profits, opening_triggers, settle_next
from cascade_sim.kernels.records import ENTRANT, TERMS
from cascade_sim.kernels.state import FOREVER, Moves, Positions, Tape

# Changes that the heaps hold before the crowd is sorted anew, as a share of the crowd, and at the least.
ROOM_SHARE, LEAST_ROOM = 0.5, 1024


@dataclass
class Turnover:
    """What position holders do during a run.

    Attributes
    ----------
    terms : ndarray of TERMS, shape (standing + entrants,), or None
        Wallets and orders; None where nobody defends a position.
    entrants : ndarray of ENTRANT
        Positions to be opened, ascending by tick.
    exit_tick, exit_position : ndarray
        When which position is closed of its owner's will, ascending by tick.
    """

    terms: np.ndarray | None = None
    entrants: np.ndarray = field(default_factory=lambda: np.empty(0, ENTRANT))
    exit_tick: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    exit_position: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))

    def rows(self, side: np.ndarray) -> np.ndarray:
        """Return a copy of the terms; where there are none, those of traders who do nothing."""
        if self.terms is not None:
            return self.terms.copy()
        rows = np.zeros(side.size, TERMS)
        rows["side"] = side
        rows["stop"] = rows["profit"] = np.nan
        return rows


def moving_crowd(
    rules: np.ndarray,
    tape: Tape,
    turnover: Turnover,
    accounts: int,
    side: np.ndarray,
    trigger: np.ndarray,
    quantity: np.ndarray,
    bankruptcy: np.ndarray,
    entry: np.ndarray,
) -> tuple[Positions, Moves]:
    """Build the sorted crowd with room for arrivals and strategies, and what is kept beside it.

    Parameters
    ----------
    rules : ndarray of RULES, shape (1,)
    tape : Tape
    turnover : Turnover
    accounts : int
        Strategies, whose positions come after all others. They keep slots of their own behind the sorted crowd.
    side, trigger, quantity, bankruptcy, entry : ndarray, shape (n,)
        The standing crowd, as in `in_trigger_order`; the triggers are liquidation prices.

    Returns
    -------
    Positions, Moves
    """
    terms = np.concatenate([turnover.rows(side), Turnover().rows(np.ones(accounts, np.int8))])
    standing, entrants = side.size, turnover.entrants.size
    total = standing + entrants + accounts
    terms["liquidation"][:standing] = trigger
    first = trigger.astype(np.float64, copy=True)
    if rules["moving"][0]:  # else the crowd stands as it would without strategies
        opening_triggers(rules, quantity, bankruptcy, entry, tape.tier_rate, tape.tier_amount, terms, first)
    crowd = in_trigger_order(side, first, quantity, bankruptcy, entry)

    def with_room(array: np.ndarray, filler: float) -> np.ndarray:
        return np.concatenate([array, np.full(entrants + accounts, filler, array.dtype)])

    positions = Positions(
        with_room(crowd.key, np.nan),
        with_room(crowd.quantity, 0.0),
        with_room(crowd.bankruptcy, 0.0),
        with_room(crowd.index, 0),
        with_room(entry, 0.0),
        crowd.heat,
        crowd.longs,
    )
    slot = np.full(total, -1, np.int32)
    slot[crowd.index] = np.arange(standing, dtype=np.int32)
    places = np.arange(standing, standing + accounts, dtype=np.int32)
    slot[total - accounts :] = places
    positions.index[places] = np.arange(total - accounts, total)
    profits = int(
        np.count_nonzero(terms["profit"] > 0.0) + np.count_nonzero(turnover.entrants["profit_distance"] > 0.0)
    )
    room = max(int(ROOM_SHARE * total), LEAST_ROOM) + profits + accounts

    def heap() -> tuple[np.ndarray, np.ndarray]:
        return np.empty(room, np.float64), np.empty(room, np.int32)

    cooling = total + 1 if rules["cooldown_ticks"][0] > 0 else 1
    kind = with_room(terms["kind"][crowd.index].astype(np.int8), 0)
    moves = Moves(
        positions.key.copy(), kind, terms, slot, *heap(), *heap(),
        np.empty(2 * total, np.float64), np.empty(2 * total, np.int32),
        np.empty(cooling, np.int64), np.empty(cooling, np.int32),
        np.empty(total + 1 if rules["throttle"][0] > 0.0 else 1, np.int32),
        turnover.entrants, turnover.exit_tick, turnover.exit_position,
    )  # fmt: skip
    return positions, moves


def start_moving(state: np.ndarray, positions: Positions, moves: Moves, standing: int, accounts: int) -> None:
    """Complete the state before the first tick: where the sorted crowd ends, and what comes next."""
    state["accounts"] = accounts
    state["sorted_end"], state["next_slot"] = standing, standing + accounts
    state["next_entrant_tick"] = moves.entrants["tick"][0] if moves.entrants.size else FOREVER
    state["next_exit_tick"] = moves.exit_tick[0] if moves.exit_tick.size else FOREVER
    heap_profits(state, positions, moves)
    settle_next(state, positions, moves)


def sort_moving(state: np.ndarray, positions: Positions, moves: Moves) -> Positions:
    """Sort the open positions by their live triggers, in place; closed ones are left out and the heaps emptied.

    Strategies' positions are not sorted: they stand behind the others, open or not, with their triggers on the heaps.

    Parameters
    ----------
    state : ndarray of STATE, shape (1,)
    positions, moves : Positions, Moves
        Rewritten; the number of longs is in the Positions returned.

    Notes
    -----
    Cost: 60 ns an open position.
    """
    accounts = int(state["accounts"][0])
    theirs = np.arange(moves.slot.size - accounts, moves.slot.size, dtype=np.int32)
    slots = np.flatnonzero(positions.quantity[: int(state["next_slot"][0])] > 0.0)
    slots = slots[positions.index[slots] < moves.slot.size - accounts]
    member = positions.index[slots]
    side = moves.terms["side"]
    live = moves.live[slots]
    trigger = np.zeros(moves.slot.size)
    trigger[member] = np.abs(live)
    unset = member[np.isnan(live)]
    trigger[unset] = np.where(side[unset] > 0, 0.0, np.inf)
    is_open = np.zeros(moves.slot.size, bool)
    is_open[member] = True
    index = np.concatenate([np.flatnonzero(is_open & (side > 0)), np.flatnonzero(is_open & (side < 0))]).astype(
        np.int32
    )
    count, longs = index.size, int(np.count_nonzero(side[member] > 0))
    key = np.empty(count)
    words = np.empty(count, np.uint64)
    for places, sign in ((slice(0, longs), 1.0), (slice(longs, count), -1.0)):
        sort_side(trigger, index[places], sign, words[places], key[places])
    end = count + accounts
    before = np.concatenate([moves.slot[index], moves.slot[theirs]])
    for array in (positions.quantity, positions.bankruptcy, moves.live, moves.kind):
        array[:end] = array[before]
    positions.key[:count] = key
    positions.index[:end] = np.concatenate([index, theirs])
    positions.key[count:] = np.nan
    moves.live[end:] = np.nan
    positions.quantity[end:] = 0.0
    # A closed position keeps a slot that holds nothing: the last one, which is free unless nobody has closed.
    moves.slot[moves.slot >= 0] = positions.key.size - 1
    moves.slot[index] = np.arange(count, dtype=np.int32)
    moves.slot[theirs] = np.arange(count, end, dtype=np.int32)
    state["sorted_end"], state["next_slot"] = count, end
    state["head_long"], state["head_short"] = 0, longs
    state["resort"] = 0
    positions = positions._replace(longs=longs)
    heap_profits(state, positions, moves)
    heap_accounts(state, positions, moves)
    settle_next(state, positions, moves)
    return positions
