"""A stand-in run with two lending pools beside the exchange, made without the engine.

Ether falls by more than half within six hours and comes back a little. ``aave`` is repaid by halves at an oracle that
follows at once; ``maker`` auctions whole loans at an oracle that comes every hour and is an hour late, and while the
chain is congested some go for nothing.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from plots.stand_ins import clock_of, quiet_frame, scenario_of

START = 200.0
ROWS, ROW_S = 480, 60.0
LATE, AUCTION = 60, 10
HOURS = [0.0, 1.0, 1.6, 3.0, 3.6, 4.4, 5.0, 6.0, 8.0]
PRICES = [200.0, 190.0, 158.0, 163.0, 128.0, 92.0, 97.0, 106.0, 131.0]
LENT = {
    "aave": {"threshold": 0.825, "bonus": 0.05, "debt": 60e6, "loans": 160},
    "maker": {"threshold": 2 / 3, "bonus": 0.13, "debt": 90e6, "loans": 220},
}
ACTION = [
    "tick",
    "time",
    "block",
    "action",
    "pool",
    "loan",
    "keeper",
    "keeper_number",
    "auction",
    "quantity",
    "paid",
    "oracle",
    "mid",
    "sold",
    "value",
    "health",
    "health_after",
    "toxic",
    "bad_debt",
    "gas",
    "collateral_left",
    "debt_left",
]


def loans_of_a_pool(name: str, seed: int = 4) -> pd.DataFrame:
    """Loans whose health factor less one is lognormal around 1.55."""
    rng = np.random.default_rng([seed, len(name)])
    pool, count = LENT[name], int(LENT[name]["loans"])
    health = 1.0 + 0.55 * np.exp(0.6 * rng.normal(size=count))
    debt = rng.pareto(1.5, count) + 0.3
    debt *= pool["debt"] / debt.sum()
    collateral = debt * health / (START * pool["threshold"])
    table = {"pool": name, "loan": np.arange(count), "collateral": collateral, "debt": debt}
    return pd.DataFrame({**table, "threshold": pool["threshold"], "health": health})


def action_of(row: int, action: str, pool: str, loan: int, **what: float) -> dict[str, object]:
    blank = dict.fromkeys(ACTION, np.nan)
    fixed = {"tick": row, "block": row, "action": action, "pool": pool, "loan": loan, "keeper": "bots"}
    return {**blank, **fixed, "keeper_number": 0, "auction": -1, "toxic": False, "bad_debt": 0.0, **what}


def lending_run() -> SimpleNamespace:
    """Return the run, with everything that the contract of lending says a run has."""
    clock = clock_of("2020-03-12T06:00:00Z", ROWS * ROW_S, ROW_S)
    hours = (np.arange(ROWS) + 1) * ROW_S / 3600
    mid = np.interp(hours, HOURS, PRICES)
    share = np.clip(1.0 - 0.93 * np.exp(-0.5 * ((hours - 4.5) / 0.75) ** 2), 0.07, 1.0)
    frame = quiet_frame(clock, ROWS, START)
    frame["tick"] = np.arange(ROWS)
    for name in ("mark", "mid", "bid", "ask"):
        frame[name] = mid
    frame["index"] = np.interp(hours, HOURS, np.add(PRICES, [0, 0, 2, 0, 3, 4, 1, 0, 0]))
    frame["forced_sell"] = np.where(np.gradient(mid) < -0.3, 3_000.0, 0.0)
    late = np.concatenate([np.full(LATE, START), mid[:-LATE]])
    oracle = {"aave": np.round(mid / 1.0) * 1.0, "maker": np.repeat(late[::LATE], LATE)}
    loans, actions, auctions = [], [], []
    for name in LENT:
        table = loans_of_a_pool(name)
        made, held = (_calls if name == "aave" else _auctions)(table, oracle[name], mid, share)
        actions += made
        auctions += held
        loans.append(table)
        _levels(frame, name, table, made, held, oracle[name])
    lending = pd.DataFrame(actions, columns=ACTION).sort_values("tick", kind="stable").reset_index(drop=True)
    lending["time"] = frame.index[lending["tick"].to_numpy()]
    frame["gas_price"], frame["chain_capacity"] = 20.0 / share, share
    frame["keeper_profit"] = 2e5 * hours + np.cumsum(np.where(share < 0.2, 1.4e4, 0.0))
    frame["keeper_sold"] = np.where(frame["forced_sell"] > 0, 900.0, 0.0)
    frame["keeper_inventory"] = np.where(share < 0.3, 2_000.0, 0.0)
    scenario = scenario_of("Lending beside a perpetual", clock, "linear", START)
    scenario.lending = [
        SimpleNamespace(name="aave", kind="fixed_spread", threshold=0.825, bonus=0.05, backstop=_backstop(1e6)),
        SimpleNamespace(name="maker", kind="flip", threshold=2 / 3, penalty=0.13, backstop=None),
    ]
    run = SimpleNamespace(
        timeline=frame,
        lending=lending,
        loans=pd.concat(loans, ignore_index=True),
        auctions=pd.DataFrame(auctions),
        keepers=pd.DataFrame({"cohort": ["bots"], "number": [0], "profit": [frame["keeper_profit"].iloc[-1]]}),
        scenario=scenario,
        summary={},
        seed=0,
        counterfactuals={},
        crowd_map=None,
        heatmap=None,
        push=None,
        liquidations=pd.DataFrame(),
    )
    run.summary = _summary(run)
    return run


def _backstop(capital: float) -> SimpleNamespace:
    return SimpleNamespace(kind="safety_module", capital=capital)


def _calls(table: pd.DataFrame, oracle: np.ndarray, mid: np.ndarray, share: np.ndarray) -> tuple[list, list]:
    """Repay half of what is under one, once a row; beyond the collateral the rest is lost. None while congested."""
    c, d = table["collateral"].to_numpy().copy(), table["debt"].to_numpy().copy()
    threshold, bonus = LENT["aave"]["threshold"], LENT["aave"]["bonus"]
    made = []
    for row, price in enumerate(oracle):
        if share[row] < 0.6:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            health = np.where(d > 0, c * price * threshold / d, np.inf)
        for loan in np.flatnonzero(health < 1.0):
            repay = min(0.5 * d[loan], c[loan] * price / (1 + bonus))
            seized = min(repay * (1 + bonus) / price, c[loan])
            c[loan], d[loan] = c[loan] - seized, d[loan] - repay
            lost = 0.0
            if c[loan] <= 1e-9 * seized:
                lost, c[loan], d[loan] = d[loan], 0.0, 0.0
            after = c[loan] * price * threshold / d[loan] if d[loan] > 0 else np.inf
            what = {"quantity": seized, "paid": repay, "oracle": price, "mid": mid[row], "sold": seized}
            what |= {"health": health[loan], "health_after": after, "toxic": after < health[loan], "bad_debt": lost}
            left = {"collateral_left": c[loan], "debt_left": d[loan]}
            made.append(action_of(row, "liquidated", "aave", int(loan), **what, **left))
    table["collateral_end"], table["debt_end"] = c, d
    return made, []


def _auctions(table: pd.DataFrame, oracle: np.ndarray, mid: np.ndarray, share: np.ndarray) -> tuple[list, list]:
    """Auction every loan under one whole; a third of them for nothing while the chain is congested."""
    c, d = table["collateral"].to_numpy().copy(), table["debt"].to_numpy().copy()
    threshold = LENT["maker"]["threshold"]
    made, held = [], []
    start = pd.Timestamp("2020-03-12T06:00:00Z")
    for row in range(ROWS - AUCTION):
        with np.errstate(divide="ignore", invalid="ignore"):
            health = np.where(d > 0, c * oracle[row] * threshold / d, np.inf)
        for loan in np.flatnonzero(health < 1.0):
            lot, owed, number = c[loan], d[loan], len(held)
            c[loan] = d[loan] = 0.0
            left = {"collateral_left": 0.0, "debt_left": 0.0, "auction": number, "oracle": oracle[row], "mid": mid[row]}
            what = {"quantity": lot, "paid": 0.0, "health": health[loan], "health_after": np.inf}
            made.append(action_of(row, "kicked", "maker", int(loan), **what, **left))
            end = row + AUCTION
            value = lot * mid[end]
            bid = 0.0 if share[end] < 0.66 and loan % 3 == 0 else min(1.13 * owed, 0.97 * value)
            what = {"quantity": lot, "paid": bid, "bad_debt": max(owed - bid, 0.0)}
            made.append(action_of(end, "dealt", "maker", int(loan), **what, **left))
            opened, ended = (start + pd.Timedelta(seconds=(at + 1) * ROW_S) for at in (row, end))
            held.append(
                {"pool": "maker", "loan": int(loan), "opened": opened, "ended": ended, "start_lot": lot,
                 "start_tab": 1.13 * owed, "debt": owed, "bids": 1, "restarts": 0, "bid": bid, "winner": "bots",
                 "returned": 0.0, "value": value}
            )  # fmt: skip
    table["collateral_end"], table["debt_end"] = c, d
    return made, held


def _levels(frame: pd.DataFrame, name: str, table: pd.DataFrame, made: list, held: list, oracle: np.ndarray) -> None:
    """Write the pool's columns of the timeline."""
    collateral, debt = table["collateral"].to_numpy().copy(), table["debt"].to_numpy().copy()
    levels = np.zeros((5, ROWS))
    by_row: dict[int, list] = {}
    for action in made:
        by_row.setdefault(action["tick"], []).append(action)
    liquidated = lost = 0.0
    waiting = 0
    for row in range(ROWS):
        for action in by_row.get(row, []):
            lost += action["bad_debt"]
            waiting += {"kicked": 1, "dealt": -1}.get(action["action"], 0)
            if action["action"] != "kicked":
                liquidated += action["quantity"] * frame["mid"].iloc[row]
            if action["action"] != "dealt":
                collateral[action["loan"]], debt[action["loan"]] = action["collateral_left"], action["debt_left"]
        levels[:, row] = liquidated, lost, collateral.sum(), debt.sum(), waiting
    frame[f"oracle_{name}"] = oracle
    for column, values in zip(("liquidated", "bad_debt", "collateral", "debt", "auctions"), levels, strict=True):
        frame[f"{column}_{name}"] = values


