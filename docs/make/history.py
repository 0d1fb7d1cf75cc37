"""Write the tables of docs/history.md: what was reported, what is simulated, and what the shared choices do.

Run ``python docs/make/history.py`` after a scenario or the engine has changed (about a minute), or name the tables to
write: ``python docs/make/history.py reported beside``. The tables ``resolution`` and ``tracked`` read recorded candles
from a folder ``shared/data/history`` beside the checkout.
"""

from __future__ import annotations

import functools
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, median_of, write_tables

import cascade_sim as cs
from cascade_sim.text_table import shown

PAGE = Path(__file__).parent.parent / "history.md"
RECORDED = Path(__file__).resolve().parents[3] / "shared/data/history"
EVENTS = ("march_2020", "may_2021", "october_2024", "october_2025")
SEEDS = range(1, 11)
FEWER_SEEDS = range(1, 4)
WITHOUT = "no_forced_selling"

FIGURES = (
    "low_mark",
    "low_time",
    "max_drawdown",
    "open_interest_cleared",
    "liquidated_notional",
    "liquidated_share_long",
    "half_recovery_s",
    "insurance_fund_used",
    "max_engine_inventory",
    "adl_notional",
    "amplification",
)
# Recorded candles, and what of an event they cover: its whole index, or (for the perpetual's minutes) a part.
CANDLES = {
    "march_2020": "mar2020_BTCUSDT_binance-spot_30m.csv",
    "may_2021": "may2021_BTCUSDT_binance-spot_1m.csv",
    "october_2024": "oct2024_BTCUSDT_binance-spot_5m.csv",
    "october_2025": "oct2025_BTCUSDT_binance-spot_5m.csv",
}
MINUTES_OF_2025 = {
    "clock.start": "2025-10-10T20:46:00Z",
    "clock.duration": "94min",
    "market.price": 116_975.9,
    "crowd.leveraged.entry": {"kind": "market"},
}
PERPETUAL_2025 = "oct2025_BTCUSDT_binance-usdm-perp_1m.csv"

# What is changed, in words, and how: keys, or a factor on an amount that each event has of its own.
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as they stand", {}),
    ("depth 1 % of open interest", {"market.book.depth.notional": 0.5}),
    ("depth 4 %", {"market.book.depth.notional": 2.0}),
    ("withdrawal floor 5 %", {"market.book.withdrawal.floor": "5%"}),
    ("withdrawal floor 20 %", {"market.book.withdrawal.floor": "20%"}),
    ("no withdrawal", {"market.book.withdrawal": None}),
    ("permanent 0", {"market.book.refill.permanent": 0}),
    ("permanent 50 %", {"market.book.refill.permanent": "50%"}),
    ("refill 3 min", {"market.book.refill.half_life": "3min"}),
    ("follow never", {"market.index.follow.half_life": "never"}),
    ("pull 15 min", {"market.index.pull.half_life": "15min"}),
    ("mean leverage 5", {"crowd.leveraged.leverage.mean": 5}),
    ("mean leverage 10", {"crowd.leveraged.leverage.mean": 10}),
    ("sizes with exponent 1.2", {f"crowd.{name}.size.exponent": 1.2 for name in ("leveraged", "low_leverage")}),
)
# What traders do while the price falls. Arrivals are a share of the leveraged open interest a day.
BEHAVIOUR: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("nobody comes, leaves or defends", 0.0, {}),
    ("a quarter arrives in a day", 0.25, {}),
    ("all leave and as many arrive in a day", 1.0, {"crowd.leveraged.exits": {"half_life": "16.6h"}}),
    (
        "60 % answer a margin call once",
        0.0,
        {"crowd.leveraged.wallet": 1, "crowd.leveraged.top_up": {"at": "150%", "probability": "60%"}},
    ),
)


def trimmed(name: str, kept: Sequence[str] = (WITHOUT,)) -> cs.Scenario:
    """Return an event without its map over time and with only some of its counterfactuals."""
    scenario = cs.load_scenario(name)
    dropped = {f"compare.{other}": None for other in scenario.compare if other not in kept}
    return scenario.with_overrides({**dropped, "record": {"every": scenario.record.every}})


@functools.cache
def whole(name: str) -> cs.Run:
    """Return an event's own seed with all of its counterfactuals."""
    return cs.run(trimmed(name, tuple(cs.load_scenario(name).compare)))


def reported_table() -> str:
    """Return every reported figure with its source."""
    rows = []
    for name in EVENTS:
        for key, figure in cs.load_scenario(name).reported.items():
            rows.append([f"`{name}`", f"`{key}`", reported(name, key), figure.source.replace("|", "/")])
    return markdown(["event", "figure", "reported", "source"], rows)


