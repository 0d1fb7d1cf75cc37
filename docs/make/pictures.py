"""Pictures that scripts write into ``docs`` and ``notebooks``: small enough to be kept."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

import cascade_sim as cs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).parent.parent / "images"
DPI = 110
COLOURS = 256
MOST_BYTES = 250_000


def with_fewer_colours(png: bytes) -> bytes:
    """Return a PNG with at most 256 colours, which nobody sees and which makes it a third as large."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    buffer = io.BytesIO()
    # Without a step of k-means, colours of thin lines come out as others.
    fewer = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    fewer.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


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
    picture = with_fewer_colours(place.read_bytes())
    place.write_bytes(picture)
    if len(picture) > MOST_BYTES:
        raise SystemExit(f"{place.name}: {len(picture):,} bytes are more than {MOST_BYTES:,}; draw it narrower")
    print(f"written: docs/images/{name}.png, {len(picture) / 1e3:.0f} kB")
