"""The recording as data frames, with units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.kernels.depth import depth_within
from cascade_sim.kernels.state import ROW, SHAPE_INFINITE
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.crowd import Crowd

PRICE, QUANTITY, MONEY, COUNT, SHARE = "quote per base", "quantity", "margin currency", "count", "fraction"

TIMELINE_UNITS = {
    "tick": "index of the row's last tick, from 0",
    "mark": PRICE,
    "index": PRICE,
    "mid": PRICE,
    "bid": PRICE,
    "ask": PRICE,
    "depth_multiplier": "share of the full depth",
    "bid_depth": "quote notional within 1 % of the best bid, the makers'",
    "ask_depth": "quote notional within 1 % of the best ask, the makers'",
    "flow": QUANTITY,
    "forced_sell": QUANTITY,
    "forced_buy": QUANTITY,
    "liquidations_long": COUNT,
    "liquidations_short": COUNT,
    "rounds": COUNT,
    "open_interest": QUANTITY,
    "insurance_fund": MONEY,
    "adl": QUANTITY,
    "bad_debt": MONEY,
    "funding_rate": "fraction of notional, as quoted at the last payment; positive: longs pay",
    "engine_inventory": f"{QUANTITY}, long positive",
    "halted": "ticks of the row without trading",
    "ledger_error": "fraction of the starting open interest",
    "entries": QUANTITY,
    "exits": f"{QUANTITY}, closed by stop-loss and take-profit orders and of their owners' will",
    "top_ups": MONEY,
    "vault_taken": QUANTITY,
    "vault_inventory": f"{QUANTITY}, long positive",
    "vault_profit": f"{MONEY}, inventory at the mark",
    "fees": f"{MONEY}, taker fees since the start",
    "absorbed": f"{QUANTITY} bought (sold: negative) after forced trades, back to the recorded price",
    "keeper_sold": f"{QUANTITY}, collateral that keepers sold in the market",
}

# Columns of the rows that belong to rules which most scenarios leave off.
TURNOVER_COLUMNS = ("entries", "exits", "top_ups")
VAULT_COLUMNS = ("vault_taken", "vault_inventory", "vault_profit")
DEPTH_WITHIN = 0.01

LIQUIDATION_UNITS = {
    "tick": "index of the tick, from 0",
    "time": "end of the tick, UTC",
    "trader": "index in the cohort, or the row of the positions file",
    "cohort": "name",
    "side": "long or short",
    "quantity": QUANTITY,
    "trigger_price": PRICE,
    "bankruptcy_price": PRICE,
    "fill_price": f"{PRICE}, average; NaN while unfilled",
    "round": "round of the tick, from 1",
    "fund_change": MONEY,
}

CROWD_UNITS = {
    "side": "+1 long, -1 short",
    "trigger_price": f"{PRICE}; 0 or infinity: never",
    "quantity": QUANTITY,
    "leverage": "ratio of entry notional to collateral",
    "cohort": "name",
}


def units_of(table: dict[str, str], scenario: Scenario) -> dict[str, str]:
    """Name the contract's units: base or contracts for quantities, quote or base for money."""
    inverse = scenario.market.contract == "inverse"
    quantity, money = ("contracts", "base") if inverse else ("base", "quote")
    return {column: unit.replace(QUANTITY, quantity).replace(MONEY, money) for column, unit in table.items()}


def tick_times(scenario: Scenario, ticks: np.ndarray) -> pd.DatetimeIndex:
    """Return the ends of ticks as UTC times (a tick's stamp is its end)."""
    import pandas as pd

    start = np.datetime64(scenario.clock.start.replace(tzinfo=None), "ns")
    offsets = np.rint((ticks.astype(np.float64) + 1.0) * scenario.clock.tick * 1e9).astype("timedelta64[ns]")
    return pd.DatetimeIndex(start + offsets, name="time").tz_localize("UTC")


