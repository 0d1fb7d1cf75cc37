"""Worlds drawn by hypothesis: any rule beside any other, small enough for the plain twin."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from naive import margin
from worlds import WorldArrays, rules_row, tape, unit_of

from cascade_sim.engine.rules import END_OF_PRICES
from cascade_sim.engine.shares import gap_shares, share_closed
from cascade_sim.kernels import state as k
from cascade_sim.mechanics.margin import maintenance_amounts

NEVER = math.inf


def one_of(*values):
    return st.sampled_from(values)


@st.composite
def books(draw, quantity: float, price: float, contract: int) -> tuple[dict, list]:
    """Book rules and table levels; depth is drawn around what makes the crowd's branching ratio one."""
    shape = draw(one_of(*[k.SHAPE_LINEAR, k.SHAPE_POWER, k.SHAPE_TABLE] * 2, k.SHAPE_INFINITE))
    exponent = draw(one_of(2.0, 1.0, 0.5, 3.3)) if shape == k.SHAPE_POWER else 1.0
    ratio = draw(one_of(1.0, 0.3, 3.0, 10.0))
    density = quantity / 0.2 / ratio
    kept = 1.0 - share_closed(1.0, draw(one_of(NEVER, 200.0, 5.0, 0.7, 0.0)))
    rules = {
        "shape": shape,
        "exponent": exponent,
        "scale_bid": density / 0.1 ** (exponent - 1.0),
        "scale_ask": density * draw(one_of(1.0, 0.7)) / 0.1 ** (exponent - 1.0),
        "until": draw(one_of(END_OF_PRICES, 0.3, 0.05)),
        "half_spread": draw(one_of(0.0, 1e-4, 0.01)),
        "refill_kept": kept,
        "permanent": draw(one_of(0.0, 0.3, 1.0)),
    }
    levels = []
    if shape == k.SHAPE_TABLE:
        far = draw(one_of(0.02, 0.4))
        steps = draw(st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5))
        distances = far * np.cumsum(steps) / np.sum(steps)
        levels = list(zip(distances, np.cumsum(density * far * np.array(steps[::-1])), strict=True))
        rules["until"] = levels[-1][0]
    if draw(st.booleans()):
        rules |= {
            "withdraws": 1,
            "withdrawal_volatility": draw(one_of(0.01, 0.1)),
            "withdrawal_weight": -math.expm1(-1.0 / draw(one_of(60.0, 3.0))),
            "withdrawal_power": draw(one_of(2.0, 1.3)),
            "withdrawal_floor": draw(one_of(0.02, 1.0)),
        }
    return rules, levels


@st.composite
def venues(draw) -> dict:
    """Rules of arbitrage, mark, engine and backstops."""
    pull, follow = draw(one_of((NEVER, NEVER), (40.0, NEVER), (NEVER, 40.0), (0.0, 0.0), (30.0, 0.0), (9.0, 5.0)))
    pull_share, follow_share = gap_shares(1.0, pull, follow)
    paced_by_share = draw(st.booleans())
    return {
        "pull_share": pull_share,
        "follow_share": follow_share,
        "mark": draw(one_of(*[k.MARK_LAST] * 3, k.MARK_MID, k.MARK_MID, k.MARK_INDEX, k.MARK_INDEX_EMA)),
        "mark_weight": share_closed(1.0, draw(one_of(3.0, 0.0, 30.0))),
        "mark_cap": draw(one_of(math.inf, 0.01)),
        "policy": draw(one_of(*[k.POLICY_MARKET] * 6, *[k.POLICY_PACED, k.POLICY_LIMIT] * 2, k.POLICY_NONE)),
        "delay_ticks": draw(one_of(0, 0, 0, 0, 1, 3)),
        "pace_share": share_closed(1.0, draw(one_of(2.0, 0.0, 20.0))) if paced_by_share else 0.0,
        "surplus_to_trader": draw(one_of(0, 1)),
        "adl": draw(one_of(1, 0)),
        "socialise": draw(one_of(1, 0)),
        "maintenance_on_entry": draw(one_of(0, 1)),
        "row_ticks": draw(one_of(1, 1, 3)),
        "start_in_minute_s": draw(one_of(0.0, 33.25)),
    }


