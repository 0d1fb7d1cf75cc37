"""The page on replays shows what its script writes."""

import re
from pathlib import Path

import pytest
from pages import script, text_of

import cascade_sim as cs

HISTORY = Path(__file__).resolve().parents[3] / "shared" / "data" / "history"
EVENTS = ("may_2021", "october_2025")


def on_page(name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", text_of("replay.md"), re.DOTALL)[1]


def test_every_table_has_a_row_for_each_rule_of_its_scenario():
    assert tuple(script("replay").EVENTS) == EVENTS
    for name in EVENTS:
        rows = [line.split("|")[1].strip(" `") for line in on_page(name).splitlines()[2:] if line.startswith("|")]
        assert rows == ["as_it_is", *cs.load_scenario(name).compare]


@pytest.mark.slow
@pytest.mark.parametrize("name", EVENTS)
def test_the_tables_are_fresh(name):
    if not HISTORY.is_dir():
        pytest.skip("the recorded prices of ../shared/data are not here")
    assert on_page(name) == script("replay").event_table(name, HISTORY), "run: python docs/make/replay.py DIR"
