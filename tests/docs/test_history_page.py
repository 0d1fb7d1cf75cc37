"""The page on the recorded events shows what their scenarios give now."""

import re

import pytest
from pages import script, text_of

PAGE = text_of("history.md")
PLACES = ("reported", "beside", "backstops", "compare", "seeds", "choices", "resolution", "behaviour", "tracked")
NEED_RECORDS = ("resolution", "tracked")


def on_page(name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", PAGE, re.DOTALL)[1]


def test_every_table_of_the_script_has_its_place():
    assert sorted(script("history").TABLES) == sorted(PLACES)
    for name in PLACES:
        assert on_page(name).startswith("| ")


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_the_tables_are_fresh(name):
    if name in NEED_RECORDS and not script("history").RECORDED.is_dir():
        pytest.skip("the recorded prices are not here (a folder shared/data/history beside the checkout)")
    assert on_page(name) == script("history").TABLES[name](), "run: python docs/make/history.py"
