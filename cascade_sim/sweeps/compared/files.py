"""What a comparison leaves in its folder: its rows, and what they say together."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.folder import output_error, renamed, write_whole
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.provenance import versions
from cascade_sim.engine.store import write_parquet
from cascade_sim.errors import OutputError
from cascade_sim.sweeps.compared.table import MEDIAN_LEVEL, SEED_LEVEL, seed_ranks

if TYPE_CHECKING:
    from cascade_sim.sweeps.compared.result import Comparison

FIGURES, RUNS, PICTURE = "comparison.json", "runs.parquet", "comparison.png"
INTERVALS = {
    "seeds": "order statistics between which a further seed falls with the probability seeds_level or more, whatever "
    "the distribution; with fewer than 19 seeds the least and the greatest",
    "median_interval": "order statistics that enclose the median at median_level",
    "change": "median over the seeds of the difference to as_it_is with the same luck, and its interval",
}


def write_files(result: Comparison, folder: Path) -> None:
    """Write the rows and the figures, each under a temporary name that is then renamed.

    Raises
    ------
    OutputError
        One of them cannot be written; what was there before is then left as it was.
    """
    about = {"scenario_hash": result.scenario.hash}
    text = json.dumps(as_plain(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with interrupts_held():
        try:
            with renamed(folder / RUNS) as temporary:
                write_parquet(temporary, result.frame, about)
        except OSError as error:
            raise OutputError(str(output_error(folder / RUNS, error))) from error
        write_whole(folder / FIGURES, text.encode(), "the comparison")


def as_plain(result: Comparison) -> dict[str, Any]:
    """Return the figures of a comparison as plain values for JSON, with units, definitions and what is known."""
    scenario, table = result.scenario, result.table
    seeds = result.seeds
    used = len(seeds) - int(result.failures["seed"].nunique())
    reported = scenario.reported
    figures: dict[str, Any] = {}
    for figure in result.outputs:
        figures[figure] = {
            "unit": result.units.get(figure, ""),
            "definition": result.definitions[figure],
            "reported": reported[figure].value if figure in reported else None,
            "variants": {name: _row(table.loc[(figure, name)], name != result.variants[0]) for name in result.variants},
        }
    return {
        "name": scenario.name,
        "scenario_hash": scenario.hash,
        "seeds": {"first": seeds[0], "count": len(seeds), "failed": len(seeds) - used},
        "levels": {
            "seeds_level": SEED_LEVEL,
            "seeds_coverage": seed_ranks(used)[2] if used else 0.0,
            "median_level": MEDIAN_LEVEL,
        },
        "intervals": INTERVALS,
        "variants": {result.variants[0]: {}, **scenario.resolved()["compare"]},
        "versions": versions(),
        "figures": figures,
    }


def _row(row: Any, compared: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "n": int(row["n"]),
        "median": _number(row["median"]),
        "seeds": _pair(row, "seed"),
        "median_interval": _pair(row, "median"),
    }
    if compared:
        change = {"pairs": int(row["pairs"]), "median": _number(row["change"]), "interval": _pair(row, "change")}
        found["change"] = change
    return found


def _pair(row: Any, name: str) -> list[float] | None:
    low, high = _number(row[f"{name}_low"]), _number(row[f"{name}_high"])
    return None if low is None or high is None else [low, high]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
