"""What lending beside the exchange remembers: the chain, its pools, their loans and auctions, the keepers.

Every dtype holds first what never changes during a run and then what does, so that a checkpoint is a copy. Amounts of
collateral are in the market's base units, debts and cash in its quote currency, gas in gas units, gas prices in gwei.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FIXED_SPREAD, FLIP, CLIP = 0, 1, 2
SOURCE_MARK, SOURCE_MID, SOURCE_INDEX = 0, 1, 2
NOBODY = -1

# What an action row says was done.
LIQUIDATED, KICKED, BID, LOWERED, DEALT, TAKEN, RESTARTED, SOLD = 0, 1, 2, 3, 4, 5, 6, 7

# What `chain.block` returns beside `state.RUNNING`.
ACTIONS_FULL, AUCTIONS_FULL = 11, 12

CHAIN = np.dtype(
    [
        ("interval_ticks", "i8"),
        ("capacity", "f8"),  # gas a block that liquidations can have; infinite for no limit
        ("gas_price", "f8"),  # gwei, without congestion
        ("token_price", "f8"),  # quote per gas token; 0: the mid of the market
        ("most_gas", "f8"),  # of any pool's transaction
        ("congests", "i8"),
        ("volatility", "f8"),
        ("weight", "f8"),
        ("power", "f8"),
        ("floor", "f8"),
        # what changes
        ("next_block", "i8"),  # tick
        ("block", "i8"),  # blocks done
        ("midway", "i8"),  # 1 while a block waits for room in the rows
        ("pool", "i8"),  # whose turn it is
        ("idle", "i8"),  # pools in a row that had nothing to do
        ("left", "f8"),  # gas left of the block
        ("share", "f8"),  # what congestion leaves of the capacity
        ("gas_now", "f8"),  # gwei
        ("token", "f8"),  # quote per gas token at this block
        ("eligible", "i8"),  # keepers who pay the gas price of this block
        ("level_mean", "f8"),
        ("level_variance", "f8"),
        ("actions", "i8"),
        ("auctions", "i8"),
        ("gas_high", "f8"),  # highest gas price
        ("gas_spent", "f8"),  # quote
        ("backstop_cash", "f8"),  # what backstops have received; never positive
    ],
    align=True,
)

POOL = np.dtype(
    [
        ("kind", "i8"),
        ("compound", "i8"),  # 1: liquidity and seizure as Compound v2 counts them, else as Aave does
        ("first", "i8"),  # its loans stand in the slots from here
        ("end", "i8"),  # to before here
        ("gas", "f8"),  # of one transaction
        # fixed spread
        ("bonus", "f8"),
        ("protocol_fee", "f8"),  # Aave: of the bonus; Compound: of what is seized
        ("close_factor", "f8"),
        ("whole_at", "f8"),  # health factor at or below which the whole debt may be repaid; 0: never
        ("whole_under", "f8"),  # the same for debts and collateral worth less, quote; 0: never
        # auctions
        ("chop", "f8"),  # one plus the penalty
        ("dunk", "f8"),  # most quote of one auction
        ("lump", "f8"),  # most collateral of one auction
        ("room", "f8"),  # most quote in auctions at a time
        ("dust", "f8"),  # least debt of a loan, quote
        ("beg", "f8"),  # least factor between bids
        ("ttl", "f8"),  # seconds
        ("tau", "f8"),  # seconds; of a linear curve: until the price is zero
        ("curve", "i8"),  # `auctions.LINEAR`, `STAIR`, `EXPONENTIAL`
        ("buf", "f8"),
        ("cut", "f8"),
        ("step", "f8"),  # seconds
        ("tail", "f8"),  # seconds
        ("cusp", "f8"),
        ("tip", "f8"),  # quote
        ("chip", "f8"),
        # oracle
        ("source", "i8"),
        ("deviation", "f8"),
        ("heartbeat_ticks", "i8"),
        ("delay_ticks", "i8"),
        ("oracle_gas_limit", "f8"),  # gwei
        # what changes
        ("oracle", "f8"),
        ("posted", "f8"),  # the last price that was sent
        ("posted_tick", "i8"),
        ("pending_head", "i8"),
        ("pending_tail", "i8"),
        ("oracle_updates", "i8"),
        ("oracle_stuck", "i8"),  # blocks in which an update was due and too dear
        ("oracle_over", "f8"),  # largest oracle less mid, quote
        ("head", "i8"),  # next loan in trigger order
        ("changed", "i8"),  # loans in the heap of changed triggers
        ("ripe", "i8"),  # loans that may be liquidated
        ("aside", "i8"),  # of those, put aside until the block is over
        ("to_visit", "i8"),  # open auctions still to be looked at in this block
        ("open", "i8"),  # auctions
        ("first_open", "i8"),  # NOBODY: none
        ("last_open", "i8"),
        ("litter", "f8"),  # quote to be raised by open auctions
        ("in_auction", "f8"),  # collateral
        ("collateral", "f8"),  # of open loans
        ("debt", "f8"),
        ("cash", "f8"),  # received less paid
        ("fees", "f8"),  # collateral that the protocol has kept
        ("returned", "f8"),  # collateral back to owners
        ("surplus", "f8"),  # received beyond the debt that was auctioned
        ("bad_debt", "f8"),  # debt without collateral, whoever made it good
        ("covered", "f8"),  # of it, by the backstop
        ("backstop_left", "f8"),
        ("repaid", "f8"),
        ("seized", "f8"),  # collateral
        ("liquidated", "f8"),  # collateral at the mid of its moment, quote
        ("liquidations", "i8"),  # calls, or auctions that ended
        ("toxic", "i8"),  # calls that lowered the health factor
        ("zero_bids", "i8"),  # auctions won for next to nothing
        ("zero_bid_value", "f8"),  # their collateral at the mid, quote
    ],
    align=True,
)

KEEPER = np.dtype(
    [
        ("cohort", "i4"),
        ("place", "i4"),  # in its cohort
        ("gas_limit", "f8"),  # gwei
        ("latency_ticks", "i8"),
        ("margin", "f8"),  # return asked for, of what is paid
        ("opening", "f8"),  # share of the valuation bid first
        ("kept", "f8"),  # share of the inventory left after a block; 0: sold at once
        ("capital", "f8"),
        # what changes
        ("cash", "f8"),
        ("quantity", "f8"),  # collateral
        ("gas_paid", "f8"),  # quote
        ("actions", "i8"),
        ("sold", "f8"),  # collateral
    ],
    align=True,
)

AUCTION = np.dtype(
    [
        ("pool", "i4"),
        ("slot", "i4"),
        ("next", "i4"),  # open auctions of the pool, in the order in which they are looked at
        ("bidder", "i4"),
        ("kicker", "i4"),
        ("bids", "i4"),  # bids taken, or purchases
        ("restarts", "i4"),
        ("ended", "i4"),  # tick; NOBODY while open
        ("first_kicked", "i4"),  # tick
        ("kicked", "i4"),  # tick of its start or last restart
        ("last", "i4"),  # tick of the last bid; NOBODY: none
        ("start_lot", "f8"),
        ("start_tab", "f8"),
        ("principal", "f8"),  # debt without penalty
        ("top", "f8"),
        ("lot", "f8"),
        ("tab", "f8"),
        ("bid", "f8"),  # of a flip: the standing bid; of a clip: what has been paid
        ("returned", "f8"),  # collateral back to the owner
        ("value", "f8"),  # of what was won, at the mid of that moment, quote
    ],
    align=True,
)

ACTION = np.dtype(
    [
        ("tick", "i4"),
        ("block", "i4"),
        ("what", "i4"),
        ("pool", "i4"),
        ("loan", "i4"),  # place in its pool as it was built; NOBODY
        ("keeper", "i4"),  # row of the keepers
        ("auction", "i4"),  # NOBODY
        ("toxic", "i4"),
        ("quantity", "f8"),  # collateral that the action moves: seized, put to auction, won, bought, sold
        ("paid", "f8"),  # quote: repaid, bid, owed
        ("oracle", "f8"),
        ("mid", "f8"),  # before the action
        ("sold", "f8"),  # of it sold in the market at once
        ("value", "f8"),  # received for that, after fees
        ("health", "f8"),  # before; NaN for what is no loan
        ("health_after", "f8"),  # infinite once closed
        ("bad_debt", "f8"),
        ("gas", "f8"),  # quote
        ("collateral_left", "f8"),  # of the loan
        ("debt_left", "f8"),
    ],
    align=True,
)

# Columns of a recorded row of the chain: first these, then `POOL_ROW` for every pool.
CHAIN_ROW = ("gas_price", "chain_capacity", "keeper_profit", "keeper_inventory")
POOL_ROW = ("oracle", "liquidated", "bad_debt", "collateral", "debt", "auctions")


class Lending(NamedTuple):
    """The chain with its pools. Arrays of loans are laid out pool by pool, sorted within it, by slot."""

    chain: np.ndarray  # one row of `CHAIN`
    pools: np.ndarray  # `POOL`
    keepers: np.ndarray  # `KEEPER`, highest gas limit first
    window_from: np.ndarray  # ticks of given congestion
    window_to: np.ndarray
    window_share: np.ndarray
    pending_tick: np.ndarray  # (pools, ring): oracle prices under way
    pending_price: np.ndarray
    key: np.ndarray  # of the loans: minus the trigger price, ascending within a pool
    collateral: np.ndarray
    debt: np.ndarray
    threshold: np.ndarray
    index: np.ndarray  # type: ignore[assignment]  # hides tuple.index; place in the pool as it was built
    since: np.ndarray  # tick at which a loan could first be liquidated
    changed_key: np.ndarray  # heaps of each pool, in its slots: minus the trigger, slot
    changed_slot: np.ndarray
    ripe_key: np.ndarray  # minus the debt, slot
    ripe_slot: np.ndarray
    aside_slot: np.ndarray
    auctions: np.ndarray  # `AUCTION`
    actions: np.ndarray  # `ACTION`
    rows: np.ndarray  # (recorded rows, CHAIN_ROW and POOL_ROW by pool)
