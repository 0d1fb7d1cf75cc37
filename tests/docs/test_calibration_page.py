"""The pages on fitting show what the fits give now; the example is what a scenario may hold."""

import re

import pytest
from pages import script, text_of

import cascade_sim as cs
from cascade_sim.scenario.yaml_text import read_yaml

PAGE = text_of("calibration.md")
OUT_OF_SAMPLE = text_of("validation.md")
TABLES = ("recovered", "event_parameters", "event_targets")
SEVERAL = ("joint_fit", "out_of_sample", "out_of_sample_goals")


def on_page(name):
    page = OUT_OF_SAMPLE if name.startswith("out_of_sample") else PAGE
    return re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", page, re.DOTALL)[1]


def test_every_table_of_the_scripts_has_its_place():
    assert (tuple(script("calibration").TABLES), tuple(script("out_of_sample").TABLES)) == (TABLES, SEVERAL)
    for name in (*TABLES, *SEVERAL):
        assert on_page(name).startswith("| ")


def test_the_example_is_a_section_that_a_scenario_may_have():
    example = re.search(r"^    calibrate:\n(?:^     .*\n|^\n)+", PAGE, flags=re.MULTILINE)[0].replace(
        "source: ...", "source: x"
    )
    node, problems = read_yaml(example, "page")
    assert problems == []
    scenario = cs.load_scenario("march_2020").with_overrides(node.plain())
    assert list(scenario.calibrate.free)[:2] == ["depth_over_open_interest", "refill"]


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_one_event_are_fresh(name):
    assert on_page(name) == script("calibration").TABLES[name](), "run: python docs/make/calibration.py"


def test_planted_parameters_are_found_on_the_page_within_an_eighth():
    rows = [line.split(" | ") for line in on_page("recovered").splitlines()[2:]]
    assert len(rows) == 12
    for row in rows:
        assert abs(float(row[4].rstrip("%"))) <= 12.5, row
