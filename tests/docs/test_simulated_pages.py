"""Pages whose tables are simulated show what the scenarios give now."""

import re

import pytest
from pages import script, text_of

SCRIPTS = {"six_venues": "venues.md", "endogenous": "endogenous.md", "lending": "lending.md", "sweeps": "sweeps.md"}
TABLES = [(name, table) for name in SCRIPTS for table in script(name).TABLES]


def on_page(name, table):
    found = re.search(rf"<!-- begin {table} -->\n(.*?)\n<!-- end {table} -->", text_of(SCRIPTS[name]), re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_every_table_of_the_script_has_its_place(name, table):
    assert on_page(name, table).startswith("| ")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "table"), TABLES)
def test_the_tables_are_fresh(name, table):
    assert on_page(name, table) == script(name).TABLES[table](), f"run: python docs/make/{name}.py"
