"""The tutorial and the how-tos: what they say is done, in a new folder, and what comes out is what they show."""

import pytest
from how_to import follow
from pages import FOLDER

PAGES = [FOLDER / "tutorial.md", *sorted(page for page in FOLDER.glob("howto/*.md") if page.name != "index.md")]

NEED_MESA = {"strategies"}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_whoever_follows_the_page_sees_what_it_shows(page, tmp_path, monkeypatch, capsys):
    if page.stem in NEED_MESA:
        pytest.importorskip("mesa")
    monkeypatch.chdir(tmp_path)
    done = follow(page, tmp_path, capsys)
    assert done["console"] + done["python"] > 0
