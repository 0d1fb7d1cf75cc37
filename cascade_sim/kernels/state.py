"""What the tick loop remembers: the one-row record of its state, the arrays of the crowd, and the event rows.

``STATE`` is everything that changes during a run apart from the arrays (``rules.RULES`` never does). Both are plain
numpy records, so a checkpoint is a copy and a comparison is ``==``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cascade_sim.kernels.desk import Desk

LINEAR, INVERSE = 0, 1
SHAPE_INFINITE, SHAPE_LINEAR, SHAPE_POWER, SHAPE_TABLE = 0, 1, 2, 3
MARK_LAST, MARK_MID, MARK_INDEX, MARK_INDEX_EMA = 0, 1, 2, 3
POLICY_NONE, POLICY_MARKET, POLICY_PACED, POLICY_LIMIT = 0, 1, 2, 3
PARTIAL_NONE, PARTIAL_TIERS, PARTIAL_SHARE, PARTIAL_HEALTH = 0, 1, 2, 3
RANKING_PROFIT_LEVERAGE, RANKING_HYPERLIQUID, RANKING_NONE = 0, 1, 2
FUNDING_NONE, FUNDING_CLAMP, FUNDING_DAMPENED, FUNDING_PLAIN = 0, 1, 2, 3

# What a position's adverse trigger is, and how far its partial liquidation has come.
LIQUIDATION, MARGIN_CALL, STOP_LOSS = 0, 1, 2
UNTOUCHED, COOLING_DOWN = 0, -1  # else 1 + the tick of its last reduction

# What `advance` returns.
RUNNING, EVENTS_FULL, UNSORTED, UNREACHABLE = 0, 1, 2, 3

TRACKED, PUSHED = 1, 2  # what a replay does; 0: there is none

# Where a tick stands, so that a full event buffer can be grown and the tick taken up again.
AT_START, IN_ROUNDS, BEFORE_PUSH, IN_BLOCK = 0, 1, 2, 3

FOREVER = 2**62

STATE = np.dtype(
    [
        ("tick", "i8"),
        ("phase", "i8"),
        ("round", "i8"),
        ("backlog_done", "i8"),  # 1 where a replay has worked what waits before this tick's push
        ("resort", "i8"),
        ("exhausted", "i8"),
        ("halted", "i8"),
        # prices; *_shift and centre are log-displacements, distances are log-distances from the touch
        ("index", "f8"),
        ("index_shift", "f8"),  # of the index from its given path, by price discovery on this venue
        ("centre", "f8"),  # of the makers' quotes from the index
        ("distance_bid", "f8"),
        ("distance_ask", "f8"),
        ("eaten_bid", "f8"),  # quantity of the full book between the touch and the distance
        ("eaten_ask", "f8"),
        ("thinning", "f8"),  # the full depth over what the makers show: 1 / depth multiplier
        ("touch_bid", "f8"),  # log-displacement of the untouched best bid from the index
        ("touch_ask", "f8"),
        ("bid", "f8"),
        ("ask", "f8"),
        ("band_low", "f8"),  # nothing trades below and above these
        ("band_high", "f8"),
        ("mid", "f8"),
        ("last", "f8"),
        ("mark", "f8"),
        ("premium_ema", "f8"),
        ("level_mean", "f8"),
        ("level_variance", "f8"),
        ("trend_mean", "f8"),
        # positions
        ("head_long", "i8"),
        ("head_short", "i8"),
        ("next_long", "f8"),
        ("next_short", "f8"),
        ("open_long", "f8"),
        ("open_short", "f8"),
        # positions whose terms change: slots beyond the sorted crowd, heaps of changed triggers, what fires in a round
        ("sorted_end", "i8"),
        ("next_slot", "i8"),
        ("down_size", "i8"),
        ("up_size", "i8"),
        ("again", "i8"),  # 1 when a round is tried again after sorting
        ("batch_at", "i8"),
        ("batch_down", "i8"),
        ("batch_size", "i8"),
        ("waiting_head", "i8"),
        ("waiting_tail", "i8"),
        ("held_head", "i8"),
        ("held_tail", "i8"),
        ("next_entrant", "i8"),
        ("next_entrant_tick", "i8"),
        ("next_exit", "i8"),
        ("next_exit_tick", "i8"),
        # brakes and funding
        ("halts", "i8"),
        ("halt_until", "i8"),  # first tick after the halt
        ("high_head", "i8"),
        ("high_tail", "i8"),
        ("low_head", "i8"),
        ("low_tail", "i8"),
        ("throttle_used", "f8"),
        ("premium_sum", "f8"),
        ("premium_count", "i8"),
        ("next_funding_tick", "i8"),
        ("funding_rate", "f8"),
        # engine queues (event rows)
        ("events", "i8"),
        ("queue_long_head", "i8"),
        ("queue_long_tail", "i8"),
        ("queue_short_head", "i8"),
        ("queue_short_tail", "i8"),
        ("next_order", "i8"),
        ("next_order_tick", "i8"),
        ("next_outage_tick", "i8"),  # the next tick at which an outage begins or ends
        # strategies: resting orders of each side, those with fills still to be settled, instructions of this tick
        ("accounts", "i8"),
        ("resting_bids", "i8"),
        ("resting_asks", "i8"),
        ("touched", "i8"),
        ("instructions", "i8"),
        ("forced_notional", "f8"),  # of this tick so far
        ("shortfall", "f8"),  # losses beyond the fund that step 6 has still to place
        # accounts: changes of cash since the start in the margin currency, signed quantities since the start
        ("crowd_cash", "f8"),
        ("maker_cash", "f8"),
        ("flow_cash", "f8"),
        ("engine_long_cash", "f8"),
        ("engine_short_cash", "f8"),
        ("fund_cash", "f8"),
        ("settled_cash", "f8"),
        ("returned", "f8"),  # what liquidated traders got back, settled or into what is left of a position
        ("written_off", "f8"),
        ("vault_cash", "f8"),
        ("fees_cash", "f8"),
        ("desk_cash", "f8"),  # strategies' free balances
        ("lending_cash", "f8"),  # keepers, pools, gas and backstops together: what their sales brought
        ("crowd_quantity", "f8"),
        ("maker_quantity", "f8"),
        ("flow_quantity", "f8"),
        ("engine_long", "f8"),  # inventory taken over from liquidated longs, and from shorts; both positive
        ("engine_short", "f8"),
        ("vault_quantity", "f8"),
        ("lending_quantity", "f8"),
        # the row being recorded
        ("row", "i8"),
        ("row_left", "i8"),  # ticks until it is written
        ("row_flow", "f8"),
        ("row_forced_sell", "f8"),
        ("row_forced_buy", "f8"),
        ("row_count_long", "f8"),
        ("row_count_short", "f8"),
        ("row_rounds", "f8"),
        ("row_adl", "f8"),
        ("row_halted", "f8"),
        ("topped_up", "f8"),  # since the start
        ("row_entries", "f8"),
        ("row_exits", "f8"),
        ("row_top_ups", "f8"),
        ("row_vault", "f8"),
        ("row_absorbed", "f8"),  # bought, less sold, after the rounds to bring the price back
        ("row_keeper_sold", "f8"),
        ("frame", "i8"),  # of the liquidation map
        ("frame_left", "i8"),  # ticks until it is written
        # extremes over all ticks
        ("mark_peak", "f8"),
        ("mark_trough", "f8"),
        ("max_drawdown", "f8"),
        ("max_runup", "f8"),
        ("index_peak", "f8"),
        ("index_drawdown", "f8"),
        ("low_peak", "f8"),  # the peak and the low of the deepest fall
        ("low_mark", "f8"),
        ("low_tick", "i8"),
        ("half_recovered_tick", "i8"),  # -1: not yet
        ("fund_low", "f8"),
        ("adl_notional", "f8"),
        ("adl_forgone", "f8"),  # by deleveraged winners: their closing price against the mark
        ("socialised", "f8"),
        ("overdrawn", "f8"),  # lost beyond the margin by positions that their owners closed
        ("overdrawn_paid", "f8"),  # what the fund paid of it
        ("bad_debt", "f8"),
        ("ledger_error", "f8"),
        ("imbalance", "f8"),
        # replays
        ("sold_before", "f8"),  # `row_forced_sell` and `row_forced_buy` before this tick's push
        ("bought_before", "f8"),
        ("buyers", "f8"),  # quantity that absorbed forced trades in the replay, and is still to do so in this run
        ("sellers", "f8"),
        ("tracked_ticks", "i8"),
        ("missed_ticks", "i8"),
        ("absorbed_ticks", "i8"),
        ("absorbed", "f8"),  # quantity, either direction
        ("tracking_error", "f8"),
    ],
    align=True,
)

# Columns of a recorded row, in order.
ROW = (
    "mark",
    "index",
    "mid",
    "bid",
    "ask",
    "depth_multiplier",
    "flow",
    "forced_sell",
    "forced_buy",
    "liquidations_long",
    "liquidations_short",
    "rounds",
    "open_interest",
    "insurance_fund",
    "adl",
    "bad_debt",
    "engine_inventory",
    "halted",
    "ledger_error",
    "funding_rate",
    "entries",
    "exits",
    "top_ups",
    "vault_taken",
    "vault_inventory",
    "vault_profit",
    "fees",
    "distance_bid",
    "distance_ask",
    "absorbed",
    "keeper_sold",
)


class Positions(NamedTuple):
    """The crowd in trigger order: longs first (highest trigger first), then shorts (lowest first).

    ``key`` is ``-side * trigger``, ascending within each side, so that both sides fire at ``key <= -side * mark``.
    ``bankruptcy`` is the u-value at which the position's equity is zero (its cash is ``-side quantity bankruptcy``).
    """

    key: np.ndarray
    quantity: np.ndarray
    bankruptcy: np.ndarray
    index: np.ndarray  # type: ignore[assignment]  # hides tuple.index; place in the crowd as it was built
    entry: np.ndarray  # u-value of the entry price, in the order in which the crowd was built
    heat: np.ndarray  # liquidation map: notional by price, in whole counts (`heat`); empty where it is not kept
    longs: int


class Moves(NamedTuple):
    """What is kept beside the sorted crowd when triggers can change; None for a crowd that only shrinks.

    A *slot* is a place in the arrays of `Positions`, a *position* the place in the crowd as it was built, arrivals
    after it. Sorting anew moves slots; positions stay. The heaps hold (key, position); an entry whose key is no longer
    the position's live one is stale and skipped.
    """

    live: np.ndarray  # by slot: key of the trigger that holds now; NaN while there is none
    kind: np.ndarray  # by slot: what that trigger is
    terms: np.ndarray  # by position: `records.TERMS`
    slot: np.ndarray  # by position
    down_key: np.ndarray  # fires as the mark falls: -price
    down_position: np.ndarray
    up_key: np.ndarray  # fires as the mark rises: price
    up_position: np.ndarray
    batch_key: np.ndarray  # what fires in this round, in order
    batch_slot: np.ndarray
    waiting_tick: np.ndarray  # ring of positions that cool down after a partial liquidation
    waiting_position: np.ndarray
    held_position: np.ndarray  # ring of positions whose liquidation waits for the throttle
    entrants: np.ndarray  # `records.ENTRANT`, ascending by tick
    exit_tick: np.ndarray  # ascending
    exit_position: np.ndarray


class Tape(NamedTuple):
    """What is given from outside, tick by tick: the index path, outages, noise, scheduled orders, and replays.

    The last four have one entry a tick in a replay, none otherwise. A tracked replay writes the last three.
    """

    path: np.ndarray  # index price at the end of each tick
    log_path: np.ndarray
    noise: np.ndarray  # signed quote notional per tick, empty for none
    outage_from: np.ndarray  # first tick of each outage
    outage_to: np.ndarray  # first tick after it
    order_tick: np.ndarray  # ascending
    order_notional: np.ndarray  # signed quote notional, buys positive
    table_distance: np.ndarray  # book of shape `table`
    table_quantity: np.ndarray
    tier_rate: np.ndarray  # maintenance brackets, for positions whose terms change during the run
    tier_amount: np.ndarray
    target: np.ndarray  # log of the recorded mid at the end of each tick; NaN where none is recorded
    push_before: np.ndarray  # before the mark is taken: signed quantity, buys positive, or log return of the index
    push_after: np.ndarray  # after the rounds: signed quantity
    push_absorbs: np.ndarray  # 1.0 where that order goes against forced trades


class Replay(NamedTuple):
    """The part of the `Tape` that a replay reads and writes."""

    target: np.ndarray
    before: np.ndarray
    after: np.ndarray
    absorbs: np.ndarray


class Tables(NamedTuple):
    """What helpers of the tick loop need of the `Tape`: the book's table and the maintenance brackets.

    Every array that a compiled function is handed costs compile time, whether it is used or not.
    """

    table_distance: np.ndarray
    table_quantity: np.ndarray
    tier_rate: np.ndarray
    tier_amount: np.ndarray


class Queues(NamedTuple):
    """What liquidations write of the `Log`, and the strategies whose orders they meet."""

    events: np.ndarray
    queue_long: np.ndarray
    queue_short: np.ndarray
    priority_long: np.ndarray
    priority_short: np.ndarray
    throttled: np.ndarray
    desk: Desk | None


class Ranks(NamedTuple):
    """The part of the `Log` that is scratch for who is deleveraged first."""

    rank_score: np.ndarray
    rank_member: np.ndarray
    rank_held: np.ndarray
    rank_entry: np.ndarray
    entries_known: np.ndarray


class Log(NamedTuple):
    """What happened: event rows, the queues that point into them, recorded rows, forced notional by clock minute."""

    events: np.ndarray
    queue_long: np.ndarray
    queue_short: np.ndarray
    priority_long: np.ndarray
    priority_short: np.ndarray
    rank_score: np.ndarray  # scratch for who is deleveraged first
    rank_member: np.ndarray
    rank_held: np.ndarray
    rank_entry: np.ndarray
    entries_known: np.ndarray
    rows: np.ndarray
    minutes: np.ndarray
    high_tick: np.ndarray  # falling marks of the halt's window (a ring), and rising ones
    high_mark: np.ndarray
    low_tick: np.ndarray
    low_mark: np.ndarray
    throttled: np.ndarray  # ring of the notional taken over by tick
    frames: np.ndarray  # the liquidation map over time, shape (frames, bins)
