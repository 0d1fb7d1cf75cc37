"""The page on the events with lending shows what their scenarios give now."""

import re

import pytest
from pages import script, text_of

PAGE = text_of("lending_events.md")
PLACES = ("reported", "beside", "hours", "thursday", "may", "coupling", "seeds", "choices")


def on_page(name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", PAGE, re.DOTALL)[1]


def test_every_table_of_the_script_has_its_place():
    assert sorted(script("lending_events").TABLES) == sorted(PLACES)
    for name in PLACES:
        assert on_page(name).startswith("| ")


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_the_tables_are_fresh(name):
    assert on_page(name) == script("lending_events").TABLES[name](), "run: python docs/make/lending_events.py"
