"""Write the tables and pictures of docs/sweeps.md: eight questions, each answered by a bundled sweep.

Run ``python docs/make/sweeps.py`` after a sweep, the engine or a picture has changed (about four minutes), or name the
tables to write: ``python docs/make/sweeps.py cliffs jumps``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pictures import write_picture
from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.plots.sweep_axis import SweepAxis
from cascade_sim.plots.sweep_least import least_of

PAGE = Path(__file__).parent.parent / "sweeps.md"
LEVERAGE, DEPTH = "crowd.longs.leverage.mean", "market.book.depth.notional"
WIDTH, DISTANCE = "crowd.longs.liquidation.width", "crowd.longs.liquidation.at"
VENUE, LOW = "exchange.extends", "market.index.path.points.2.1"
REFILL = {"market.book.refill.half_life": "5s"}
BOOKS: dict[str, dict[str, Any]] = {
    "block book": {},
    "refill, half-life 5 s": REFILL,
    "the same, withdrawal at 1 %": {**REFILL, "market.book.withdrawal.volatility": "1%"},
    "the same, withdrawal at 0.3 %": {**REFILL, "market.book.withdrawal.volatility": "0.3%"},
}
BONUS, SHORT = "lending.0.bonus", "pool_shortfall"
# What comes back of an eaten book within this time: half.
HALF_LIVES = ("1min", "2min", "5min", "10min", "20min")
KEYS = {
    "market.book.depth.notional": "depth",
    "flow.orders.0.sell": "sale",
    "crowd.longs.leverage.mean": "mean leverage",
    "crowd.longs.open_interest": "open interest",
}


@cache
def swept(name: str, book: str = "block book") -> cs.SweepResult:
    """Return the result of a bundled sweep, its scenario with another book if one is named."""
    return cs.sweep(cs.load_sweep(f"sweeps/{name}", BOOKS[book]), workers=None, progress=True)


def percent(share: float, digits: int = 1) -> str:
    """Write a fraction in per cent."""
    return f"{100 * share:.{digits}f} %"


def million(value: float, digits: int = 0) -> str:
    """Write money in millions."""
    return f"{value / 1e6:,.{digits}f}M"


def cliffs_table() -> str:
    """Return where the cliff lies in the leverage, and how deep falls are beyond it, for other books."""
    rows = []
    for words, changes in BOOKS.items():
        found = cs.cliff("sweeps/leverage", LEVERAGE, replicates=201, overrides=changes, workers=None)
        fall = swept("leverage", words).statistics().loc[58]
        rows.append([words, f"{found.value:.1f}", f"{found.low:.1f} to {found.high:.1f}", percent(fall["q50"], 0)])
    return markdown(["book", "cliff, leverage", "95 % interval", "median fall at 29.7 and 20M"], rows)


def critical_table() -> str:
    """Return the open interest at the cliff of the evenly spread crowd, for more and more traders, beside theory."""
    rows = []
    for traders in (500, 2_000, 10_000):
        changes = {"crowd.longs.traders": traders}
        key = "crowd.longs.open_interest"
        found = cs.cliff("sweeps/critical", key, 5e8, 4e9, replicates=201, overrides=changes, workers=None)
        rows.append([f"{traders:,}", million(found.value), f"{million(found.low)} to {million(found.high)}"])
    return markdown(["traders", "cliff, open interest", "95 % interval"], rows)


def jumps_table() -> str:
    """Return the largest step of the fall between neighbouring distances, by the width of the cluster."""
    frame = swept("clustering").frame
    rows = []
    for width in sorted(frame[WIDTH].unique())[::4]:
        falls = frame[frame[WIDTH] == width].sort_values(DISTANCE)["max_drawdown"]
        steps = -falls.diff().dropna()
        rows.append([percent(width), percent(falls.iloc[0]), percent(falls.iloc[-1]), percent(steps.max())])
    return markdown(["width", "fall at distance 2 %", "at 12 %", "largest step"], rows)


def venues_table() -> str:
    """Return what the venues' rules change in the middle one of three falls, run by run against the first."""
    result = swept("venues")
    points = result.points[result.points[LOW] == 54_600.0]
    table = result.statistics("max_drawdown")
    first = int(points.index[0])
    rows = []
    for point, venue in points[VENUE].items():
        adl = result.frame.loc[result.frame["point"] == point, "adl_notional"]
        cells = [f"`{venue.removeprefix('venues/')}`", percent(table.loc[point, "q50"])]
        cells += [f"{int(table.loc[point, 'cascade_probability'] * 8)} of 8", million(float(adl.median()))]
        if point == first:
            cells.append("–")
        else:
            found = result.difference(first, int(point), "liquidated_notional")
            cells.append(f"{million(found.mean)} ({million(found.low)} to {million(found.high)})")
        rows.append(cells)
    header = ["venue", "median fall", "beyond 12 %", "deleveraged, median", "liquidated beyond `binance_usdm` (95 %)"]
    return markdown(header, rows)


