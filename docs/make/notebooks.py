"""Execute the notebooks in place, and write them so that only what changed shows up as a change.

Run ``python docs/make/notebooks.py`` after a notebook, the engine or a picture has changed (about two minutes), or name
notebooks: ``python docs/make/notebooks.py 01_first_cascade``.

What is written holds no times, no paths and no versions of a machine; cells are numbered. Pictures are drawn at the
resolution of a notebook and stored with at most 256 colours.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parent))

from pictures import with_fewer_colours

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
SECONDS = 300
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks() -> list[Path]:
    """Return the notebooks, in order."""
    return sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path) -> Any:
    """Return a notebook as a fresh kernel executes it, in its own folder, with the package of this checkout.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    others = os.environ.get("PYTHONPATH")
    kernel = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *([others] if others else [])]),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    with mock.patch.dict(os.environ, kernel):
        NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            record_timing=False,
        ).execute()
    return normal(notebook)


def normal(notebook: Any) -> Any:
    """Bring a notebook into the form in which it is kept."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = [_normal_output(output) for output in _whole(cell.outputs)]
    return notebook


def _whole(outputs: Any) -> list[Any]:
    """Join what was printed in pieces: where it is cut depends on the moment."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _normal_output(output: Any) -> Any:
    data = output.get("data", {})
    if "image/png" in data:
        output.data = nbformat.from_dict({"image/png": smaller(data["image/png"])})
        size = output.metadata.get("image/png")
        output.metadata = nbformat.from_dict({"image/png": size} if size else {})
    return output


def smaller(picture: str) -> str:
    """Return a PNG with fewer colours; both are in base 64."""
    return base64.b64encode(with_fewer_colours(base64.b64decode(picture))).decode() + "\n"


def texts(notebook: Any) -> Iterator[tuple[str, str]]:
    """Yield what each cell wrote, with the cell's id: printed text, and results that are no pictures."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield cell.id, output.text
            elif "image/png" not in output.get("data", {}):
                yield cell.id, output.get("data", {}).get("text/plain", "")


def pictures(notebook: Any) -> list[str]:
    """Return the ids of the cells that draw, once for every picture."""
    outputs = [(cell.id, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [name for name, output in outputs if "image/png" in output.get("data", {})]


if __name__ == "__main__":
    for path in notebooks():
        if not sys.argv[1:] or path.stem in sys.argv[1:]:
            nbformat.write(executed(path), path)
            print(f"written: notebooks/{path.name}, {path.stat().st_size / 1e3:.0f} kB")