def reported(name: str, key: str) -> str:
    """Return a reported figure as text; nothing where there is none."""
    run = whole(name)
    figure = run.scenario.reported.get(key)
    return "" if figure is None else shown(figure.value, run.summary["units"].get(key, ""), as_written=True)


def beside_table() -> str:
    """Return each event's figures beside the reported ones, and how far the two are apart."""
    rows = []
    for name in EVENTS:
        summary = whole(name).summary
        for key in FIGURES:
            told = reported(name, key)
            value = shown(summary[key], summary["units"][key])
            if told or (key in ("amplification", "adl_notional") and summary[key]):
                rows.append([f"`{name}`", f"`{key}`", told, value, distance(name, key)])
    return markdown(["event", "figure", "reported", "simulated", "apart"], rows)


def distance(name: str, key: str) -> str:
    """Return how far a simulated figure lies outside the reported range, as a share of its nearer end or in points."""
    figure, value = whole(name).scenario.reported.get(key), whole(name).summary[key]
    if figure is None or isinstance(figure.value, str) or value is None:
        return ""
    ends = figure.value if isinstance(figure.value, list | tuple) else (figure.value, figure.value)
    low, high = float(min(ends)), float(max(ends))
    beyond = value - high if value > high else value - low if value < low else 0.0
    if beyond == 0.0:
        return "within"
    if whole(name).summary["units"][key] == "fraction" and key != "max_drawdown":
        return f"{100.0 * beyond:+.1f} points"
    nearer = high if beyond > 0.0 else low
    return f"{beyond / nearer:+.0%}" if nearer else ""


def compare_table() -> str:
    """Return what each event's counterfactuals change."""
    rows = []
    for name in EVENTS:
        base = whole(name)
        for other, run in {"as it was": base, **base.counterfactuals}.items():
            label = other if other == "as it was" else f"`{other}`"
            rows.append([f"`{name}`", label, *main_figures([run.summary])])
    return markdown(["event", "rules", "low", "fall", "liquidated", "cleared", "deleveraged"], rows)


