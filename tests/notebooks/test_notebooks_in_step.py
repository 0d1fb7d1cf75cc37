"""The notebooks are kept as a fresh kernel executes them, and are small enough to be kept."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 1_000_000
HOMES = re.compile(r"/(?:home|root|Users|work|tmp|var|opt|usr)/|[A-Z]:\\\\")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def cells_of(path, kind="code"):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def test_cells_were_executed_once_and_in_order(path):
    assert [cell["execution_count"] for cell in cells_of(path)] == list(range(1, len(cells_of(path)) + 1))


def test_no_cell_failed_or_warned(path):
    for cell in cells_of(path):
        for output in cell["outputs"]:
            assert output["output_type"] != "error", cell["source"]
            assert output.get("name") != "stderr", output["text"]


def test_a_notebook_is_small_and_knows_nothing_of_the_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= MOST_BYTES
    without_pictures = re.sub(r'"image/png": "[^"]*"', "", text)
    assert not HOMES.search(without_pictures)


def test_a_notebook_is_kept_without_what_differs_from_run_to_run(path):
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["metadata"]["kernelspec"]["name"] == "python3"
    assert set(kept["metadata"]) == {"kernelspec", "language_info"}
    assert [cell["id"] for cell in kept["cells"]] == [f"cell-{n:02}" for n in range(1, len(kept["cells"]) + 1)]
    assert all(cell["metadata"] == {} for cell in kept["cells"])


def test_a_notebook_begins_with_its_title_and_says_something_in_between(path):
    texts = cells_of(path, "markdown")
    assert "".join(texts[0]["source"]).startswith("# ")
    assert len(texts) >= 0.4 * len(cells_of(path))


@pytest.mark.slow
def test_what_a_notebook_shows_is_what_a_fresh_kernel_writes(path):
    pytest.importorskip(
        "nbclient", reason="notebooks are executed with nbclient and ipykernel: pip install -e '.[docs]'"
    )
    pytest.importorskip(
        "ipykernel", reason="notebooks are executed with nbclient and ipykernel: pip install -e '.[docs]'"
    )
    import nbformat

    sys.path.insert(0, str(ROOT / "docs" / "make"))
    import notebooks as making

    kept = nbformat.read(path, as_version=4)
    fresh = making.executed(path)
    assert list(making.texts(fresh)) == list(making.texts(kept)), "run: python docs/make/notebooks.py"
    assert making.pictures(fresh) == making.pictures(kept), "run: python docs/make/notebooks.py"
