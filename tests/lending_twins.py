"""Comparing lending beside a world with its plain twin, bit for bit."""

from __future__ import annotations

import numpy as np
from lending_worlds import actions_of, auctions_of
from naive.lending_keepers import ACTIONS

from cascade_sim.kernels import lending_state as ls

LAYOUT = {"first_open", "last_open", "pending_head", "pending_tail", "midway", "actions", "auctions", "next"}


def same(value, wanted) -> bool:
    """Whether two numbers are equal, NaN to NaN."""
    return value == wanted or (value != value and wanted != wanted)


def assert_record(record, wanted: dict, what: str) -> None:
    for name in record.dtype.names:
        if name in LAYOUT:
            continue
        value, expected = record[name].item(), wanted[name]
        assert same(value, expected), f"{what}, {name}: {value!r} instead of {expected!r}"


def pool_fields(pool) -> dict:
    """What a pool's record says, of the twin's pool."""
    waiting = [loan.where for loan in pool.loans]
    return vars(pool) | {
        "step": pool.stair,
        "head": pool.first + len(waiting) - waiting.count("untouched"),
        "changed": waiting.count("changed"),
        "ripe": waiting.count("ripe"),
        "aside": waiting.count("aside"),
        "open": len(pool.auctions),
    }


def assert_pools(lending, twin) -> None:
    for number, (row, pool) in enumerate(zip(lending.pools, twin.pools, strict=True)):
        assert_record(row, pool_fields(pool), f"pool {number}")
        head, tail, ring = int(row["pending_head"]), int(row["pending_tail"]), lending.pending_tick.shape[1]
        places = [place % ring for place in range(head, tail if tail >= head else tail + ring)]
        ticks, prices = lending.pending_tick[number, places], lending.pending_price[number, places]
        assert list(zip(ticks.tolist(), prices.tolist(), strict=True)) == pool.delayed, f"pool {number}, oracle"
        listed, place = [], int(row["first_open"])
        while place != ls.NOBODY:
            listed.append(place)
            place = int(lending.auctions[place]["next"])
        assert listed == [auction.number for auction in pool.auctions], f"pool {number}, auctions"
        for loan in pool.loans:
            for name in ("collateral", "debt", "since", "index"):
                value, wanted = getattr(lending, name)[loan.slot].item(), getattr(loan, name)
                assert value == wanted, f"pool {number}, loan {loan.slot}, {name}: {value!r} instead of {wanted!r}"


def assert_same_lending(world, twin) -> None:
    """Compare all that lending has done and all that it remembers."""
    lending, wanted = world.lending, twin.lending
    for number, (row, action) in enumerate(zip(actions_of(world), wanted.actions, strict=False)):
        assert_record(row, vars(action) | {"what": ACTIONS.index(action.what)}, f"action {number} ({action.what})")
    assert lending.chain["actions"][0] == len(wanted.actions)
    assert lending.chain["auctions"][0] == len(wanted.auctions)
    for number, (row, auction) in enumerate(zip(auctions_of(world), wanted.auctions, strict=True)):
        assert_record(row, vars(auction) | {"slot": auction.slot}, f"auction {number}")
    assert lending.chain["midway"][0] == 0
    assert_record(lending.chain[0], vars(wanted), "chain")
    for number, (row, keeper) in enumerate(zip(lending.keepers, wanted.keepers, strict=True)):
        assert_record(row, vars(keeper), f"keeper {number}")
    assert_pools(lending, wanted)
    np.testing.assert_array_equal(lending.rows, np.array(wanted.rows), err_msg="rows")


def everything(lending) -> dict[str, bytes]:
    """What lending has come to, but for how much room its rows have."""
    counts = {"actions": int(lending.chain["actions"][0]), "auctions": int(lending.chain["auctions"][0])}
    found = {}
    for name in ls.Lending._fields:
        column = getattr(lending, name)[: counts.get(name)]
        for part in column.dtype.names or ("",):
            found[f"{name} {part}"] = (column[part] if part else column).tobytes()
    return found
