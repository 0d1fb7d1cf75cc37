"""The page on March 2020 shows what the scenario gives now."""

import re

import pytest
from pages import script, text_of

PAGE = text_of("march_2020.md")
TABLES = ("simulated", "seeds", "waiting", "sensitivity", "halt")


def on_page(name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", PAGE, re.DOTALL)[1]


def without_rounding(table):
    """Leave out the ledger's error, which differs from one processor to the next."""
    return [line for line in table.splitlines() if "conservation_error" not in line]


def written_now(name):
    return without_rounding(script("march_2020").TABLES[name]())


def test_the_simulated_figures_are_fresh():
    assert without_rounding(on_page("simulated")) == written_now("simulated"), "run: python docs/make/march_2020.py"


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES[1:])
def test_the_other_tables_are_fresh(name):
    assert without_rounding(on_page(name)) == written_now(name), "run: python docs/make/march_2020.py"


def test_every_table_of_the_script_has_its_place():
    assert tuple(script("march_2020").TABLES) == TABLES
    for name in TABLES:
        assert on_page(name).startswith("| ")
