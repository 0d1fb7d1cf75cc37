"""What happened on the chain as data frames: actions, auctions, keepers, loans, and its part of other frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.engine.frames import tick_times
from cascade_sim.engine.lending_units import ACTION_UNITS, AUCTION_UNITS, KEEPER_UNITS, LOAN_UNITS, chain_columns
from cascade_sim.engine.world import World
from cascade_sim.kernels import lending_state as k
from cascade_sim.kernels.lending_state import Lending
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

ACTIONS = ("liquidated", "kicked", "bid", "lowered", "dealt", "taken", "restarted", "sold")
# Actions that take collateral from a borrower for good.
ENDING = (k.LIQUIDATED, k.DEALT, k.TAKEN)
LIQUIDATION_KINDS = ("position", "fixed_spread", "auction")


def add_chain_columns(timeline: pd.DataFrame, world: World, scenario: Scenario) -> None:
    """Add to a timeline what was recorded of the chain, in place; nothing where nobody lends."""
    if world.lending is None:
        return
    for place, (name, unit) in enumerate(chain_columns(scenario).items()):
        column = world.lending.rows[: len(timeline), place]
        timeline[name] = column.astype(np.int64) if name.startswith("auctions_") else column.copy()
        timeline.attrs["units"][name] = unit


def chain_now(world: World) -> list[float]:
    """Return what a recorded row would say of the chain at this moment, between two recorded rows too."""
    lending, mark = world.lending, float(world.state["mark"][0])
    if lending is None:
        return []
    chain, keepers = lending.chain[0], lending.keepers.tolist()
    place = {name: number for number, name in enumerate(k.KEEPER.names or ())}
    cash, capital, quantity = place["cash"], place["capital"], place["quantity"]
    profit = inventory = 0.0
    for each in keepers:  # in the order in which the kernel adds
        profit += each[cash] - each[capital] + each[quantity] * mark
        inventory += each[quantity]
    found = [float(chain["gas_now"]), float(chain["share"]), profit, inventory]
    for pool in lending.pools:
        found += [float(pool[name]) for name in ("oracle", "liquidated", "bad_debt", "collateral", "debt")]
        found.append(int(pool["open"]))
    return found


def _names(names: list[str], places: np.ndarray) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(places, categories=names)


def _pools(scenario: Scenario) -> list[str]:
    return [pool.name for pool in scenario.lending]


def _keeper(lending: Lending, row: np.ndarray, column: str) -> np.ndarray:
    """Return a column of the keepers for some of their rows; -1 where it is nobody."""
    if not lending.keepers.size:
        return np.full(row.size, k.NOBODY)
    return np.where(row >= 0, lending.keepers[column][row], k.NOBODY)


def actions_of(lending: Lending) -> np.ndarray:
    """Return the rows of what was done on the chain."""
    return lending.actions[: int(lending.chain["actions"][0])]


def actions_frame(world: World, scenario: Scenario) -> pd.DataFrame | None:
    """Return one row for everything done on the chain, in that order; None where nobody lends."""
    import pandas as pd

    lending = world.lending
    if lending is None:
        return None
    rows = actions_of(lending)
    columns: dict[str, Any] = {
        "tick": rows["tick"].astype(np.int64),
        "time": tick_times(scenario, rows["tick"]),
        "block": rows["block"].astype(np.int64),
        "action": _names(list(ACTIONS), rows["what"]),
        "pool": _names(_pools(scenario), rows["pool"]),
        "loan": rows["loan"].astype(np.int64),
        "keeper": _names(list(scenario.keepers), _keeper(lending, rows["keeper"], "cohort")),
        "keeper_number": _keeper(lending, rows["keeper"], "place").astype(np.int64),
        "auction": rows["auction"].astype(np.int64),
    }
    for name in ("quantity", "paid", "oracle", "mid", "sold", "value", "health", "health_after"):
        columns[name] = rows[name].copy()
    columns["toxic"] = rows["toxic"] > 0
    for name in ("bad_debt", "gas", "collateral_left", "debt_left"):
        columns[name] = rows[name].copy()
    frame = pd.DataFrame(columns)
    frame.attrs["units"] = dict(ACTION_UNITS)
    return frame


def auctions_frame(world: World, scenario: Scenario) -> pd.DataFrame | None:
    """Return one row an auction, in the order in which they were opened; None where nobody lends."""
    import pandas as pd

    lending = world.lending
    if lending is None:
        return None
    rows = lending.auctions[: int(lending.chain["auctions"][0])]
    ended = tick_times(scenario, np.maximum(rows["ended"], 0))
    frame = pd.DataFrame(
        {
            "pool": _names(_pools(scenario), rows["pool"]),
            "loan": lending.index[rows["slot"]].astype(np.int64),
            "opened": tick_times(scenario, rows["first_kicked"]),
            "ended": ended.where(rows["ended"] != k.NOBODY),
            "start_lot": rows["start_lot"].copy(),
            "start_tab": rows["start_tab"].copy(),
            "debt": rows["principal"].copy(),
            "bids": rows["bids"].astype(np.int64),
            "restarts": rows["restarts"].astype(np.int64),
            "bid": rows["bid"].copy(),
            "winner": _names(list(scenario.keepers), _keeper(lending, rows["bidder"], "cohort")),
            "returned": rows["returned"].copy(),
            "value": rows["value"].copy(),
        }
    )
    frame.attrs["units"] = dict(AUCTION_UNITS)
    return frame


def keepers_frame(world: World, scenario: Scenario) -> pd.DataFrame | None:
    """Return one row a keeper, cohort after cohort; None where nobody lends."""
    import pandas as pd

    if world.lending is None:
        return None
    rows = world.lending.keepers
    rows = rows[np.lexsort((rows["place"], rows["cohort"]))]
    mark = float(world.state["mark"][0])
    frame = pd.DataFrame(
        {
            "cohort": _names(list(scenario.keepers), rows["cohort"]),
            "number": rows["place"].astype(np.int64),
            "gas_limit": rows["gas_limit"].copy(),
            "capital": rows["capital"].copy(),
            "cash": rows["cash"].copy(),
            "inventory": rows["quantity"].copy(),
            "sold": rows["sold"].copy(),
            "gas": rows["gas_paid"].copy(),
            "actions": rows["actions"].astype(np.int64),
            "profit": rows["cash"] - rows["capital"] + rows["quantity"] * mark,
        }
    )
    frame.attrs["units"] = dict(KEEPER_UNITS)
    return frame


def loans_frame(world: World, scenario: Scenario) -> pd.DataFrame | None:
    """Return one row a loan, pool after pool as they were built; None where nobody lends."""
    import pandas as pd

    lending, loans = world.lending, world.loans
    if lending is None or loans is None:
        return None
    sizes = [each.debt.size for each in loans]
    collateral, debt, threshold = (np.concatenate([each[place] for each in loans]) for place in range(3))
    place = lending.index + np.repeat(lending.pools["first"], sizes)
    ends = [np.empty(place.size), np.empty(place.size)]
    for end, now in zip(ends, (lending.collateral, lending.debt), strict=True):
        end[place] = now
    frame = pd.DataFrame(
        {
            "pool": _names(_pools(scenario), np.repeat(np.arange(len(sizes)), sizes)),
            "loan": np.concatenate([np.arange(size) for size in sizes]),
            "collateral": collateral,
            "debt": debt,
            "threshold": threshold,
            "health": collateral * scenario.market.price * threshold / debt,
            "collateral_end": ends[0],
            "debt_end": ends[1],
        }
    )
    frame.attrs["units"] = dict(LOAN_UNITS)
    return frame


def with_chain_liquidations(frame: pd.DataFrame, world: World, scenario: Scenario) -> pd.DataFrame:
    """Return the liquidations of positions with those of loans among them, told apart by a column ``kind``.

    Rows stand in the order of ticks, those of the chain before the venue's of the same tick. A frame without lending
    is returned as it is.

    Notes
    -----
    A loan's trigger is ``debt / (collateral LT) = oracle / HF`` before the liquidation, its bankruptcy price
    ``debt / collateral``.
    """
    import pandas as pd

    lending, loans = world.lending, world.loans
    if lending is None or loans is None:
        return frame
    rows = actions_of(lending)
    rows = rows[np.isin(rows["what"], ENDING)]
    called = rows["what"] == k.LIQUIDATED
    first = np.concatenate([[0], np.cumsum([each.threshold.size for each in loans])])
    threshold = np.concatenate([each.threshold for each in loans])[first[rows["pool"]] + rows["loan"]]
    trigger = np.where(called, rows["oracle"] / rows["health"], np.nan)
    cohorts = list(dict.fromkeys([*frame["cohort"].cat.categories, *_pools(scenario)]))
    number = np.array([cohorts.index(name) for name in _pools(scenario)], np.int64)
    kinds = list(LIQUIDATION_KINDS)
    with np.errstate(divide="ignore", invalid="ignore"):
        fill = np.where(rows["sold"] > 0.0, rows["value"] / rows["sold"], np.nan)
    columns = {
        "tick": rows["tick"].astype(np.int64),
        "time": tick_times(scenario, rows["tick"]),
        "kind": _names(kinds, np.where(called, 1, 2)),
        "trader": rows["loan"].astype(np.int64),
        "cohort": _names(cohorts, number[rows["pool"]]),
        "side": _names(list(frame["side"].cat.categories), np.zeros(rows.size, np.int8)),
        "quantity": rows["quantity"].copy(),
        "trigger_price": trigger,
        "bankruptcy_price": trigger * threshold,
        "fill_price": fill,
        "round": np.zeros(rows.size, np.int64),
        "fund_change": np.zeros(rows.size),
    }
    positions = frame.assign(cohort=frame["cohort"].cat.set_categories(cohorts))
    positions.insert(2, "kind", _names(kinds, np.zeros(len(frame), np.int8)))
    both = pd.concat([pd.DataFrame(columns), positions], ignore_index=True)
    both = both.iloc[np.argsort(both["tick"].to_numpy(), kind="stable")].reset_index(drop=True)
    both.attrs["units"] = {**frame.attrs["units"], "kind": "position, fixed_spread or auction"}
    both.attrs["units"] = {name: both.attrs["units"][name] for name in both.columns}
    return both


def only_positions(liquidations: pd.DataFrame) -> pd.DataFrame:
    """Return the liquidations of positions on the exchange, without those of loans; see `with_chain_liquidations`."""
    if "kind" not in liquidations:
        return liquidations
    return liquidations[liquidations["kind"] == "position"]
