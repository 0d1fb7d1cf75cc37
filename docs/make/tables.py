"""Tables that scripts write into pages, between markers."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def write_tables(page: Path, tables: Mapping[str, Callable[[], str]], names: Sequence[str]) -> None:
    """Write the named tables, or all of them, into a page between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``."""
    text = page.read_text(encoding="utf-8")
    for name in names or tables:
        between = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        found = between.search(text)
        if found is None:
            raise SystemExit(f"{page.name} has no place for {name}")
        text = text[: found.end(1)] + tables[name]() + "\n" + text[found.start(2) :]
        page.write_text(text, encoding="utf-8")
        print(f"written: {name}")


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table: the first column to the left, the others to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def median_of(summaries: Iterable[Mapping[str, Any]], key: str) -> float:
    """Return the median of one figure over the summaries of several runs."""
    return statistics.median(summary[key] for summary in summaries)
