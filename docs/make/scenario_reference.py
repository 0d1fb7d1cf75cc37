"""Write docs/scenario_reference.md from the models that read a scenario.

Run ``python docs/make/scenario_reference.py`` after a key has changed; a test compares page and models.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from value_words import default_words, value_words

from cascade_sim.scenario import anatomy
from cascade_sim.scenario.book import TableBook
from cascade_sim.scenario.chain import Congestion
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.defences import TopUp
from cascade_sim.scenario.entry import PathEntry
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.flow import Order
from cascade_sim.scenario.funding import Funding
from cascade_sim.scenario.index import WaypointsPath
from cascade_sim.scenario.keepers import LognormalLimit
from cascade_sim.scenario.lending import FixedSpreadPool
from cascade_sim.scenario.leverage import BetaLeverage, ParetoLeverage
from cascade_sim.scenario.liquidation import Liquidation
from cascade_sim.scenario.loans import Loans
from cascade_sim.scenario.maintenance import Maintenance
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.oracle import Oracle
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.partial import Partial
from cascade_sim.scenario.turnover import Arrivals

Parts = tuple[type[Part], ...]

PAGE = Path(__file__).parent.parent / "scenario_reference.md"

HEAD = """\
# Scenario reference

Every key of a scenario file: what may be written there, what holds if it is left out (– means that there is
nothing then), what it means. `python docs/make/scenario_reference.py` generates this page from the models
that read the file; do not edit it by hand. [scenarios.md](scenarios.md) explains how to write a scenario;
[model.md](model.md) says what the numbers do.

## How values are written

| kind | written | means |
|---|---|---|
| amount | `1500`, `200_000`, `40k`, `25M`, `1.1B`, `2T` | a plain number; the key says of what |
| whole number | `200_000`, `200k` | the same, without a fraction |
| price | `7646.95`, `60k` | quote currency per base unit |
| fraction | `0.5%` or `0.005` | a fraction of one; a percent sign divides by a hundred |
| log-distance | `20%`, `0.2` | a fraction of one, in the logarithm of the price: `20%` below 100 is 81.87 |
| duration | `45`, `30s`, `10min`, `36h`, `1h 30min`, `250ms`, `never` | seconds, or with a unit |
| moment | `20min`, `1200`, `2020-03-13T02:16:00Z` | time since the start of the run, or a time in UTC |
| time | `2020-03-12T06:00:00Z` | ISO 8601, UTC |

A side is `long` or `short`. Notional is always in quote currency. Quantities are base units for a `linear`
contract and contracts of one quote unit for an `inverse` one. The margin currency is quote (linear) or base
(inverse).

