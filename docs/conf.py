"""How the site is built: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``.

The pages are Markdown that reads on a code host too; `make/outside.py` says what happens to links that leave ``docs``.
Notebooks are shown as they were executed (``python docs/make/notebooks.py``), never run here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "make"))

import api
import outside

import cascade_sim

project = "cascade_sim"
author = "The cascade_sim authors"
copyright = f"2026, {author}"
version = release = cascade_sim.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "make", "images"]

myst_heading_anchors = 4
nb_execution_mode = "off"
nb_merge_streams = True

# Types stand in the docstrings, in words that say shapes and units; annotations would say less at more length.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
add_module_names = False
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_title = "cascade_sim"
html_show_sourcelink = False
html_sidebars = {
    page: [] for page in ("index", "tutorial", "gallery", "validation", "architecture", "genindex", "search")
}
html_theme_options = {
    "header_links_before_dropdown": 9,
    "navbar_align": "left",
    "navbar_persistent": [],
    "navbar_end": ["search-button", "theme-switcher"],
    "footer_end": [],
    "show_prev_next": True,
}


def turn_links(app: Any, name: str, text: list[str]) -> None:
    """Turn the links of a page as it is read; copies have theirs turned already."""
    page = Path(app.env.doc2path(name))
    if page.suffix == ".md" and not page.is_relative_to(outside.COPIES):
        text[0] = outside.with_links_of_the_site(text[0], page)


def number_references(app: Any, kind: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Make a docstring's references a numbered list: as footnotes their numbers would clash within a page."""
    lines[:] = [re.sub(r"\[(\d+)\]_", r"[\1]", re.sub(r"^\.\. \[(\d+)\] ", r"\1. ", line)) for line in lines]


def write_pages(app: Any) -> None:
    """Write the pages of docstrings and of what lies outside of ``docs``, before Sphinx looks for pages."""
    api.write_pages()
    outside.write_copies()


def setup(app: Any) -> None:
    """Connect these to the build; Pygments knows no colours for CSV."""
    app.add_lexer("csv", TextLexer)
    app.connect("builder-inited", write_pages)
    app.connect("source-read", turn_links)
    app.connect("autodoc-process-docstring", number_references)