def indices_table() -> str:
    """Return Sobol's indices of the fall and of what is liquidated."""
    result = swept("shock")
    outputs = ("max_drawdown", "liquidated_notional")
    tables = {value: result.sobol(value) for value in outputs}
    rows = []
    for key, words in KEYS.items():
        cells = [words]
        for value in outputs:
            line = tables[value].loc[key]
            cells += [f"{line[name]:.2f} ± {line[f'{name}_conf']:.2f}" for name in ("S1", "ST")]
        rows.append(cells)
    return markdown(["key", "fall: S1", "fall: ST", "liquidated: S1", "liquidated: ST"], rows)


def risk_table() -> str:
    """Return value at risk, expected shortfall and liquidations at risk over the uncertain market."""
    result = swept("risk")
    line = result.risk(pooled=True).iloc[0]
    words = {
        "value_at_risk": "value at risk: 95th percentile of insolvent debt",
        "expected_shortfall": "expected shortfall: mean debt of the worst 5 %",
        "liquidations_at_risk": "liquidations at risk: 95th percentile of liquidated notional",
    }
    rows = [
        [text, f"{million(line[name])} USD", f"{million(line[f'{name}_low'])} to {million(line[f'{name}_high'])}"]
        for name, text in words.items()
    ]
    return markdown([f"within 30 min, {int(line['runs']):,} runs", "", "95 % interval"], rows)


def bonus_table() -> str:
    """Return the bonus that leaves lenders the least short, for books that come back faster and slower."""
    rows = []
    for half_life in HALF_LIVES:
        sweep = cs.load_sweep("sweeps/bonus", {"market.book.refill.half_life": half_life})
        frame = cs.sweep(sweep, workers=None).frame
        short = frame.groupby(BONUS)[SHORT].median()
        fall = frame.groupby(BONUS)["max_drawdown"].median()
        found = least_of(short.to_numpy())
        best = "–" if found is None else found.words(SweepAxis(BONUS, list(short.index), "linear", share=True))
        middle = short.idxmin()
        cells = [half_life.replace("min", " min"), best]
        cells += [million(short[at], 2) for at in (0.0, middle, 0.2)]
        rows.append([*cells, percent(fall[0.2])])
    heads = [
        "half-life of the refill",
        "least short at a bonus of",
        "short at 0 %",
        "at the best",
        "at 20 %",
        "fall at 20 %",
    ]
    return markdown(heads, rows)


TABLES: dict[str, Callable[[], str]] = {
    "critical": critical_table,
    "cliffs": cliffs_table,
    "jumps": jumps_table,
    "venues": venues_table,
    "indices": indices_table,
    "risk": risk_table,
    "bonus": bonus_table,
}
PICTURES: dict[str, Callable[[], Any]] = {
    "critical": lambda: cs.plots.sweep_map(swept("critical")),
    "leverage": lambda: cs.plots.sweep_map(swept("leverage")),
    "leverage_refill": lambda: cs.plots.sweep_map(swept("leverage", "the same, withdrawal at 0.3 %")),
    "clustering": lambda: cs.plots.sweep_map(swept("clustering"), value="max_drawdown"),
    "venues": lambda: cs.plots.sweep_map(swept("venues"), value="max_drawdown"),
    "shock": lambda: cs.plots.sobol_bars(swept("shock"), "max_drawdown"),
    "risk": lambda: cs.plots.survival_curves(swept("risk"), "liquidated_notional", by=LEVERAGE, average=True),
    "bonus": lambda: cs.plots.fan_chart(swept("bonus"), value=SHORT),
    "congestion": lambda: cs.plots.fan_chart(swept("congestion"), value="pool_bad_debt"),
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
    for picture, draw in PICTURES.items():
        if not sys.argv[1:] or picture in sys.argv[1:]:
            write_picture(draw(), f"sweeps/{picture}")