Where a section offers several kinds, `kind:` or `shape:` chooses. One key is not in the tables because it
steers the reading: `extends: FILE` lays this file over another one (see [scenarios.md](scenarios.md)).
"""

# What the checks of a part demand beyond its fields.
NOTES: dict[type[Part], str] = {
    Cohort: "A cohort needs `side`, `traders`, `open_interest` and either `leverage` or `liquidation`; or "
    "`positions`. What traders do later may stand beside either.",
    Arrivals: "A cohort with a `liquidation` map needs `leverage` here.",
    Exchange: "A maintenance rate above 1 / `max_leverage` is refused. `extends` and the other keys are laid over each "
    "other as explained in [scenarios.md](scenarios.md#a-venues-rules-presets).",
    Maintenance: "A rate above 1 / (largest leverage of its row) is refused. A flat `rate` or tiers with two columns "
    "are measured by `exchange.max_leverage`.",
    Liquidation: "`paced` needs one of its two keys, `partial` its section. `surplus` acts under `market` and "
    "`partial` only: `paced` and `limit` settle the trader at the bankruptcy price when they take over.",
    Partial: "`by: tiers` needs `exchange.maintenance.tiers`.",
    Funding: "Needs a `market.mark` that is written in the scenario.",
    TopUp: "Needs a `wallet`, `margin: isolated`, and a maintenance rate above 0.",
    Order: "One of `sell` and `buy` is needed.",
    ParetoLeverage: "One of `exponent` and `mean` is needed.",
    BetaLeverage: "Either `mean`, or both `a` and `b`, are needed.",
    TableBook: "One of `levels` and `file` is needed, and beside `file` a `side`.",
    FixedSpreadPool: "`whole_at` and `whole_under` need `accounting: aave`.",
    Loans: "`count`, `health` and one of `debt` and `collateral` are needed; or `file`. A loan of health factor h has "
    "the debt collateral x price x threshold / h.",
    Oracle: "One of `deviation` and `heartbeat` has to be other than `never`, and a price has to arrive within the "
    "run.",
    LognormalLimit: "Written `{kind: lognormal, median: ..., sigma: ...}` in the place of the number.",
    Congestion: "One of `volatility` and `windows` is needed.",
    PathEntry: "One of `points` and `file` is needed.",
    WaypointsPath: "The key may also be written `waypoints`.",
}


def title_of(paths: list[str]) -> str:
    """Return the heading of what stands at some paths."""
    return " and ".join(f"`{path}`" if path else "The file" for path in paths)


def link(words: str, paths: list[str]) -> str:
    """Return a link to the section of some paths, as code hosts name the anchors of headings."""
    anchor = "".join(c for c in title_of(paths).lower() if c.isalnum() or c in " -_").replace(" ", "-")
    return f"[{words}](#{anchor})"


class Reference:
    """The format walked once: which parts stand at which paths, and the page that says so."""

    def __init__(self) -> None:
        self.places: dict[Parts, list[str]] = {}
        for parts, path in sections((Scenario,), ""):
            self.places.setdefault(parts, []).append(path)

    def text(self) -> str:
        """Return the text of the page."""
        lines = [line for parts, paths in self.places.items() for line in self.section(parts, paths)]
        return HEAD + "\n" + "\n".join(lines).rstrip() + "\n"

    def section(self, parts: Parts, paths: list[str]) -> list[str]:
        """Return the lines of one section."""
        lines = [f"## {title_of(paths)}", ""]
        if len(parts) == 1:
            (part,) = parts
            return [
                *lines,
                first_sentence(part),
                "",
                *self.table(part, set(anatomy.keys(part))),
                *rules(part),
            ]
        shared = set(anatomy.keys(parts[0]))
        for part in parts:
            shared &= anatomy.shared_keys(parts[0], part)
        words = ", ".join(f"`{tag}`" for tag in anatomy.tags(parts))
        lines += [f"Chosen by `{parts[0].switch}:` {words}.", ""]
        common = self.table(parts[0], shared)
        lines += ["For every kind:", "", *common] if common else []
        for part in parts:
            lines += [f"**`{part.switch}: {anatomy.tag(part)}`** – {first_sentence(part)}", ""]
            lines += [*self.table(part, set(anatomy.keys(part)) - shared), *rules(part)]
        return lines

    def table(self, part: type[Part], keys: set[str]) -> list[str]:
        """Return the Markdown table of some keys of a part, without the switch between kinds."""
        switch = "" if part.switched else part.switch
        named = ((part.written_as(name), field) for name, field in part.model_fields.items())
        rows = [
            f"| `{key}` | {self.value(field)} | {default_words(field)} | {field.description} |"
            for key, field in named
            if key in keys and key != switch
        ]
        return ["| key | value | left out | meaning |", "|---|---|---|---|", *rows, ""] if rows else []

    def value(self, field: Any) -> str:
        """Return what may be written at a key; a section as a link."""
        words, inner = value_words(field), held(field.annotation)
        return words.replace("section", link("section", self.places[inner])) if inner else words


def held(annotation: Any) -> Parts:
    """Return the kinds of part that stand at a key, or in the list or mapping there."""
    element = anatomy.element(annotation)
    return anatomy.alternatives(annotation) or (anatomy.alternatives(element) if element is not None else ())


def sections(parts: Parts, path: str) -> Iterator[tuple[Parts, str]]:
    """Walk the format depth first: what stands at every path that holds a section."""
    yield parts, path
    fields = {part.written_as(name): field for part in parts for name, field in part.model_fields.items()}
    for key, field in fields.items():
        inner = held(field.annotation)
        if inner:
            one = "" if anatomy.alternatives(field.annotation) else "[]"
            one = ".NAME" if one and str(field.annotation).startswith("dict") else one
            yield from sections(inner, f"{path}.{key}{one}".lstrip("."))


def first_sentence(part: type[Part]) -> str:
    """Return what the part is, from its docstring."""
    return inspect.cleandoc(part.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def rules(part: type[Part]) -> list[str]:
    """Say which keys exclude each other, which belong to one choice alone, and what else is demanded."""
    lines = [f"Not together: {_named(one)} and {_named(other)}." for one, other in part.rivals]
    for keys, choices in _by_choices(part).items():
        lines.append(
            f"Only where `{part.switch}` is {' or '.join(f'`{choice}`' for choice in choices)}: {_named(keys)}."
        )
    lines += [f"`{key}` needs `{needed}`." for key, needed in part.needs.items()]
    lines += [NOTES[part]] if part in NOTES else []
    return [" ".join(lines), ""] if lines else []


def _by_choices(part: type[Part]) -> dict[frozenset[str], list[str]]:
    """Group the keys that belong to some choices only by those choices."""
    owners: dict[str, list[str]] = {}
    for choice, keys in part.switched.items():
        for key in sorted(keys):
            owners.setdefault(key, []).append(choice)
    return {frozenset(key for key, own in owners.items() if own == choices): choices for choices in owners.values()}


def _named(keys: frozenset[str]) -> str:
    names = ", ".join(f"`{key}`" for key in sorted(keys))
    return names if len(keys) == 1 else f"({names})"


def reference_text() -> str:
    """Return the text of the page."""
    return Reference().text()


if __name__ == "__main__":
    PAGE.write_text(reference_text(), encoding="utf-8")
    print(f"written: {PAGE.name}")
