"""Pages of the site that live outside ``docs``: where they come from, and how links between the two are written.

Pages keep the links that work on a code host, such as ``../CHANGELOG.md``. When the site is built, what it shows from
outside of ``docs`` is copied into ``docs/outside`` (which is not kept), and links are turned to the copies:

* a link to a file that is copied leads to its page on the site;
* a link to a source file with public names leads to the page of their docstrings (`api.py`);
* a link to any other file, such as a scenario, is left to MyST, which offers the file as a download;
* a link to a folder keeps its words and is no link, since the site shows no folders;
* a link that leads nowhere is left as it is, so that the build warns of it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import api

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
COPIES = DOCS / "outside"
SHOWN = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "notebooks/*.ipynb")

LINK = re.compile(r"(?P<words>!?\[[^\]]*\])\((?P<target>[^)\s]+)\)")


def sources() -> list[Path]:
    """Return the files outside of ``docs`` that the site shows."""
    return [file for pattern in SHOWN for file in sorted(ROOT.glob(pattern))]


def copy_of(file: Path) -> Path:
    """Return where the site keeps its copy of a file."""
    return COPIES / file.relative_to(ROOT)


def home_of(page: Path) -> Path:
    """Return the folder that a page's links are written for: that of the file it was copied from."""
    return (ROOT / page.relative_to(COPIES) if page.is_relative_to(COPIES) else page).parent


def with_links_of_the_site(text: str, page: Path) -> str:
    """Turn the links of a page to where the site has what they lead to.

    Parameters
    ----------
    text : str
        What the page says, with links for a code host.
    page : Path
        Where the page lies when the site is built, in ``docs``.

    Returns
    -------
    str
    """
    home, shown = home_of(page), set(sources())

    def turned(link: re.Match[str]) -> str:
        name, mark, anchor = link["target"].partition("#")
        target = Path(os.path.normpath(home / name))
        if not name or ":" in name or not target.exists():
            return link[0]
        if target.is_dir():
            return link["words"].strip("![]")
        there = copy_of(target) if target in shown else api.page_of(target) or target
        return f"{link['words']}({Path(os.path.relpath(there, page.parent)).as_posix()}{mark}{anchor})"

    return LINK.sub(turned, text)


def notebook_with_links(text: str, page: Path) -> str:
    """Turn the links in a notebook's cells of text."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = with_links_of_the_site("".join(cell["source"]), page)
    return json.dumps(notebook, ensure_ascii=False)


def write_copies() -> None:
    """Bring the copies up to date; a file that did not change is left alone, and one without a source goes."""
    wanted = {copy_of(file): file for file in sources()}
    for old in COPIES.rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()
    for place, file in wanted.items():
        turn = notebook_with_links if file.suffix == ".ipynb" else with_links_of_the_site
        text = turn(file.read_text(encoding="utf-8"), place)
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
