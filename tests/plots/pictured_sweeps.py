"""Results of sweeps as the pictures see them, made without running one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import cascade_sim as cs

UNITS = {"max_drawdown": "fraction", "liquidated_notional": "quote", "liquidated_count": "count", "bad_debt": "quote"}
LEVERAGE, DEPTH = "crowd.longs.leverage.mean", "market.book.depth.notional"
OPEN_INTEREST = "crowd.longs.open_interest"


def sweep_result(
    values: Mapping[str, list[Any]],
    fall: Callable[..., Any],
    *,
    replicates: int = 8,
    name: str = "Leverage against depth",
    design: str = "grid",
    threshold: float = 0.2,
    scenario: Any = None,
    seed: int = 1,
) -> SimpleNamespace:
    """A sweep over a grid (or, for other designs, over rows) of values.

    ``fall(rng, **values)`` is the largest fall of one run, by the last part of each key's name; None fails.
    """
    keys = list(values)
    grid = list(itertools.product(*values.values())) if design == "grid" else list(zip(*values.values(), strict=True))
    rows = []
    for point, at in enumerate(grid):
        overrides = dict(zip(keys, at, strict=True))
        for replicate in range(replicates):
            rng = np.random.default_rng([seed, point, replicate])
            fallen = fall(rng, **{key.rpartition(".")[2]: value for key, value in overrides.items()})
            failed = fallen is None
            fallen = np.nan if failed else float(fallen)
            rows.append(
                {
                    "point": point,
                    "replicate": replicate,
                    "seed": 1000 + replicate,
                    **overrides,
                    "max_drawdown": fallen,
                    "liquidated_notional": 4e8 * max(fallen - 0.05, 0.0) if not failed else np.nan,
                    "liquidated_count": np.round(4e3 * max(fallen - 0.05, 0.0)) if not failed else np.nan,
                    "bad_debt": 0.0 if not failed else np.nan,
                    "cascade": np.nan if np.isnan(fallen) else float(fallen >= threshold),
                    "status": "failed" if failed else "completed",
                    "error": "crowd.longs: leverage above the maximum" if failed else None,
                    "wall_s": 0.01,
                }
            )
    outputs = ["max_drawdown", "liquidated_notional", "liquidated_count", "bad_debt"]
    columns = ["point", "replicate", "seed", *keys, *outputs, "cascade", "status", "error", "wall_s"]
    frame = pd.DataFrame(rows, columns=columns)
    points = pd.DataFrame([dict(zip(keys, at, strict=True)) for at in grid], columns=keys)
    for key in keys:
        if all(isinstance(value, int | float) for value in values[key]):
            frame[key], points[key] = frame[key].astype(float), points[key].astype(float)
    frame.attrs["units"] = UNITS
    points.index.name = "point"
    overrides = points.to_dict("records")
    base = block_book() if scenario is None else scenario
    return SimpleNamespace(
        sweep=SimpleNamespace(name=name, design=design, seed=seed, varied={}, base=base, replicates=replicates),
        frame=frame,
        points=points,
        keys=keys,
        overrides=overrides,
        threshold=threshold,
        scenario_at=lambda point: base.with_overrides(overrides[point]),
    )


def block_book(**longs: Any) -> cs.Scenario:
    """One sale of 20M into a book that does not refill, above longs: by default a uniform map over 50 %."""
    crowd = longs or {"traders": 200, "liquidation": {"kind": "uniform", "to": "50%"}}
    return cs.Scenario(
        name="block book",
        clock={"start": "2025-01-01T00:00:00Z", "duration": "3min"},
        market={"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
        exchange={"adl": False, "maintenance": {"rate": "0.5%"}},
        crowd={"longs": {"side": "long", "open_interest": "500M", **crowd}},
        flow={"orders": [{"at": "1min", "sell": "20M"}]},
    )


def leverage_scenario(traders: int = 500) -> Any:
    """A crowd with lognormal leverage below a block book, and one sale."""
    leverage = {"kind": "lognormal", "mean": 15, "sigma": 0.5, "cap": 60}
    return block_book(traders=traders, leverage=leverage, entry={"kind": "lognormal", "width": "1%"})


def leverage_fall(rng: np.random.Generator, mean: float, notional: float) -> float:
    """Falls that turn into cascades where leverage is high and the book thin."""
    ratio = mean / 18.0 * (20e6 / notional) ** 0.6 * np.exp(0.25 * rng.normal())
    return float(np.clip(0.04 / max(1.0 - ratio, 0.05), 0.01, 0.75))


def leverage_sweep(**settings: Any) -> SimpleNamespace:
    values = {LEVERAGE: list(np.linspace(5, 50, 10)), DEPTH: [5e6, 10e6, 20e6, 40e6, 80e6]}
    return sweep_result(values, leverage_fall, **{"scenario": leverage_scenario(), **settings})


def uniform_sweep(**settings: Any) -> SimpleNamespace:
    """Open interest against depth over a uniform map: R = OI / (span D), span 0.5 and D = notional / (1 % price)."""
    values = {OPEN_INTEREST: list(np.geomspace(2e8, 2e9, 4)), DEPTH: list(np.geomspace(5e6, 80e6, 4))}

    def fall(rng: np.random.Generator, open_interest: float, notional: float) -> float:
        depth = notional / 0.01
        ratio = open_interest / 0.5 / depth * np.exp(0.15 * rng.normal())
        push = 20e6 / depth
        return float(-np.expm1(-(push / (1.0 - ratio) if ratio < 1.0 - push else push + open_interest / depth)))

    return sweep_result(values, fall, name="A uniform map", **settings)


def shock_fall(rng: np.random.Generator, sell: float) -> float:
    return float(np.clip(0.02 + sell / 2e9 * (1 + 9 * (sell > 9e7 * np.exp(0.3 * rng.normal()))), 0.0, 0.9))


def shock_sweep(**settings: Any) -> SimpleNamespace:
    values = {"flow.orders.0.sell": list(np.geomspace(10e6, 320e6, 11))}
    return sweep_result(values, shock_fall, name="How large a sale", **{"replicates": 30, **settings})


VENUES = ("binance_usdm", "bitmex_2020", "bybit", "dydx_v4", "hyperliquid", "okx")


def venue_sweep(**settings: Any) -> SimpleNamespace:
    """Six venues and five sales; two points of one venue fail, and one venue never falls."""

    def fall(rng: np.random.Generator, extends: str, sell: float) -> float | None:
        if extends.endswith("dydx_v4") and sell > 5e7:
            return None
        if extends.endswith("okx"):
            return 0.01
        return float(np.clip(sell / 4e8 * (1.0 + len(extends) / 18.0) * np.exp(0.4 * rng.normal()), 0.0, 0.9))

    values = {
        "exchange.extends": [f"venues/{name}" for name in VENUES],
        "flow.orders.0.sell": [1e7, 2e7, 4e7, 8e7, 1.6e8],
    }
    return sweep_result(values, fall, name="Six venues, one sale", **settings)
