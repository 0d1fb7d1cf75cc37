"""Write the tables of docs/replay.md: two tracked events and their reruns under other rules, over seeds.

Run ``python docs/make/replay.py DIR`` with a folder that holds the recorded one-minute bars (two minutes), or name the
tables to write: ``python docs/make/replay.py DIR may_2021``.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.text_table import shown

PAGE = Path(__file__).parent.parent / "replay.md"
SEEDS = 10
FIGURES = (
    "max_drawdown",
    "low_mark",
    "liquidated_count",
    "liquidated_notional",
    "open_interest_cleared",
    "losses_paid",
    "feedback_share",
    "absorbed_share",
)
EVENTS: dict[str, dict[str, Any]] = {
    "may_2021": {"flow.replay.file": "may2021_BTCUSDT_binance-spot_1m.csv"},
    "october_2025": {
        "flow.replay.file": "oct2025_BTCUSDT_binance-usdm-perp_1m.csv",
        "clock.start": "2025-10-10T20:46:00Z",
        "clock.duration": "94min",
        "market.price": 116975.9,
    },
}


def tracked(name: str, folder: Path) -> cs.Scenario:
    """Return an event that tracks recorded minutes, the index moved by the news that is solved for."""
    changes = dict(EVENTS[name])
    file = folder / changes.pop("flow.replay.file")
    if not file.is_file():
        raise SystemExit(f"{file}: there is no such file; give the folder with the recorded minutes")
    replay = {"mode": "tracked", "push": "news", "file": str(file.resolve())}
    return cs.load_scenario(name).with_overrides(
        {"market.index.path": {"kind": "constant"}, "flow.replay": replay, "record": {"every": "10s"}, **changes}
    )


def event_table(name: str, folder: Path) -> str:
    """Return one row a variant, each figure its median over seeds with the least and the greatest."""
    result = cs.compare(tracked(name, folder), seeds=SEEDS)
    base = result.frame[result.frame["variant"] == result.variants[0]]
    ticks, error = base["tracked_ticks"].iloc[0], base["tracking_error"].max()
    absorbed = base["absorbed_ticks"]
    rows = []
    for variant in result.variants:
        own = result.frame[result.frame["variant"] == variant]
        rows.append([f"`{variant}`", *(_cell(own[key].dropna(), result.units[key]) for key in FIGURES)])
    return (
        f"{markdown(['', *(f'`{key}`' for key in FIGURES)], rows)}\n\n"
        f"Medians of {SEEDS} seeds, below them the least and the greatest. {ticks:,.0f} ticks are tracked, the mid at "
        f"most {error:.0e} from the recorded price; {absorbed.median():,.0f} of them needed absorption "
        f"({absorbed.min():,.0f} to {absorbed.max():,.0f})."
    )


def _cell(values: Any, unit: str) -> str:
    if not len(values):
        return "–"
    three = values.min(), values.median(), values.max()
    low, middle, high = (shown(round(value) if unit == "count" else float(value), unit) for value in three)
    return middle if low == high else f"{middle}<br>{low} to {high}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("give the folder with the recorded minutes: python docs/make/replay.py DIR")
    made = {name: partial(event_table, name, Path(sys.argv[1])) for name in EVENTS}
    write_tables(PAGE, made, sys.argv[2:])
