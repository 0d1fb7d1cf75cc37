"""The JSON schema that editors complete from."""

import json

import pytest

from cascade_sim.scenario import library
from cascade_sim.scenario.schema import scenario_schema, schema_text
from cascade_sim.scenario.yaml_text import read_yaml


def as_editors_see(value):
    """JSON has no keys but strings."""
    if isinstance(value, dict):
        return {str(key): as_editors_see(child) for key, child in value.items()}
    return [as_editors_see(child) for child in value] if isinstance(value, list) else value


def errors_in(text):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(scenario_schema())
    return [error.message for error in validator.iter_errors(as_editors_see(read_yaml(text, "x")[0].plain()))]


def test_the_schema_in_scenarios_is_fresh():
    file = library.folder() / "scenario.schema.json"
    assert file.read_text(encoding="utf-8") == schema_text(), (
        "run: cascade-sim schema --out scenarios/scenario.schema.json"
    )


def test_the_schema_is_one():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_every_bundled_scenario_fits_the_schema(sample_text, small_text):
    texts = [library.find(name).read_text(encoding="utf-8") for name in library.names()]
    for text in [sample_text, small_text, *texts]:
        assert errors_in(text) == []


def test_a_file_that_extends_another_may_leave_everything_to_it():
    assert errors_in("extends: march_2020\n") == []
    assert errors_in("extends: x\ncrowd: {longs: {leverage: {mean: 5}}}\nmarket: {price: 5k}\nflow:\n") == []
    assert errors_in("seed: 1\n")


@pytest.mark.parametrize("section", ["crowd", "keepers", "compare", "reported"])
def test_null_removes_an_entry_of_the_file_that_is_extended(section):
    assert errors_in(f"extends: x\n{section}: {{first: null}}\n") == []
    assert errors_in(f"extends: x\n{section}: {{first: 5k}}\n")


@pytest.mark.parametrize(
    "text",
    ["sead: 3", "clock: {duraton: 1h}", "market: {contract: invrse}", "market: {price: 5m}", "seed: 5%"],
)
def test_the_schema_sees_misspellings(text):
    assert errors_in(f"extends: x\n{text}\n")


@pytest.mark.parametrize("text", ["lending: [{knd: flip}]", "chain: {interval: 12q}", "keepers: {bots: {latncy: 15s}}"])
def test_the_schema_sees_misspellings_of_lending(text):
    assert errors_in(f"extends: x\n{text}\n")


def test_every_key_of_the_format_is_described():
    schema = scenario_schema()
    for name, part in schema["$defs"].items():
        for key, field in part.get("properties", {}).items():
            described = "description" in field or "const" in field or "$ref" in field
            assert described, f"{name}.{key}"


def test_defaults_are_stated_as_they_are_written():
    definitions = scenario_schema()["$defs"]
    assert definitions["Pull"]["properties"]["half_life"]["default"] == "never"
    assert definitions["Index"]["properties"]["path"]["default"] == {"kind": "constant"}
    assert definitions["Exchange"]["properties"]["adl"]["default"] is True
    assert json.loads(schema_text()) == scenario_schema()
