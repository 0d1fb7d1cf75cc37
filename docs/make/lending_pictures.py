"""Draw the pictures of May 2021 in docs/lending_events.md; those of Black Thursday are the gallery's.

Run ``python docs/make/lending_pictures.py`` after a scenario with lending, the engine or a picture has changed (half a
minute), or name the pictures to draw: ``python docs/make/lending_pictures.py may_2021_health``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pictures import write_picture

import cascade_sim as cs

MAY = "may_2021_lending"
SIDES = ("no_lending", "no_exchange_liquidations", "neither")


@cache
def run_of(name: str) -> cs.Run:
    """Return a run of a scenario with the counterfactuals that leave out a side, and no others."""
    scenario = cs.load_scenario(name)
    others = {f"compare.{entry}": None for entry in scenario.compare if entry not in SIDES}
    return cs.run(scenario.with_overrides(others))


PICTURES: dict[str, Callable[[], Any]] = {
    "may_2021": lambda: cs.plots.lending(run_of(MAY)),
    "may_2021_health": lambda: cs.plots.health(run_of(MAY), "aave"),
    "may_2021_coupling": lambda: cs.plots.coupling(run_of(MAY)),
}

if __name__ == "__main__":
    for picture in sys.argv[1:] or PICTURES:
        write_picture(PICTURES[picture](), f"lending/{picture}")
