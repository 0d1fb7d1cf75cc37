"""A world: everything a run needs to go on, as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cascade_sim.crowd.loans import Loans
from cascade_sim.engine.desk import new_desk
from cascade_sim.engine.moves import Turnover, moving_crowd, start_moving
from cascade_sim.engine.order import copy_of, in_trigger_order
from cascade_sim.kernels.desk import Desk
from cascade_sim.kernels.heat import count_all
from cascade_sim.kernels.lending_state import Lending
from cascade_sim.kernels.liquidation import set_next
from cascade_sim.kernels.records import EVENT
from cascade_sim.kernels.state import FOREVER, INVERSE, ROW, STATE, Log, Moves, Positions, Tape

# Nothing trades below this share of the start price, nor above its reciprocal: further out, money in an inverse
# contract (1/p) outgrows what doubles can conserve to 1e-9 of the open interest.
SMALLEST_SHARE = 1e-6


@dataclass
class World:
    """The arrays of one run; `advance` moves them on.

    Attributes
    ----------
    rules, state : ndarray of RULES and STATE, shape (1,)
    positions : Positions
        The crowd in trigger order.
    tape : Tape
        What comes from outside.
    log : Log
        What has happened.
    moves : Moves or None
        What is kept beside the crowd where triggers change.
    desk : Desk or None
        Accounts and orders of strategies.
    lending : Lending or None
        The chain with its pools, where there are any.
    loans : list of Loans or None
        Of every pool as they stood at the start, in the order in which they were built.
    """

    rules: np.ndarray
    state: np.ndarray
    positions: Positions
    tape: Tape
    log: Log
    moves: Moves | None = None
    desk: Desk | None = None
    lending: Lending | None = None
    loans: list[Loans] | None = None

    @property
    def ticks(self) -> int:
        """Ticks of the whole run."""
        return int(self.tape.path.size)

    @property
    def tick(self) -> int:
        """Ticks that are done."""
        return int(self.state["tick"][0])

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays that grow with the crowd, event rows included."""
        moves = self.moves or ()
        return sum(array.nbytes for array in (*self.positions[:5], *self.log[:5], *moves))


