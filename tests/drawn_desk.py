"""Accounts and what they ask for, beside any venue world: sized so that orders meet, turn, fail and are liquidated."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from desks import DeskWorld
from drawn import one_of
from drawn_rules import round_step, venue_worlds
from hypothesis import strategies as st
from naive.desk import Instruction
from worlds import WorldArrays

from cascade_sim.kernels import state as k


@st.composite
def moments(draw, ticks: int, number: int, random: np.random.Generator) -> np.ndarray:
    """When so many instructions come: all the time, early, or bunched in the middle where paths turn."""
    first, last = draw(one_of((0.0, 1.0), (0.0, 0.4), (0.3, 0.7)))
    begin = int(first * ticks)
    return np.sort(random.integers(begin, max(math.ceil(last * ticks), begin + 1), number))


@st.composite
def limits(draw, arrays: WorldArrays, when: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Prices near where the venue probably stands, on a grid in half of the worlds, so that many are the same."""
    near = draw(one_of(0.002, 0.02, 0.1)) / draw(one_of(3.0, 1.0))
    prices = np.append(arrays.price, arrays.tape.path)[when] * (1.0 + near * random.integers(-6, 7, when.size))
    if draw(st.booleans()):
        step = round_step(arrays.price)
        prices = np.maximum(np.round(prices / step), 1.0) * step
    return prices


@st.composite
def instructions(draw, arrays: WorldArrays, accounts: int, money: float, random: np.random.Generator) -> dict:
    """What the accounts ask for, by tick."""
    held = float(arrays.quantity.sum()) or 100.0
    when = draw(moments(arrays.tape.path.size, draw(one_of(0, 4, 12, 40, 40)), random))
    prices = draw(limits(arrays, when, random))
    sizes = held * np.array(draw(one_of((0.3, 1.0), (0.01, 0.1), (1e-3, 0.03, 0.3), (1.0,), (1.0, 0.02))))
    leverages = draw(one_of((10.0, 50.0, 125.0), (1.0, 3.0), (1.0, 20.0, 100.0)))
    buys, resting = draw(one_of(0.5, 0.5, 0.9, 0.1)), draw(one_of(0.3, 0.7, 1.0))
    odd = draw(one_of(0.9, 0.0))  # sizes that differ; else many orders close a position to the bit
    asked: dict[int, list[Instruction]] = {}
    sent = 0
    for tick, price in zip(when.tolist(), prices.tolist(), strict=True):
        account, chance = int(random.integers(accounts)), random.random()
        if chance < 0.08 and sent:
            asked_for = Instruction("cancel", account, order=int(random.integers(sent)))
        elif chance < 0.16:
            asked_for = Instruction("top_up", account, amount=money * float(random.choice([1e-4, 0.01, 1.0])))
        else:
            direction = 1.0 if random.random() < buys else -1.0
            quantity = float(random.choice(sizes)) * (1.0 - odd * float(random.random()))
            rests = bool(random.random() < resting)
            worst = price if rests or random.random() < 0.2 else (math.inf if direction > 0.0 else 0.0)
            leverage = float(random.choice(leverages))
            asked_for = Instruction("send", account, direction, quantity, worst, rests, leverage)
            sent += 1
        asked.setdefault(tick, []).append(asked_for)
    return asked


def in_parts(draw, arrays: WorldArrays) -> WorldArrays:
    """Liquidate in parts with a long rest after each, which accounts may not wait for."""
    rules = arrays.rules.copy()
    rules["moving"], rules["partial"] = 1, draw(one_of(k.PARTIAL_SHARE, k.PARTIAL_HEALTH))
    rules["partial_share"], rules["partial_buffer"] = draw(one_of(0.3, 0.7)), draw(one_of(0.1, 0.5))
    rules["cooldown_ticks"], rules["surplus_to_trader"] = draw(one_of(2, 6)), 1
    return dataclasses.replace(arrays, rules=rules)


@st.composite
def desk_worlds(draw, worlds=None) -> DeskWorld:
    """Any world under any rules, and up to four accounts that send, cancel and top up."""
    arrays = draw(venue_worlds() if worlds is None else worlds)
    if arrays.rules["policy"][0] == k.POLICY_MARKET and draw(one_of(False, False, False, True)):
        arrays = in_parts(draw, arrays)
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    accounts = draw(st.integers(1, 4))
    held = float(arrays.quantity.sum()) or 100.0
    money = held / arrays.price if arrays.rules["contract"][0] == k.INVERSE else held * arrays.price
    cash = random.choice([0.0, 1e-4, 0.01, 0.1, 3.0], accounts, p=[0.05, 0.2, 0.25, 0.25, 0.25]) * money
    return DeskWorld(arrays, tuple(cash.tolist()), draw(instructions(arrays, accounts, money, random)))
