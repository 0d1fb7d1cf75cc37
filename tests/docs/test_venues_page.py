"""The page on venue presets shows what the files say now."""

import re

import pytest
from pages import script, text_of

from cascade_sim.scenario import library

PAGE = text_of("venues.md")
TABLES = script("venues").TABLES


@pytest.mark.parametrize("name", list(TABLES))
def test_the_tables_are_fresh(name):
    shown = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", PAGE, re.DOTALL)[1]
    assert shown == TABLES[name](), "run: python docs/make/venues.py"


@pytest.mark.parametrize("name", library.presets())
def test_every_preset_says_first_what_it_leaves_out(name):
    text = library.find_preset(name).read_text(encoding="utf-8")
    header = text[: text.index("\nname:")]
    assert "# Left out: " in header
    assert len(text.splitlines()) < 60
