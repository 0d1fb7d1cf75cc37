"""Accounts and what they ask for, beside any venue world: sized so that orders meet, flip, are liquidated and fail."""

from __future__ import annotations

import math

import numpy as np
from desks import DeskWorld
from drawn import one_of
from drawn_rules import venue_worlds
from hypothesis import strategies as st
from naive.desk import Instruction
from worlds import WorldArrays

from cascade_sim.kernels import state as k


def expected_prices(arrays: WorldArrays) -> np.ndarray:
    """Roughly where the venue stands when a tick's instructions are carried out: the start, then the index."""
    return np.concatenate([[arrays.price], arrays.tape.path])


@st.composite
def order_books(draw, arrays: WorldArrays, random: np.random.Generator, number: int) -> np.ndarray:
    """Prices of limit orders: near the venue's price, many of them the same, a few far beyond it."""
    near = draw(one_of(0.002, 0.02, 0.1))
    steps = random.integers(-6, 7, number)
    return near * steps / draw(one_of(3.0, 1.0))


@st.composite
def desk_worlds(draw, venue=venue_worlds) -> DeskWorld:
    """Any world under any rules, and up to four accounts that send, cancel and top up."""
    arrays = draw(venue())
    accounts = draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    ticks, inverse = arrays.tape.path.size, arrays.rules["contract"][0] == k.INVERSE
    held = float(arrays.quantity.sum()) or 100.0
    money = held / arrays.price if inverse else held * arrays.price
    cash = random.choice([0.0, 1e-4, 0.01, 0.1, 3.0], accounts, p=[0.05, 0.2, 0.25, 0.25, 0.25]) * money
    number = draw(one_of(0, 4, 12, 40, 40))
    first, last = draw(one_of((0.0, 1.0), (0.0, 0.4), (0.3, 0.7)))
    when = np.sort(random.integers(int(first * ticks), max(int(math.ceil(last * ticks)), int(first * ticks) + 1), number))
    offsets = draw(order_books(arrays, random, number))
    prices = expected_prices(arrays)[when] * (1.0 + offsets)
    if draw(st.booleans()):  # on a grid, so that many are the same
        step = 10.0 ** math.floor(math.log10(arrays.price / 50.0))
        prices = np.maximum(np.round(prices / step), 1.0) * step
    sizes = draw(one_of((0.3, 1.0), (0.01, 0.1), (1e-3, 0.03, 0.3), (1.0,)))
    leverages = draw(one_of((10.0, 50.0, 125.0), (1.0, 3.0), (1.0, 20.0, 100.0)))
    side = draw(one_of(0.5, 0.5, 0.9, 0.1))  # share of buys
    resting = draw(one_of(0.3, 0.7, 1.0))
    whole = draw(st.booleans())
    asked: dict[int, list[Instruction]] = {}
    sent = 0
    for tick, price in zip(when.tolist(), prices.tolist(), strict=True):
        account = int(random.integers(accounts))
        chance = random.random()
        if chance < 0.08 and sent:
            instruction = Instruction("cancel", account, order=int(random.integers(sent)))
        elif chance < 0.16:
            amount = float(random.choice([1e-4, 0.01, 1.0])) * money
            instruction = Instruction("top_up", account, amount=amount)
        else:
            direction = 1.0 if random.random() < side else -1.0
            quantity = held * float(random.choice(sizes)) * (0.1 + float(random.random()))
            if whole:
                quantity = max(round(quantity), 1.0) if quantity < 1e9 else quantity
            rests = bool(random.random() < resting)
            worst = price if rests or random.random() < 0.2 else (math.inf if direction > 0.0 else 0.0)
            leverage = float(random.choice(leverages))
            instruction = Instruction("send", account, direction, quantity, worst, rests, leverage)
            sent += 1
        asked.setdefault(tick, []).append(instruction)
    return DeskWorld(arrays, tuple(cash.tolist()), asked)
