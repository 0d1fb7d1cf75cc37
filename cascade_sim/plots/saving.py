"""Writing a picture to disk, whole or not at all."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.folder import PICTURE_FORMATS, write_whole
from cascade_sim.errors import OutputError
from cascade_sim.plots.style import FILE_DPI, drawing_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "eps": {"CreationDate": None},
    "ps": {"CreationDate": None},
}


def save(figure: Figure, path: str | os.PathLike[str], dpi: float = FILE_DPI) -> Path:
    """Write a figure so that a reader of ``path`` never meets half of it.

    The picture is drawn in memory, written under a temporary name in the same folder and renamed. The same
    figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : str or os.PathLike
        Where to; the ending (``.png``, ``.svg``, ``.pdf``) chooses the format, no ending means PNG.
    dpi : float
        Pixels per inch of a PNG; 200 is twice a notebook's.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputError
        If the format is unknown or the file cannot be written.
    """
    target = Path(path)
    if not target.suffix:
        target = target.with_suffix(".png")
    kind = target.suffix[1:].lower()
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        endings = ", ".join(f".{ending}" for ending in PICTURE_FORMATS)
        raise OutputError(f"{target}: pictures cannot be written as .{kind}; use one of {endings}")
    return write_whole(target, drawn(figure, kind, dpi), "the picture")


def drawn(figure: Figure, kind: str = "png", dpi: float = FILE_DPI) -> bytes:
    """Return a figure as the contents of a file; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    kind : str
        Format, as a file's ending without the dot.
    dpi : float
        Pixels per inch of a PNG.
    """
    content = io.BytesIO()
    with drawing_style():
        figure.savefig(content, format=kind, dpi=dpi, metadata=_UNDATED.get(kind))
    return content.getvalue()
