"""The page on the branching ratio shows what its script gives now; the audit itself is tested by its criteria."""

import re

import pytest
from pages import script, text_of

TABLES = tuple(script("branching").TABLES)
QUICK = ("wandering", "events")


def on_page(name):
    found = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", text_of("branching.md"), re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_the_script_has_its_place(name):
    assert on_page(name).startswith("| ")


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_the_tables_that_take_seconds_are_fresh(name):
    assert on_page(name) == script("branching").TABLES[name](), "run: python docs/make/branching.py"


def test_every_estimator_of_a_run_is_a_row_of_the_page():
    import cascade_sim as cs

    found = cs.branching.estimate(cs.run(cs.load_scenario("textbook/uniform")))
    for name in set(found["estimator"]):
        assert f"| {name.removeprefix('flow, ')} |" in text_of("branching.md"), name