def main_figures(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return medians of low, fall, liquidated and deleveraged notional, and share cleared as cells."""
    middle = functools.partial(median_of, summaries)
    return [
        f"{middle('low_mark'):,.0f}",
        f"{middle('max_drawdown'):.1%}",
        f"{middle('liquidated_notional') / 1e9:.2f}bn",
        f"{middle('open_interest_cleared'):.1%}",
        f"{middle('adl_notional') / 1e9:.2f}bn",
    ]


def backstops_table() -> str:
    """Return who took what was liquidated in October 2025, beside what is known of one venue."""
    run = whole("october_2025")
    rows = run.timeline
    taken = {"book": rows["forced_sell"].sum(), "vault": rows["vault_taken"].sum(), "winners": rows["adl"].sum()}
    total = sum(taken.values())
    first = rows.index[rows["adl"] > 0.0][0]
    share = {who: f"{part / total:.0%}" for who, part in taken.items()}
    off_book = f"{1.0 - taken['book'] / total:.0%}"
    return markdown(
        ["of what was liquidated", "recorded, Hyperliquid, all coins", "simulated"],
        [
            ["taken off the book", "63%", off_book],
            ["by deleveraged winners", "38%", share["winners"]],
            ["by the vault", "", share["vault"]],
            ["first deleveraging", "21:16:05", f"{first:%H:%M:%S}"],
            ["in the worst 30 minutes", "88%", f"{run.summary['worst_30min_share']:.0%}"],
        ],
    )


def seeds_table() -> str:
    """Return medians and ranges over seeds of the crowd and the noise."""
    rows = []
    for name in EVENTS:
        scenario = trimmed(name)
        summaries = [cs.run(scenario, seed=seed).summary for seed in SEEDS]
        for key in ("max_drawdown", "open_interest_cleared", "amplification"):
            values = [summary[key] for summary in summaries]
            form = ".3f" if key == "amplification" else ".1%"
            cells = [format(pick(values), form) for pick in (statistics.median, min, max)]
            rows.append([f"`{name}`", f"`{key}`", *cells, reported(name, key)])
    return markdown(["event", f"figure, {len(SEEDS)} seeds", "median", "lowest", "highest", "reported"], rows)


def choices_table() -> str:
    """Return fall and share cleared of every event under each change of a shared choice."""
    rows = []
    for words, changes in CHANGES:
        cells = []
        for name in EVENTS:
            scenario = trimmed(name, ())
            scenario = scenario.with_overrides(
                {key: amount(scenario, key, value) for key, value in changes.items()},
            )
            cells.append(fall_and_cleared([cs.run(scenario, seed=seed).summary for seed in FEWER_SEEDS]))
        rows.append([words, *cells])
    return markdown([f"fall / cleared, medians of {len(FEWER_SEEDS)} seeds", *(f"`{name}`" for name in EVENTS)], rows)


def amount(scenario: cs.Scenario, key: str, value: Any) -> Any:
    """Return what a key is set to: a factor on the event's own depth, or the value itself."""
    return value * scenario.market.book.depth.notional if key == "market.book.depth.notional" else value


def fall_and_cleared(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return the medians of fall and share cleared as one cell."""
    pair = (statistics.median(s[key] for s in summaries) for key in ("max_drawdown", "open_interest_cleared"))
    return " / ".join(f"{value:.1%}" for value in pair)


def behaviour_table() -> str:
    """Return what is liquidated where traders come, leave or add margin."""
    rows = []
    for words, rate, changes in BEHAVIOUR:
        cells = []
        for name in EVENTS:
            scenario = trimmed(name, ())
            leveraged = scenario.crowd["leveraged"]
            arriving = {
                "traders_per_day": rate * leveraged.traders,
                "open_interest_per_day": rate * leveraged.open_interest,
            }
            arrivals = {"crowd.leveraged.arrivals": arriving} if rate else {}
            summary = cs.run(scenario.with_overrides({**changes, **arrivals})).summary
            total = sum(cohort.open_interest for cohort in scenario.crowd.values())
            cells.append(f"{summary['max_drawdown']:.1%} / {summary['liquidated_notional'] / total:.1%}")
        rows.append([words, *cells])
    return markdown(["fall / liquidated, of open interest", *(f"`{name}`" for name in EVENTS)], rows)


def resolution_table() -> str:
    """Return each event along its waypoints and along the recorded candles."""
    rows = []
    for name in EVENTS:
        scenario = trimmed(name)
        recorded = scenario.with_overrides({"market.index.path": {"kind": "csv", "file": candles(CANDLES[name])}})
        for words, each in (("waypoints", scenario), (CANDLES[name].rpartition("_")[2][:-4], recorded)):
            run = cs.run(each)
            thinnest = float(run.timeline["depth_multiplier"].min())
            cells = [f"{run.summary['max_drawdown']:.1%}", f"{run.summary['amplification']:.3f}"]
            rows.append([f"`{name}`", words, *cells, f"{run.summary['open_interest_cleared']:.1%}", f"{thinnest:.0%}"])
    return markdown(["event", "index", "fall", "amplification", "cleared", "thinnest book"], rows)


def tracked_table() -> str:
    """Return how much had to be absorbed so that the price is the recorded one."""
    rows = []
    for name in EVENTS:
        rows += [tracked(name, CANDLES[name], push, {}) for push in ("news", "order")]
    rows += [tracked("october_2025", PERPETUAL_2025, push, MINUTES_OF_2025) for push in ("news", "order")]
    head = ["fall", "liquidated", "ticks absorbed", "absorbed", "amplification", "apart from the record"]
    return markdown(["event", "candles", "push", *head], rows)


def tracked(name: str, file: str, push: str, changes: Mapping[str, Any]) -> list[str]:
    """Return a row of a tracked replay whose index has no path of its own.

    News moves the index, and makers with it. Orders move the venue alone, which then has to be the whole market:
    arbitrage with an index that stands still would pull it back.
    """
    replay = {"mode": "tracked", "push": push, "file": candles(file)}
    alone = {"market.index.pull.half_life": "never"} if push == "order" else {}
    changed = {**changes, **alone, "market.index.path": {"kind": "constant"}, "flow.replay": replay}
    summary = cs.run(trimmed(name).with_overrides(changed)).summary
    return [
        f"`{name}`",
        file.partition("binance-")[2][:-4].replace("_", ", "),
        push,
        f"{summary['max_drawdown']:.1%}",
        f"{summary['liquidated_notional'] / 1e9:.2f}bn",
        f"{summary['absorbed_ticks']:,}",
        f"{summary['absorbed_share']:.1%}",
        f"{summary['amplification']:.3f}",
        "< 1e-9" if summary["tracking_error"] < 1e-9 else f"{summary['tracking_error']:.1e}",
    ]


def candles(file: str) -> str:
    """Return the whole path of a recorded file, or say where it should be."""
    if not (RECORDED / file).is_file():
        raise SystemExit(f"{file} is not in {RECORDED}; the other tables can be named to write them without it")
    return str(RECORDED / file)


TABLES: dict[str, Callable[[], str]] = {
    "reported": reported_table,
    "beside": beside_table,
    "backstops": backstops_table,
    "compare": compare_table,
    "seeds": seeds_table,
    "choices": choices_table,
    "behaviour": behaviour_table,
    "resolution": resolution_table,
    "tracked": tracked_table,
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