def _summary(run: SimpleNamespace) -> dict[str, object]:
    frame, summary = run.timeline, {"status": "completed", "max_drawdown": 0.54, "max_runup": 0.19}
    summary |= {"liquidated_notional": 4.1e7, "liquidated_count": 900}
    covered = 0.0
    for pool in run.scenario.lending:
        name, lost = pool.name, float(frame[f"bad_debt_{pool.name}"].iloc[-1])
        mine = run.lending[run.lending["pool"] == name]
        paid = min(lost, pool.backstop.capital) if pool.backstop else 0.0
        covered += paid
        summary |= {
            f"{name}_liquidated": float(frame[f"liquidated_{name}"].iloc[-1]),
            f"{name}_liquidations": int(mine["action"].isin(["liquidated", "dealt"]).sum()),
            f"{name}_repaid": float(mine["paid"].sum()),
            f"{name}_bad_debt": lost,
            f"{name}_covered": paid,
            f"{name}_toxic": int(mine["toxic"].sum()),
        }
    free = run.auctions["bid"] < 1e-3 * run.auctions["value"]
    summary |= {"maker_zero_bids": int(free.sum()), "maker_zero_bid_value": float(run.auctions["value"][free].sum())}
    summary |= {
        "lending_liquidated": summary["aave_liquidated"] + summary["maker_liquidated"],
        "lending_bad_debt": summary["aave_bad_debt"] + summary["maker_bad_debt"],
        "lending_covered": covered,
        "keeper_profit": float(frame["keeper_profit"].iloc[-1]),
        "gas_price_high": float(frame["gas_price"].max()),
    }
    return summary


def coupled_run() -> SimpleNamespace:
    """Return a run with the three counterfactuals that leave out one side or both."""
    run = lending_run()
    run.summary |= {"max_drawdown": 0.54}
    sides = {
        "no_lending": {"max_drawdown": 0.41, "liquidated_notional": 2.6e7, "lending_liquidated": None},
        "no_exchange_liquidations": {
            "max_drawdown": 0.38,
            "liquidated_notional": 0.0,
            "lending_liquidated": 8.8e7,
            "lending_bad_debt": 4e6,
        },
        "neither": {"max_drawdown": 0.33, "liquidated_notional": 0.0, "lending_liquidated": None},
    }
    run.counterfactuals = {
        name: SimpleNamespace(summary=summary, timeline=run.timeline) for name, summary in sides.items()
    }
    return run
