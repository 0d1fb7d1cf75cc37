"""The page on validation shows what the engine reaches now."""

import re

import pytest
from pages import script, text_of

PAGE = text_of("validation.md")
TABLES = script("validation").TABLES


@pytest.mark.slow
@pytest.mark.parametrize("name", list(TABLES))
def test_the_tables_are_fresh(name):
    shown = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", PAGE, re.DOTALL)[1]
    assert shown == TABLES[name](), "run: python docs/make/validation.py"
