"""Draw the pictures of docs/tutorial.md from the scenario that the page shows.

Run ``python docs/make/tutorial.py`` after the scenario, the engine or the pictures have changed.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pictures import write_picture

import cascade_sim as cs

PAGE = Path(__file__).parent.parent / "tutorial.md"


def first_run() -> cs.Run:
    """Run the page's first scenario."""
    found = re.search(
        r"^```yaml\n(# first\.yaml\n.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise SystemExit(f"{PAGE.name} does not show first.yaml")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "first.yaml"
        file.write_text(found[1], encoding="utf-8")
        return cs.run(cs.load_scenario(file))


if __name__ == "__main__":
    run = first_run()
    write_picture(cs.plots.timeline(run), "tutorial/timeline")
    write_picture(cs.plots.liquidation_map(run), "tutorial/liquidation_map")