def empty_log(positions: int, rules: np.ndarray, ticks: int, minutes: int) -> Log:
    """Make room for what will happen.

    One event row a position, which the operating system hands out only as rows are written: growing in steps costs
    more than the liquidations themselves. Rules under which a position fires more than once make `advance` grow it.
    """
    row_ticks = int(rules["row_ticks"][0])
    window = int(rules["halt_over_ticks"][0]) + 2
    bins = int(rules["heat_bins"][0])
    room = max(positions, 1)
    return Log(
        events=np.empty(room, EVENT),
        queue_long=np.empty(room, np.int32),
        queue_short=np.empty(room, np.int32),
        priority_long=np.empty(room, np.float64),
        priority_short=np.empty(room, np.float64),
        rank_score=np.empty(room, np.float64),
        rank_member=np.empty(room, np.int32),
        rank_held=np.empty(4096, np.float64),
        rank_entry=np.empty(room, np.float64),
        entries_known=np.zeros(1, np.int64),
        rows=np.empty((-(-ticks // row_ticks), len(ROW)), np.float64),
        minutes=np.zeros(minutes, np.float64),
        high_tick=np.zeros(window, np.int64),
        high_mark=np.zeros(window, np.float64),
        low_tick=np.zeros(window, np.int64),
        low_mark=np.zeros(window, np.float64),
        throttled=np.zeros(max(int(rules["throttle_ticks"][0]), 1), np.float64),
        frames=np.empty((-(-ticks // max(int(rules["frame_ticks"][0]), 1)) if bins else 0, bins), np.int64),
    )


def first_state(rules: np.ndarray, tape: Tape, price: float, index_start: float) -> np.ndarray:
    """Return the state before the first tick, but for what it says of the crowd: see `count_crowd`.

    The venue stands at ``price``, the outside world at ``index_start``.
    """
    row = np.zeros(1, STATE)
    state = row[0]
    state["thinning"] = 1.0
    state["index"] = index_start
    state["centre"] = math.log(price / index_start)
    state["premium_ema"] = state["touch_bid"] = state["touch_ask"] = state["centre"]
    for name in ("bid", "ask", "mid", "last", "mark", "mark_peak", "mark_trough", "low_mark"):
        state[name] = price
    state["level_mean"] = state["trend_mean"] = math.log(price)
    state["index_peak"] = index_start
    state["low_peak"] = price
    state["next_order_tick"] = tape.order_tick[0] if tape.order_tick.size else FOREVER
    state["low_tick"] = state["half_recovered_tick"] = -1
    state["next_entrant_tick"] = state["next_exit_tick"] = FOREVER
    state["row_left"] = rules["row_ticks"][0]
    state["frame_left"] = rules["frame_ticks"][0]
    state["band_low"], state["band_high"] = rules["lowest_price"][0], rules["highest_price"][0]
    state["next_funding_tick"] = rules["first_funding_tick"][0]
    return row


def count_crowd(states: np.ndarray, quantity: np.ndarray, longs: int, standing: int) -> None:
    """Write what states before the first tick say of their crowds.

    Parameters
    ----------
    states : ndarray of STATE, shape (worlds,)
    quantity : ndarray of float64, shape (worlds, n)
        In trigger order, longs first.
    longs, standing : int
        How many are long, and how many stand at the start.
    """
    states["head_short"] = longs
    states["open_long"] = quantity[:, :longs].sum(axis=1)
    states["open_short"] = quantity[:, longs:standing].sum(axis=1)


def bound_prices(rules: np.ndarray, price: float) -> None:
    """Tell the rules beyond which prices nothing trades, in a market that starts at ``price``."""
    rules["lowest_price"] = price * SMALLEST_SHARE
    rules["highest_price"] = price / SMALLEST_SHARE


def clock_minutes(rules: np.ndarray, ticks: int) -> int:
    """Return how many clock minutes a run touches, with one to spare."""
    seconds = float(rules["start_in_minute_s"][0]) + ticks * float(rules["tick_s"][0])
    return int(seconds // 60) + 2


def world_of_arrays(
    rules: np.ndarray,
    tape: Tape,
    price: float,
    index_start: float,
    side: np.ndarray,
    trigger: np.ndarray,
    quantity: np.ndarray,
    bankruptcy: np.ndarray,
    entry: np.ndarray,
    turnover: Turnover | None = None,
    ordered: Positions | None = None,
    accounts: int = 0,
) -> World:
    """Build a world from plain arrays.

    Parameters
    ----------
    rules : ndarray of RULES, shape (1,)
    tape : Tape
    price, index_start : float
        The venue's and the index's price before the first tick, quote currency per base unit.
    side, trigger, quantity, bankruptcy, entry : ndarray, shape (n,)
        The crowd, as in `in_trigger_order`.
    turnover : Turnover, optional
        What position holders do during the run; read where the rules say that triggers change.
    ordered : Positions, optional
        The crowd in trigger order, where it has been sorted before; copied, and not read where triggers change.
    accounts : int
        Strategies that the market has room for.

    Returns
    -------
    World
    """
    bound_prices(rules, price)
    moves = desk = None
    if rules["moving"][0] or accounts:
        crowd = side, trigger, quantity, bankruptcy, entry
        positions, moves = moving_crowd(rules, tape, turnover or Turnover(), accounts, *crowd)
    elif ordered is not None:
        positions = copy_of(ordered)
    else:
        positions = in_trigger_order(side, trigger, quantity, bankruptcy, entry)
    positions = positions._replace(heat=np.zeros(int(rules["heat_bins"][0]), np.int64))
    if positions.heat.size:
        count_all(rules, positions.heat, trigger, quantity)
    log = empty_log(positions.key.size, rules, tape.path.size, clock_minutes(rules, tape.path.size))
    state = first_state(rules, tape, price, index_start)
    count_crowd(state, positions.quantity[None, :], positions.longs, side.size)
    set_next(state[0], positions)
    if moves is not None:
        start_moving(state, positions, moves, side.size, accounts)
    if moves is not None and accounts:
        desk = new_desk(moves.slot.size - accounts, accounts)
    return World(rules, state, positions, tape, log, moves, desk)


def open_interest_margin(contract: int, quantity: np.ndarray, price: float) -> float:
    """Open interest in the margin currency: quantity times price (linear) or over price (inverse)."""
    total = float(quantity.sum())
    return total / price if contract == INVERSE else total * price
