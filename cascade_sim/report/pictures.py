"""The pictures of a run as parts of a page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.plots.album import pictures_of
from cascade_sim.plots.entry import Entry
from cascade_sim.plots.saving import drawn

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

# A phone shows a picture of this width at about the size of its own text.
PHONE_INCHES = 3.4
_PNG_SIZE = slice(16, 24)


class Image(NamedTuple):
    """A PNG as a data URI, with its size in pixels, so that a page keeps its place."""

    uri: str
    width: int
    height: int


class PagePicture(NamedTuple):
    """One picture: its name, heading, how to read it, what it shows, and the image for screens wide and narrow."""

    name: str
    heading: str
    reading: str
    finding: str
    wide: Image
    narrow: Image


def drawn_pictures(run: Run) -> list[PagePicture]:
    """Draw every picture that has something to say for a run."""
    return [
        PagePicture(
            name=name,
            heading=entry.heading,
            reading=entry.reading,
            finding=entry.finding(run),
            wide=_image(entry, run),
            narrow=_image(entry, run, width=PHONE_INCHES),
        )
        for name, entry in pictures_of(run).items()
    ]


def _image(entry: Entry, run: Any, **width: float) -> Image:
    png = drawn(entry.draw(run, **width))
    size = png[_PNG_SIZE]
    uri = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return Image(uri, int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big"))