def columns_left_out(world: World) -> list[str]:
    """Return the columns of rules that this world does not have."""
    rules = world.rules[0]
    out: list[str] = []
    if not rules["moving"]:
        out.extend(TURNOVER_COLUMNS)
    if rules["absorb_share"] == 0.0:
        out.extend(VAULT_COLUMNS)
    if rules["taker_fee"] == 0.0:
        out.append("fees")
    if not rules["replay"]:
        out.append("absorbed")
    if world.lending is None:
        out.append("keeper_sold")
    return out


def timeline_frame(world: World, scenario: Scenario) -> pd.DataFrame:
    """Return one row per recorded tick that is done, indexed by UTC time.

    Prices and levels are those at the row's end; flows and counts are sums over its ticks. Units are in
    ``frame.attrs["units"]``.
    """
    import pandas as pd

    row_ticks = int(world.rules["row_ticks"][0])
    done = world.log.rows.shape[0] if world.tick == world.ticks else world.tick // row_ticks
    last = np.minimum((np.arange(done, dtype=np.int64) + 1) * row_ticks, world.ticks) - 1
    frame = pd.DataFrame(world.log.rows[:done].copy(), columns=list(ROW), index=tick_times(scenario, last))
    frame.insert(0, "tick", last)
    _replace_distances(frame, world)
    for column in ("liquidations_long", "liquidations_short", "rounds", "halted"):
        frame[column] = frame[column].astype(np.int64)
    frame.insert(frame.columns.get_loc("engine_inventory"), "funding_rate", frame.pop("funding_rate"))
    frame = frame.drop(columns=columns_left_out(world))
    units = units_of(TIMELINE_UNITS, scenario)
    frame.attrs["units"] = {column: units[column] for column in frame.columns}
    return frame


def _replace_distances(frame: pd.DataFrame, world: World) -> None:
    """Say how deep the book is instead of how far it has been eaten; an infinite book has no depth to state."""
    place = frame.columns.get_loc("depth_multiplier")
    for side, direction in (("bid", -1.0), ("ask", 1.0)):
        distance = frame.pop(f"distance_{side}").to_numpy()
        if int(world.rules["shape"][0]) == SHAPE_INFINITE:
            continue
        place += 1
        depth = np.empty(len(frame))
        columns = frame[side].to_numpy(), distance, frame["depth_multiplier"].to_numpy()
        table = world.tape.table_distance, world.tape.table_quantity
        depth_within(world.rules, *table, direction, DEPTH_WITHIN, *columns, depth)
        frame.insert(place, f"{side}_depth", depth)


def average_price(quantity: np.ndarray, value: np.ndarray, inverse: bool) -> np.ndarray:
    """Average price from the integral of ``u dq``: its mean (linear), minus its reciprocal (inverse)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = np.where(quantity > 0.0, value / quantity, np.nan)
        return -1.0 / unit if inverse else unit


def liquidations_frame(world: World, scenario: Scenario, crowd: Crowd) -> pd.DataFrame:
    """Return one row per liquidation, in the order in which they fired.

    A position that was closed in several trades (or by deleveraging) has their average as its fill price.
    """
    import pandas as pd

    events = world.log.events[: int(world.state["events"][0])]
    inverse = scenario.market.contract == "inverse"
    position = events["position"].astype(np.int64)
    with np.errstate(divide="ignore"):
        bankruptcy = -1.0 / events["bankruptcy"] if inverse else events["bankruptcy"].copy()
    if inverse:
        bankruptcy[events["bankruptcy"] >= 0.0] = np.inf
    frame = pd.DataFrame(
        {
            "tick": events["tick"].astype(np.int64),
            "time": tick_times(scenario, events["tick"]),
            "trader": crowd.trader_of(position),
            "cohort": pd.Categorical.from_codes(crowd.cohort_of(position), categories=list(crowd.cohort_names)),
            "side": pd.Categorical.from_codes((events["side"] < 0).astype(np.int8), categories=["long", "short"]),
            "quantity": events["quantity"].copy(),
            "trigger_price": events["trigger"].copy(),
            "bankruptcy_price": bankruptcy,
            "fill_price": average_price(events["filled"], events["value"], inverse),
            "round": events["round"].astype(np.int64),
            "fund_change": events["fund_change"].copy(),
        }
    )
    frame.attrs["units"] = units_of(LIQUIDATION_UNITS, scenario)
    return frame
