"""Units of the frames about lending, column by column."""

from __future__ import annotations

from cascade_sim.engine.frames import COUNT, PRICE, SHARE
from cascade_sim.kernels.lending_state import CHAIN_ROW, POOL_ROW
from cascade_sim.scenario import Scenario

BASE, QUOTE, GWEI, HEALTH = "base", "quote", "gwei", "health factor"
ACTION_UNITS = {
    "tick": "index of the tick, from 0",
    "time": "end of the tick, UTC",
    "block": "index of the block, from 0",
    "action": "what was done",
    "pool": "name; none of a sale of what a keeper held",
    "loan": "index in the pool, or the row of the loans file; -1: none",
    "keeper": "cohort",
    "keeper_number": "index in the cohort",
    "auction": "row of the auctions; -1: none",
    "quantity": f"{BASE}: collateral seized, put to auction, bid for, won, bought or offered for sale",
    "paid": f"{QUOTE}: repaid, bid or owed",
    "oracle": PRICE,
    "mid": f"{PRICE}, before the action",
    "sold": f"{BASE}, of it sold in the market at once",
    "value": f"{QUOTE}, received for that after fees",
    "health": f"{HEALTH} of the loan before; NaN of an auction",
    "health_after": f"{HEALTH} of what is left; infinite once closed",
    "toxic": "whether it lowered the health factor",
    "bad_debt": f"{QUOTE}, debt left without collateral",
    "gas": f"{QUOTE}, of the transaction",
    "collateral_left": f"{BASE}, of the loan",
    "debt_left": f"{QUOTE}, of the loan",
}

AUCTION_UNITS = {
    "pool": "name",
    "loan": "index in the pool, or the row of the loans file",
    "opened": "end of the tick, UTC",
    "ended": "end of the tick, UTC; NaT while open",
    "start_lot": BASE,
    "start_tab": f"{QUOTE}, to be raised, penalty included",
    "debt": f"{QUOTE}, without penalty",
    "bids": f"{COUNT}; of a falling price, purchases",
    "restarts": COUNT,
    "bid": f"{QUOTE}, the standing bid; of a falling price, what has been paid",
    "winner": "cohort of the last bidder; of a falling price, of the last buyer",
    "returned": f"{BASE}, back to the owner",
    "value": f"{QUOTE}, of what was won, at the mid of that moment",
}

KEEPER_UNITS = {
    "cohort": "name",
    "number": "index in the cohort",
    "gas_limit": GWEI,
    "capital": f"{QUOTE}, at the start",
    "cash": QUOTE,
    "inventory": f"{BASE}, collateral held",
    "sold": f"{BASE}, collateral sold in the market",
    "gas": f"{QUOTE}, paid for transactions",
    "actions": f"{COUNT}, transactions",
    "profit": f"{QUOTE}, inventory at the last mark",
}

LOAN_UNITS = {
    "pool": "name",
    "loan": "index in the pool, or the row of the loans file",
    "collateral": BASE,
    "debt": QUOTE,
    "threshold": SHARE,
    "health": f"{HEALTH} at the start",
    "collateral_end": BASE,
    "debt_end": QUOTE,
}

_CHAIN_UNITS = {
    "gas_price": f"{GWEI}, of the last block",
    "chain_capacity": "share of a block's gas that congestion leaves",
    "keeper_profit": f"{QUOTE}, all keepers', inventory at the mark",
    "keeper_inventory": f"{BASE}, collateral that keepers hold",
}
_POOL_UNITS = {
    "oracle": PRICE,
    "liquidated": f"{QUOTE} since the start, collateral at the mid",
    "bad_debt": f"{QUOTE} since the start",
    "collateral": f"{BASE}, of open loans",
    "debt": f"{QUOTE}, of open loans",
    "auctions": f"{COUNT}, open",
}


def chain_columns(scenario: Scenario) -> dict[str, str]:
    """Return the timeline's columns about the chain and its pools with their units, in the order of recorded rows."""
    columns = {name: _CHAIN_UNITS[name] for name in CHAIN_ROW}
    for pool in scenario.lending:
        columns |= {f"{name}_{pool.name}": _POOL_UNITS[name] for name in POOL_ROW}
    return columns
