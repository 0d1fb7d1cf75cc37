"""Pictures that scripts write into ``docs/images``: at one resolution, and small enough to be kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cascade_sim as cs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).parent.parent / "images"
DPI = 110
MOST_BYTES = 250_000


def write_picture(figure: Figure, name: str) -> None:
    """Write a figure to ``docs/images/NAME.png`` and say so.

    Raises
    ------
    SystemExit
        The file would be larger than a repository should hold.
    """
    place = IMAGES / f"{name}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    cs.plots.save(figure, place, dpi=DPI)
    size = place.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{place.name}: {size:,} bytes are more than {MOST_BYTES:,}; draw it narrower")
    print(f"written: docs/images/{name}.png, {size / 1e3:.0f} kB")