@st.composite
def crowds(draw, price: float, contract: int, on_entry: bool) -> tuple[dict, list]:
    """Positions of both sides with honest margins, ties among them; and the maintenance tiers (rate, amount)."""
    longs, shorts = draw(st.integers(0, 25)), draw(st.integers(0, 15))
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    count = longs + shorts
    side = np.repeat([1, -1], [longs, shorts])[random.permutation(count)].astype(np.int8)
    spread, digits = draw(one_of(0.0, 0.003, 0.02, 0.1)), draw(one_of(6, 0))
    entry = price * np.exp(spread * np.round(random.normal(size=count), digits))
    leverages = draw(one_of((10.0, 25.0, 50.0, 100.0), (100.0, 60.0, 40.0), (0.8, 2.0, 25.0)))
    leverage = random.choice(leverages, count)
    notional = 1000.0 * (random.pareto(1.5, count) + 0.1 if draw(st.booleans()) else np.ones(count))
    inverse = contract == k.INVERSE
    quantity = np.maximum(np.round(notional), 1.0) if inverse else notional / entry
    collateral = quantity / entry / leverage if inverse else quantity * entry / leverage
    brackets = draw(one_of([(0.0, 0.0)], [(0.0, 0.005)], [(0.0, 0.004), (800.0, 0.006), (1500.0, 0.01)]))
    tiers = list(zip([rate for _, rate in brackets], maintenance_amounts(brackets).tolist(), strict=True))
    rates, amounts = [rate for rate, _ in tiers], [amount for _, amount in tiers]
    trigger, bankruptcy = np.empty(count), np.empty(count)
    for place in range(count):
        terms = (float(side[place]), quantity[place], entry[place], collateral[place], inverse)
        trigger[place] = margin.liquidation_price(*terms, on_entry, rates, amounts)
        bankruptcy[place] = margin.bankruptcy_value(*terms)
    columns = {
        "side": side, "trigger": trigger, "quantity": quantity, "bankruptcy": bankruptcy,
        "entry": np.asarray(unit_of(contract, entry), np.float64),
    }  # fmt: skip
    return columns, tiers


@st.composite
def paths(draw, price: float) -> np.ndarray:
    """Index paths: flat, a crash with a way back, a random walk, a jump."""
    ticks = draw(st.integers(2, 60))
    kind = draw(one_of("crash", "flat", "walk", "jump", "squeeze"))
    size = draw(one_of(0.02, 0.005, 0.2, 0.6))
    time = np.linspace(0.0, 1.0, ticks)
    if kind == "flat":
        return np.full(ticks, price)
    if kind == "walk":
        random = np.random.default_rng(draw(st.integers(0, 2**20)))
        return price * np.exp(np.cumsum(random.normal(size=ticks)) * size / math.sqrt(ticks))
    if kind == "jump":
        return price * np.exp(-size * (time > 0.5))
    shape = np.minimum(time, 0.8 * (1.0 - time)) * 2.0
    return price * np.exp((size if kind == "squeeze" else -size) * shape)


@st.composite
def heats(draw, price: float, notional: float) -> dict:
    """A liquidation map, kept in two worlds out of three: coarse or fine, narrow or wide."""
    bins = draw(one_of(0, 0, 2, 7, 40, 200))
    low, high = draw(one_of((0.5, 2.0), (0.9, 1.1), (0.99, 1.5), (1e-9, 3.0)))
    return {
        "heat_bins": bins,
        "heat_low": low * price,
        "heat_per_price": max(bins, 1) / ((high - low) * price),
        "heat_scale": 2.0 ** math.floor(math.log2(2.0**50 / notional)),
        "frame_ticks": draw(one_of(1, 3, 10)),
    }


@st.composite
def drawn_worlds(draw, contracts=(k.LINEAR, k.INVERSE), ways=paths) -> WorldArrays:
    """Any world: every rule of the tick loop may meet every other; the index goes one of the ways."""
    contract = draw(one_of(*contracts))
    price = draw(one_of(100.0, 7900.0, 0.03))
    venue = draw(venues())
    crowd, tiers = draw(crowds(price, contract, venue["maintenance_on_entry"] == 1))
    held = float(crowd["quantity"].sum()) or 100.0
    notional = held if contract == k.INVERSE else held * price
    book, levels = draw(books(held, price, contract))
    path = draw(ways(price))
    ticks = path.size
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    noise = draw(one_of(0.0, 0.003, 0.1)) * notional * random.normal(size=ticks)
    orders = draw(
        st.lists(st.tuples(st.integers(0, ticks - 1), one_of(-0.03, -0.1, -0.3, -2.0, 0.05, 0.5)), max_size=3)
    )
    outages = draw(st.lists(st.tuples(st.integers(0, ticks), st.integers(1, 12)), max_size=2))
    margin_scale = held / price if contract == k.INVERSE else notional
    flow = {
        "momentum_notional": draw(one_of(0.0, 0.02)) * notional,
        "momentum_at": draw(one_of(0.01, 0.2)),
        "momentum_weight": 0.1,
        "value_notional": draw(one_of(0.0, 0.02)) * notional,
        "value_at": draw(one_of(0.01, 0.3)),
        "value_fixed": draw(one_of(0, 1)),
        "value_log_price": math.log(price) + 0.05,
        "fund_start": draw(one_of(10.0, 0.0, 0.003, 0.1, 0.1)) * margin_scale,
        "pace_notional": 0.0 if venue["pace_share"] > 0.0 else draw(one_of(0.02, 0.5)) * notional,
    }
    events = tape(
        path,
        noise=noise if noise.any() else (),
        orders=sorted((tick, share * notional) for tick, share in orders),
        outages=[(first, first + length) for first, length in outages],
        levels=levels,
        tiers=tiers,
    )
    rules = rules_row(contract=contract, **book, **venue, **flow, **draw(heats(price, notional)))
    start = draw(one_of(price, price * 1.01))
    return WorldArrays(rules, events, price, index_start=start, **crowd)
