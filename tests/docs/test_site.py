"""The site: every page has its place in it, links lead where they should, and the package's names are all there."""

import importlib
import re
import sys

import pytest
from pages import FOLDER, ROOT, script, text_of

TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PAGES = sorted([*FOLDER.glob("*.md"), *FOLDER.glob("howto/*.md")])


@pytest.fixture(scope="module")
def outside():
    return script("outside")


def entries(page):
    """Yield the files that a page's tables of contents lead to, and the patterns of those that are built."""
    for block in TOCTREE.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line and not line.startswith(":"):
                target = re.sub(r".*<(.*)>", r"\1", line)
                yield (page.parent / target).resolve().relative_to(FOLDER).as_posix()


def test_every_page_is_in_one_table_of_contents():
    listed = [entry for page in PAGES for entry in entries(page)]
    here = {page.relative_to(FOLDER).with_suffix("").as_posix() for page in PAGES} - {"index"}
    built = {"generated/*", "outside/notebooks/*"}
    copied = {f"outside/{name}" for name in ("README", "CHANGELOG", "CONTRIBUTING", "benchmarks/README")}
    assert sorted(listed) == sorted(here | built | copied)


def test_the_configuration_can_be_imported_and_does_nothing_yet(monkeypatch):
    pytest.importorskip("sphinx", reason="the site is built with Sphinx: pip install -e '.[docs]'")
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "conf", raising=False)
    before = set(FOLDER.iterdir())
    configuration = importlib.import_module("conf")
    assert configuration.extensions[0] == "myst_nb"
    assert set(FOLDER.iterdir()) == before


@pytest.mark.parametrize(
    ("link", "turned"),
    [
        ("[a](../CHANGELOG.md)", "[a](outside/CHANGELOG.md)"),
        ("[a](../CHANGELOG.md#unreleased)", "[a](outside/CHANGELOG.md#unreleased)"),
        ("[a](../scenarios/march_2020.yaml)", "[a](../scenarios/march_2020.yaml)"),
        ("[the `kernels`](../cascade_sim/kernels)", "the `kernels`"),
        ("[`cs.run`](../cascade_sim/simulation.py)", "[`cs.run`](generated/cascade_sim.simulation.md)"),
        ("[a](model.md#6-one-tick)", "[a](model.md#6-one-tick)"),
        ("[a](#here)", "[a](#here)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](nowhere.md)", "[a](nowhere.md)"),
    ],
)
def test_links_of_a_page_lead_to_what_the_site_has(outside, link, turned):
    assert outside.with_links_of_the_site(link, FOLDER / "margin.md") == turned


def test_links_of_a_copied_page_lead_back_into_the_documentation(outside):
    notebook = outside.copy_of(ROOT / "notebooks" / "01_first_cascade.ipynb")
    assert outside.with_links_of_the_site("[t](../docs/tutorial.md)", notebook) == "[t](../../tutorial.md)"
    readme = outside.copy_of(ROOT / "README.md")
    text = "![m](docs/images/gallery/timeline.png) [b](benchmarks/README.md)"
    expected = "![m](../images/gallery/timeline.png) [b](benchmarks/README.md)"
    assert outside.with_links_of_the_site(text, readme) == expected


def test_only_text_of_a_notebook_is_turned(outside):
    page = outside.copy_of(ROOT / "notebooks" / "x.ipynb")
    text = '{"cells": [{"cell_type": "code", "source": ["[a](../CHANGELOG.md)"]}]}'
    assert "(../CHANGELOG.md)" in outside.notebook_with_links(text, page)


def test_the_tables_of_public_names_are_fresh():
    page, tables = text_of("api.md"), script("api").TABLES
    for name, written in tables.items():
        shown = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", page, re.DOTALL)[1]
        assert shown == written(), "run: python docs/make/api.py"


def test_every_public_name_is_on_the_page_of_names():
    import cascade_sim as cs

    page = text_of("api.md")
    for name in set(cs.__all__) - {"plots", "history"}:
        assert f"[`cs.{name}`]" in page, name
    for room in ("plots", "history"):
        for name in getattr(cs, room).__all__:
            assert f"[`cs.{room}.{name}`]" in page, name


def test_every_picture_of_the_gallery_is_drawn_by_lines_that_the_page_shows():
    snippets, page = script("gallery").snippets(), text_of("gallery.md")
    assert re.findall(r"\(images/gallery/(\w+)\.png\)", page) == list(snippets)
    for name, lines in snippets.items():
        assert f"cs.plots.{name}(" in lines


def test_every_notebook_is_on_their_page():
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(../notebooks/{notebook.name})" in text_of("notebooks.md"), notebook.name
