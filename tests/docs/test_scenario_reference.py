"""The page that lists every key of a scenario."""

import re

from pages import script, text_of

from cascade_sim import units
from cascade_sim.scenario.schema import scenario_schema

PAGE = text_of("scenario_reference.md")

READERS = {
    "amount": units.parse_quantity,
    "price": units.parse_quantity,
    "fraction": units.parse_fraction,
    "log-distance": units.parse_fraction,
    "duration": units.parse_duration,
    "moment": units.parse_moment,
    "time": units.parse_time,
}


def test_the_page_is_what_the_models_say():
    assert script("scenario_reference").reference_text() == PAGE, "run: python docs/make/scenario_reference.py"


def test_every_key_of_the_schema_is_on_the_page():
    switches = {"kind", "shape", "extends", "waypoints"}
    schema = scenario_schema()
    for part in [schema, *schema["$defs"].values()]:
        for key in part.get("properties", {}):
            assert key in switches or f"| `{key}` |" in PAGE, key


def test_the_ways_of_writing_that_the_page_shows_are_read():
    section = PAGE.partition("## How values are written")[2].partition("##")[0]
    rows = re.findall(r"^\| ([a-z-]+) \| (.*?) \|", section, flags=re.MULTILINE)
    shown = [(kind, example) for kind, examples in rows for example in re.findall(r"`(.*?)`", examples)]
    assert len(shown) > 20
    for kind, example in shown:
        if kind in READERS:
            READERS[kind](example)
