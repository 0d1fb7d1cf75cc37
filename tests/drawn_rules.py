"""Worlds in which any venue rule meets any other, and traders who defend themselves, come and go."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from drawn import drawn_worlds, one_of
from hypothesis import strategies as st
from worlds import WorldArrays

from cascade_sim.engine.moves import Turnover
from cascade_sim.kernels import state as k
from cascade_sim.kernels.records import ENTRANT, TERMS


@st.composite
def reductions(draw, policy: int, brackets: int) -> dict:
    """Partial liquidation, fees and the ranking of deleveraging."""
    rules = {
        "taker_fee": draw(one_of(0.0, 0.0005, 0.01)),
        "liquidation_fee": draw(one_of(0.0, 0.005, 0.02)),
        "ranking": draw(one_of(k.RANKING_PROFIT_LEVERAGE, k.RANKING_HYPERLIQUID, k.RANKING_NONE)),
    }
    kinds = [k.PARTIAL_NONE, k.PARTIAL_SHARE, k.PARTIAL_HEALTH] + [k.PARTIAL_TIERS] * 2 * (brackets > 1)
    kind = draw(one_of(*kinds)) if policy == k.POLICY_MARKET else k.PARTIAL_NONE
    if kind == k.PARTIAL_NONE:
        return rules
    return rules | {
        "partial": kind,
        "partial_tiers": draw(one_of(1, 2)),
        "partial_share": draw(one_of(0.2, 0.5, 0.9)),
        "partial_above": draw(one_of(0.0, 0.0, 300.0, 900.0)),
        "partial_buffer": draw(one_of(0.1, 0.5, 1e-3)),
        "cooldown_ticks": draw(one_of(0, 0, 1, 4)),
    }


@st.composite
def vaults(draw, margin_scale: float) -> dict:
    return {
        "absorb_share": draw(one_of(0.6, 0.3, 1.0)),
        "absorb_capital": draw(one_of(10.0, 0.1, 0.001)) * margin_scale,
        "absorb_leverage": draw(one_of(5.0, 1.0, 20.0)),
        "absorb_below": draw(one_of(1.0, 0.9, 0.5)),
        "absorb_unwind": draw(one_of(0.0, 0.1, 1.0)),
    }


@st.composite
def fundings(draw, notional: float) -> dict:
    ticks = draw(one_of(1, 3, 8))
    return {
        "funding": draw(one_of(k.FUNDING_CLAMP, k.FUNDING_DAMPENED, k.FUNDING_PLAIN)),
        "funding_ticks": ticks,
        "first_funding_tick": draw(st.integers(1, ticks)),
        "funding_share": draw(one_of(1.0, 0.125)),
        "funding_interest": draw(one_of(1e-4, -1e-3, 0.02)),
        "funding_clamp": draw(one_of(5e-4, 0.01)),
        "funding_cap": draw(one_of(math.inf, 0.0075)),
        "impact_notional": draw(one_of(0.0, 0.01, 1.0)) * notional,
    }


@st.composite
def brakes(draw, notional: float) -> dict:
    """Trading halt, price band and throttle, each on in a part of the worlds."""
    rules = {}
    if draw(one_of(True, False, False)):
        rules |= {
            "halt_move": draw(one_of(0.1, 0.02)),
            "halt_over_ticks": draw(one_of(1, 3, 10)),
            "halt_for_ticks": draw(one_of(1, 2, 5)),
        }
    if draw(one_of(True, False, False)):
        rules |= {"band": draw(one_of(0.05, 0.01, 0.3)), "band_of_mark": draw(one_of(0, 1))}
    if draw(one_of(True, False, False)):
        rules |= {"throttle": draw(one_of(0.1, 0.02, 1.0)) * notional, "throttle_ticks": draw(one_of(1, 3, 10))}
    return rules


def round_step(price: float) -> float:
    return 10.0 ** math.floor(math.log10(price / 50.0))


@st.composite
def standing_terms(draw, arrays: WorldArrays, total: int) -> np.ndarray:
    """Wallets, margin calls, stops and take-profits of those who stand in the market at the start."""
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    count, price = arrays.side.size, arrays.price
    terms = np.zeros(total, TERMS)
    terms["stop"] = terms["profit"] = np.nan
    terms["side"][:count] = arrays.side
    side, rows = arrays.side, terms[:count]
    if draw(st.booleans()):
        rows["wallet"] = (
            side * arrays.quantity * (arrays.entry - arrays.bankruptcy) * random.choice([0.0, 0.3, 2.0], count)
        )
        rows["top_up"] = rows["wallet"] * draw(one_of(1.0, 0.4, 0.05))
        rows["call_at"] = draw(one_of(1.5, 1.05, 3.0))
        rows["answers"] = random.integers(0, 4, count)
    near = draw(one_of(0.1, 0.01, 0.003))
    if draw(st.booleans()):
        stops = price * (1.0 - side * near * random.integers(1, 6, count))
        rows["stop"] = np.where(random.random(count) < 0.5, stops, np.nan)
    if draw(st.booleans()):
        # Some stand where the price is already, so that one mark may meet both of a position's orders.
        least = draw(one_of(1, 1, -3))
        profits = price * (1.0 + side * near * random.integers(least, 6, count))
        rows["profit"] = np.where(random.random(count) < 0.5, profits, np.nan)
    return terms


@st.composite
def arrivals(draw, arrays: WorldArrays) -> np.ndarray:
    """Positions opened during the run."""
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    count = draw(one_of(0, 2, 12))
    rows = np.zeros(count, ENTRANT)
    rows["tick"] = np.sort(random.integers(0, arrays.tape.path.size, count))
    rows["position"] = arrays.side.size + np.arange(count)
    rows["side"] = random.choice([1, 1, -1], count)
    rows["notional"] = np.round(1000.0 * (random.pareto(1.5, count) + 0.1), 6)
    rows["leverage"] = random.choice(draw(one_of((10.0, 50.0), (100.0, 25.0), (2.0, 150.0))), count)
    if draw(st.booleans()):
        rows["backing"] = random.choice([0.0, 0.5], count)
    else:
        rows["wallet"] = random.choice([0.0, 1.0], count)
        rows["top_up"] = draw(one_of(1.0, 0.5))
        rows["call_at"] = draw(one_of(1.5, 1.05))
        rows["answers"] = random.integers(0, 3, count)
    step = draw(one_of(0.0, round_step(arrays.price)))
    for name in ("stop", "profit"):
        rows[f"{name}_distance"] = random.choice([0.0, 0.003, 0.03], count)
        rows[f"{name}_step"] = step
        rows[f"{name}_beyond"] = 0.001
    return rows


@st.composite
def turnovers(draw, arrays: WorldArrays) -> Turnover:
    entrants = draw(arrivals(arrays))
    total = arrays.side.size + entrants.size
    terms = draw(standing_terms(arrays, total))
    terms["side"][arrays.side.size :] = entrants["side"]
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    leaving = np.flatnonzero(random.random(total) < draw(one_of(0.0, 0.3, 0.8))).astype(np.int32)
    first = np.zeros(total, np.int64)
    first[arrays.side.size :] = entrants["tick"]
    when = random.integers(first[leaving], arrays.tape.path.size) if leaving.size else np.empty(0, np.int64)
    order = np.lexsort((leaving, when))
    return Turnover(terms, entrants, when[order], leaving[order])


def moves(rules: np.ndarray, brackets: int, turnover: Turnover | None) -> bool:
    """Whether triggers change one at a time, so that the world has to be built with `Moves`."""
    row = rules[0]
    return bool(row["partial"] or row["throttle"] > 0.0 or turnover is not None or (brackets > 1 and row["adl"]))


@st.composite
def venue_worlds(draw, worlds=None) -> WorldArrays:
    """Any world under any rules, old and new; every new rule is off in a part of the worlds."""
    arrays = draw(drawn_worlds() if worlds is None else worlds)
    rules, brackets = arrays.rules.copy(), arrays.tape.tier_rate.size
    row = rules[0]
    inverse = row["contract"] == k.INVERSE
    held = float(arrays.quantity.sum()) or 100.0
    notional = held if inverse else held * arrays.price
    margin_scale = held / arrays.price if inverse else notional
    policy = int(row["policy"])
    changes = draw(reductions(policy, brackets))
    if policy == k.POLICY_MARKET and draw(one_of(False, False, True)):
        changes |= draw(vaults(margin_scale))
    if draw(one_of(False, False, True)):
        changes |= draw(fundings(notional))
    changes |= draw(brakes(notional))
    for name, value in changes.items():
        row[name] = value
    turnover = draw(turnovers(arrays)) if draw(st.booleans()) else None
    row["moving"] = moves(rules, brackets, turnover) or draw(one_of(False, False, True))
    return dataclasses.replace(arrays, rules=rules, turnover=turnover)
