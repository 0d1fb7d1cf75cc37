"""Lending drawn beside drawn worlds: any pool under any chain with any keepers, at prices that fall far enough."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from drawn import drawn_worlds, one_of, paths
from drawn_desk import desk_worlds
from drawn_rules import venue_worlds
from hypothesis import strategies as st
from lending_worlds import LendingWorld, Loans, chain_row, keeper_row, lending_of, pool_row, recorded_rows
from worlds import WorldArrays

from cascade_sim.kernels import auctions
from cascade_sim.kernels import lending_state as ls
from cascade_sim.kernels import state as k

NEVER = math.inf
KINDS = (ls.FIXED_SPREAD, ls.FIXED_SPREAD, ls.FLIP, ls.CLIP)


@st.composite
def falls(draw, price: float) -> np.ndarray:
    """Index paths that fall, most of them far and with a way back and forth."""
    if draw(one_of(False, False, False, True)):
        return draw(paths(price))
    ticks = draw(st.integers(20, 120))
    size, time = draw(one_of(0.1, 0.1, 0.2, 0.3, 0.6, 0.9)), np.linspace(0.0, 1.0, ticks)
    waves = draw(one_of(0.0, 0.02, 0.1)) * np.sin(draw(one_of(10.0, 40.0)) * time)
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    noise = draw(one_of(0.0, 0.003, 0.03)) * random.normal(size=ticks)
    depth = draw(one_of(time, np.minimum(2.0 * time, 1.0), np.minimum(time, 0.7 * (1.0 - time)) * 2.0, time > 0.3))
    return price * np.exp(math.log1p(-size) * depth + waves + noise)


@st.composite
def loans(draw, price: float, held: float) -> Loans:
    """Loans in no order, their health factors at the start from just above one; ties and equal debts among them."""
    count = draw(one_of(1, 3, 10, 25, 25, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    digits = draw(one_of(9, 9, 1))
    above = draw(one_of(0.05, 0.3, 1.0)) * np.round(random.random(count), digits) + draw(one_of(1e-3, 0.02))
    collateral = random.pareto(1.5, count) + 0.1 if draw(st.booleans()) else np.ones(count)
    collateral *= draw(one_of(0.02, 0.05, 0.2, 1.0)) * held / collateral.sum()
    threshold = np.full(count, draw(one_of(0.8, 0.6667, 0.6, 0.95)))
    if draw(one_of(False, False, True)):
        threshold = random.choice([0.5, 0.8, 0.9], count)
    return Loans(collateral, collateral * price * threshold / (1.0 + above), threshold)


@st.composite
def oracles(draw, gas_price: float) -> dict:
    return {
        "source": draw(one_of(ls.SOURCE_INDEX, ls.SOURCE_MID, ls.SOURCE_MARK)),
        "deviation": draw(one_of(0.0, 0.0, 0.0, 0.0, 0.01, 0.1, NEVER)),
        "heartbeat_ticks": draw(one_of(k.FOREVER, k.FOREVER, 1, 7)),
        "delay_ticks": draw(one_of(0, 0, 0, 1, 4)),
        "oracle_gas_limit": draw(one_of(NEVER, NEVER, NEVER, 1.5 * gas_price)),
    }


@st.composite
def fixed_spreads(draw, average: float) -> dict:
    return {
        "compound": draw(one_of(0, 1)),
        "bonus": draw(one_of(0.05, 0.1, 0.1, 0.0, 0.4)),
        "protocol_fee": draw(one_of(0.0, 0.1, 0.03)),
        "close_factor": draw(one_of(0.5, 0.5, 1.0, 0.07)),
        "whole_at": draw(one_of(0.0, 0.95)),
        "whole_under": draw(one_of(0.0, 0.5, 3.0)) * average,
    }


@st.composite
def makers(draw, kind: int, average: float, lot: float) -> dict:
    """Terms of auctions, in shares of the average loan."""
    terms = {
        "chop": draw(one_of(1.13, 1.13, 1.05, 1.0)),
        "room": draw(one_of(NEVER, NEVER, 6.0, 1.5)) * average,
        "dust": draw(one_of(0.0, 0.0, 0.3, 1.0)) * average,
    }
    if kind == ls.FLIP:
        return terms | {
            "dunk": draw(one_of(NEVER, NEVER, 0.4)) * average,
            "lump": draw(one_of(NEVER, NEVER, 0.6)) * lot,
            "beg": draw(one_of(1.03, 1.05, 1.0, 1.5)),
            "ttl": draw(one_of(3.0, 10.0, 0.5)),
            "tau": draw(one_of(200.0, 40.0, 10.0, 2.0)),
        }
    return terms | {
        "curve": draw(one_of(auctions.LINEAR, auctions.STAIR, auctions.EXPONENTIAL)),
        "tau": draw(one_of(5.0, 12.0, 40.0)),
        "cut": draw(one_of(0.95, 0.8, 0.99)),
        "step": draw(one_of(1.0, 2.5)),
        "buf": draw(one_of(1.2, 1.0, 1.5)),
        "tail": draw(one_of(8.0, 100.0)),
        "cusp": draw(one_of(0.4, 0.0, 0.8)),
        "tip": draw(one_of(0.0, 0.01)) * average,
        "chip": draw(one_of(0.0, 0.001, 0.02)),
    }


@st.composite
def pools(draw, price: float, some: Loans, gas_price: float, kinds) -> np.ndarray:
    kind = draw(one_of(*kinds))
    average = float(some.debt.mean())
    terms = {
        "gas": draw(one_of(4e5, 4e5, 1e6, 1.5e5)),
        "backstop_left": draw(one_of(0.0, 0.0, 0.3, 5.0, NEVER)) * average,
    }
    if kind == ls.FIXED_SPREAD:
        terms |= draw(fixed_spreads(average))
    else:
        terms |= draw(makers(kind, average, float(some.collateral.mean())))
    return pool_row(kind, price, **terms, **draw(oracles(gas_price)))


@st.composite
def keepers(draw, total: float, gas_price: float) -> list[np.ndarray]:
    """One to three cohorts, of which some cannot pay, or wait, or hold what they win; or many who compete."""
    if draw(one_of(False, False, True)):
        terms = {
            "kept": draw(one_of(1.0, 0.0)),
            "latency_ticks": draw(one_of(0, 1)),
            "opening": draw(one_of(1.0, 0.9, 0.0)),
        }
        return [keeper_row(1e12, place=place, **terms) for place in range(3)]
    rows = []
    for cohort in range(draw(one_of(1, 2, 2, 3))):
        terms = {
            "cohort": cohort,
            "gas_limit": draw(one_of(NEVER, NEVER, NEVER, 3.0 * gas_price, 1.2 * gas_price, 0.5 * gas_price)),
            "latency_ticks": draw(one_of(0, 0, 1, 4)),
            "margin": draw(one_of(0.0, 0.0, 0.01, 0.05)),
            "opening": draw(one_of(1.0, 1.0, 0.9, 0.9, 0.5, 1e-4, 0.0)),
            "kept": draw(one_of(0.0, 0.0, 0.7, 1.0)),
        }
        cash = draw(one_of(1e12, 1e12, 1e12, 2.0 * total, 0.1 * total, 0.003 * total, 0.0))
        count = draw(one_of(1, 3, 3))
        rows += [keeper_row(cash, place=place, **terms) for place in range(count)]
    return rows


@st.composite
def chains(draw, price: float, average: float) -> tuple[np.ndarray, list]:
    """A chain, whose gas costs next to nothing, or a lot of an average loan; and windows of congestion."""
    token_price = draw(one_of(0.0, 1.0, 200.0))
    share = draw(one_of(1e-4, 1e-4, 0.0, 0.003, 0.05))
    gas_price = share * average / (4e5 * 1e-9 * (token_price or price))
    terms = {
        "interval_ticks": draw(one_of(1, 1, 2, 5)),
        "capacity": draw(one_of(NEVER, NEVER, 4e5, 1e6, 1e5, 9e6)),
        "gas_price": gas_price,
        "token_price": token_price,
        "level_mean": math.log(price),
    }
    terms["next_block"] = terms["interval_ticks"] - 1
    if draw(one_of(False, True)):
        terms |= {
            "congests": 1,
            "volatility": draw(one_of(0.02, 0.1, NEVER)),
            "weight": draw(one_of(0.1, 0.5, 1.0)),
            "power": draw(one_of(2.0, 2.0, 1.3)),
            "floor": draw(one_of(0.1, 0.02, 1.0)),
        }
    windows = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), one_of(0.5, 0.1, 0.01)), max_size=2))
    return chain_row(**terms), [(first, first + length, left) for first, length, left in windows]


@st.composite
def lendings(draw, arrays: WorldArrays, kinds=KINDS) -> ls.Lending:
    held = float(arrays.quantity.sum()) or 100.0
    some = [draw(loans(arrays.price, held)) for _ in range(draw(one_of(1, 1, 2, 3)))]
    average = float(some[0].debt.mean())
    chain, windows = draw(chains(arrays.price, average))
    gas_price = float(chain["gas_price"][0])
    rows = [draw(pools(arrays.price, one, gas_price, kinds)) for one in some]
    total = sum(float(one.debt.sum()) for one in some)
    return lending_of(chain, rows, some, draw(keepers(total, gas_price)), windows, recorded_rows(arrays))


LINEAR_WORLDS = drawn_worlds(contracts=(k.LINEAR,), ways=falls)


@st.composite
def plain_crowds(draw) -> WorldArrays:
    """Worlds under any rules in which triggers do not change one at a time."""
    arrays = draw(LINEAR_WORLDS)
    rules = arrays.rules.copy()
    rules["taker_fee"] = draw(one_of(0.0, 0.0005, 0.01))
    return dataclasses.replace(arrays, rules=rules)


MOVING_CROWDS = venue_worlds(LINEAR_WORLDS)


@st.composite
def lending_worlds(draw, worlds=None, kinds=KINDS) -> LendingWorld:
    """Lending beside one of the worlds, pools of the kinds."""
    arrays = draw(plain_crowds() if worlds is None else worlds)
    return LendingWorld(arrays, draw(lendings(arrays, kinds)))


@st.composite
def lending_beside_accounts(draw) -> LendingWorld:
    """Lending beside accounts whose resting orders keepers' sales may fill."""
    desk_world = draw(desk_worlds(MOVING_CROWDS))
    arrays = desk_world.arrays
    return LendingWorld(arrays, draw(lendings(arrays)), desk_world.cash, desk_world.instructions)
