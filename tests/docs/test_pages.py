"""What every page promises: links that lead somewhere, tests and scripts that exist, and nothing of one machine."""

import re

import pytest
from pages import FOLDER, PAGES, ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAMED = [page for page in PAGES if page.is_file()]


def words_of(page):
    return page.read_text(encoding="utf-8")


@pytest.fixture(params=NAMED, ids=[page.name for page in NAMED])
def page(request):
    return request.param


def anchors(page):
    titles = re.findall(r"^#+ (.*)$", words_of(page), flags=re.MULTILINE)
    return {"".join(c for c in title.lower() if c.isalnum() or c in " -_").replace(" ", "-") for title in titles}


def test_links_between_pages_lead_somewhere(page):
    for target in LINK.findall(words_of(page)):
        if target.startswith(("http:", "https:")):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_tests_and_files_that_a_page_names_exist(page):
    text = words_of(page)
    defined = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    for name in set(re.findall(r"`(test_\w+)`", text)):
        assert f"def {name}(" in defined, name
    for name in set(re.findall(r"`((?:tests|docs|scenarios|benchmarks|cascade_sim)/[\w./]+)`", text)):
        assert (ROOT / name).exists(), name
    for name in set(re.findall(r"python ((?:docs|benchmarks)/[\w./]+\.py)", text)):
        assert (ROOT / name).is_file(), name


def test_every_page_is_in_the_table_of_contents():
    index = words_of(FOLDER / "index.md")
    for page in FOLDER.glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index, page.name
