"""Runs as the pictures see them, made without the engine."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

WAYPOINTS_H = np.array([0, 2, 4.4, 4.9, 5.5, 7, 10, 13, 16.8, 17.3, 18.0, 19.2, 19.8, 20.3, 20.6, 21.5, 23, 26])
WAYPOINTS = [
    7934,
    7700,
    7350,
    6600,
    6080,
    6200,
    6050,
    6150,
    5900,
    5700,
    5650,
    4900,
    4400,
    4150,
    4800,
    5250,
    5100,
    5600,
]


def clock_of(start: str, duration: float, tick: float) -> SimpleNamespace:
    begin = pd.Timestamp(start)

    def seconds(moment: object) -> float:
        return float(moment) if isinstance(moment, int | float) else (pd.Timestamp(moment) - begin).total_seconds()

    return SimpleNamespace(start=begin.to_pydatetime(), duration=duration, tick=tick, seconds=seconds)


def scenario_of(name: str, clock: SimpleNamespace, contract: str, price: float, fund: float = 0.0, outages: tuple = ()):
    return SimpleNamespace(
        name=name,
        clock=clock,
        market=SimpleNamespace(contract=contract, price=price),
        exchange=SimpleNamespace(insurance_fund=fund, outages=[SimpleNamespace(from_=a, to=b) for a, b in outages]),
        record=SimpleNamespace(every=None),
    )


def index_of(clock: SimpleNamespace, rows: int) -> pd.DatetimeIndex:
    after = pd.to_timedelta(np.arange(1, rows + 1) * clock.tick, unit="s")
    return (pd.Timestamp(clock.start) + after).rename("time")


def quiet_frame(clock: SimpleNamespace, rows: int, price: float) -> pd.DataFrame:
    """A timeline in which nothing happens."""
    frame = pd.DataFrame(index=index_of(clock, rows))
    frame["tick"] = np.arange(1, rows + 1)
    for name in ("mark", "index", "mid", "bid", "ask"):
        frame[name] = price
    frame["depth_multiplier"] = 1.0
    for name in ("flow", "forced_sell", "forced_buy", "liquidations_long", "liquidations_short", "rounds"):
        frame[name] = 0.0
    frame["open_interest"] = 1000.0
    for name in ("insurance_fund", "adl", "bad_debt", "funding_rate"):
        frame[name] = 0.0
    return frame


def crash_run(rows: int = 93_600, tick: float = 1.0) -> SimpleNamespace:
    """A stand-in for March 2020: 26 hours, two legs down, an outage after the low."""
    rng = np.random.default_rng(12)
    clock = clock_of("2020-03-12T06:00:00Z", rows * tick, tick)
    outage = ("2020-03-13T02:16:00Z", "2020-03-13T02:40:00Z")
    scenario = scenario_of("March 2020: the perpetual falls by half", clock, "inverse", 7934.0, 35_500.0, (outage,))
    hours = np.arange(1, rows + 1) * 26.0 / rows
    index = np.exp(np.interp(hours, WAYPOINTS_H, np.log(WAYPOINTS)) + 2e-4 * np.cumsum(rng.normal(size=rows)) * 0.05)
    legs = np.exp(-0.5 * ((hours - 4.95) / 0.22) ** 2) * 0.35 + np.exp(-0.5 * ((hours - 20.0) / 0.28) ** 2)
    legs += 0.05 * np.exp(-0.5 * ((hours - 17.1) / 0.2) ** 2)
    halted = (hours >= 20 + 16 / 60) & (hours < 20 + 40 / 60)
    busy = np.where(halted, 0.0, legs) * (rng.random(rows) < 0.35)
    sold = busy * rng.pareto(1.8, rows)
    sold *= 860e6 / sold.sum()
    squeeze = np.exp(-0.5 * ((hours - 20.9) / 0.15) ** 2) + 0.2 * np.exp(-0.5 * ((hours - 5.6) / 0.2) ** 2)
    bought = np.where(halted, 0.0, squeeze) * (rng.random(rows) < 0.3) * rng.pareto(1.8, rows)
    bought *= 74e6 / bought.sum()
    gap = 0.13 * np.exp(-0.5 * ((hours - 20.15) / 0.12) ** 2) + 0.045 * np.exp(-0.5 * ((hours - 5.0) / 0.25) ** 2)
    frame = quiet_frame(clock, rows, 7934.0)
    noise = 8e-4 * (1 + 6 * legs) * rng.normal(size=rows)
    frame["index"] = index
    frame["mark"] = index * np.exp(-gap + 0.4 * noise)
    depth = np.clip(1 / (1 + (7 * legs) ** 2) * np.exp(0.1 * rng.normal(size=rows)), 0.02, 1)
    spread = 2e-4 / depth * np.exp(0.3 * rng.normal(size=rows))
    frame["depth_multiplier"] = depth
    frame["bid"], frame["ask"] = frame["mark"] * (1 - spread / 2), frame["mark"] * (1 + spread / 2)
    frame["forced_sell"], frame["forced_buy"] = sold, bought
    frame["liquidations_long"], frame["liquidations_short"] = (sold > 0) * 3, (bought > 0) * 2
    frame["open_interest"] = 1.9e9 - np.cumsum(sold + bought)
    frame["insurance_fund"] = 35_500 + np.cumsum(sold) / 5e6 - 3_600 / (1 + np.exp(-(hours - 20.1) / 0.05))
    frame["engine_inventory"] = 140e6 * np.exp(-0.5 * ((hours - 20.2) / 0.2) ** 2) * (hours > 19.5)
    frame["adl"] = np.where(np.abs(hours - 20.7) < 0.02, 9e6 / 144, 0.0)
    frame["halted"] = halted.astype(np.int8)
    calm = quiet_frame(clock, rows, 7934.0)
    calm["mark"] = index * np.exp(0.2 * noise)
    crowd = pd.concat(
        [
            cohort("leveraged", 1, 60_000, 800e6, 7934.0, 18.0, 0.9, rng),
            cohort("careful", 1, 20_000, 500e6, 7934.0, 2.2, 0.3, rng),
            cohort("hedged", -1, 20_000, 350e6, 7934.0, 1.3, 0.2, rng),
            cohort("shorts", -1, 30_000, 250e6, 7934.0, 15.0, 0.9, rng),
        ],
        ignore_index=True,
    )
    crowd["quantity"] *= 1.9e9 / crowd["quantity"].sum()
    summary = {
        "max_drawdown": 0.5472,
        "index_drawdown": 0.478,
        "max_runup": 0.48,
        "amplification": 1.37,
        "liquidated_notional": 934.2e6,
        "liquidated_count": 84_120,
        "liquidated_share_long": 0.921,
        "open_interest_cleared": 0.4917,
        "peak_minute": 31.4e6,
        "worst_30min_share": 0.38,
        "insurance_fund_used": 0.0,
        "adl_notional": 9e6,
        "bad_debt": 0.0,
        "status": "completed",
    }
    unforced = SimpleNamespace(timeline=calm, summary={})
    return SimpleNamespace(
        timeline=frame,
        summary=summary,
        scenario=scenario,
        seed=0,
        counterfactuals={"no_forced_selling": unforced},
        crowd_map=crowd,
    )


def cohort(
    name: str,
    side: int,
    traders: int,
    notional: float,
    price: float,
    mean: float,
    sigma: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Inverse positions with lognormal leverage around a mean, entered near the price."""
    leverage = np.clip(mean * np.exp(sigma * rng.normal(size=traders) - sigma**2 / 2), 0.5, 100.0)
    entry = price * np.exp(0.03 * rng.normal(size=traders))
    quantity = rng.pareto(1.6, traders) + 1
    quantity *= notional / quantity.sum()
    with np.errstate(divide="ignore"):
        inverse = 1 / entry + side * (1 / leverage - 0.005) / entry
        trigger = np.where(inverse > 0, 1 / inverse, np.inf)
    safe = side * (price - trigger) > 0
    frame = pd.DataFrame(
        {"side": side, "trigger_price": trigger, "quantity": quantity, "leverage": leverage, "cohort": name}
    )
    return frame[safe].reset_index(drop=True)


def small_run(rows: int = 100) -> SimpleNamespace:
    """A textbook case: 100 ticks of 1 s at a price near 100, one sale, one cascade."""
    clock = clock_of("2020-01-01T00:00:00Z", float(rows), 1.0)
    frame = quiet_frame(clock, rows, 100.0)
    since = np.clip(np.arange(rows) - rows // 3, 0, None)
    frame["mark"] = 100 * np.exp(-0.12 * (1 - np.exp(-since / 9)))
    frame["bid"], frame["ask"] = frame["mark"], 100.0
    frame["forced_sell"] = np.where(np.arange(rows) >= rows // 3, 40 * np.exp(-since / 9), 0.0)
    frame["open_interest"] = 1000 - frame["forced_sell"].cumsum()
    rng = np.random.default_rng(1)
    triggers = 100 * np.exp(-rng.uniform(0.01, 0.2, 1000))
    crowd = pd.DataFrame({"side": 1, "trigger_price": triggers, "quantity": 1.0, "leverage": np.nan, "cohort": "longs"})
    summary = {
        "max_drawdown": 0.113,
        "max_runup": 0.0,
        "amplification": 2.5,
        "liquidated_notional": 35_400.0,
        "liquidated_count": 380,
        "liquidated_share_long": 1.0,
        "open_interest_cleared": 0.38,
        "peak_minute": 33_900.0,
        "status": "completed",
    }
    return SimpleNamespace(
        timeline=frame,
        summary=summary,
        scenario=scenario_of("Uniform density: the law R / (1 − R)", clock, "linear", 100.0),
        seed=7,
        counterfactuals={},
        crowd_map=crowd,
    )


def calm_run(rows: int = 600) -> SimpleNamespace:
    """Nobody is liquidated."""
    clock = clock_of("2021-05-19T12:00:00Z", float(rows), 1.0)
    frame = quiet_frame(clock, rows, 40_000.0)
    frame["mark"] = 40_000 * np.exp(1e-4 * np.cumsum(np.random.default_rng(3).normal(size=rows)))
    summary = {"max_drawdown": 0.0021, "max_runup": 0.001, "liquidated_notional": 0.0, "liquidated_count": 0}
    return SimpleNamespace(
        timeline=frame,
        summary={**summary, "amplification": None, "status": "completed"},
        scenario=scenario_of("A quiet afternoon", clock, "linear", 40_000.0),
        seed=1,
        counterfactuals={},
        crowd_map=None,
    )
