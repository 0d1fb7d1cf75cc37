"""The JSON schema of a scenario file, for completion and checks in editors."""

from __future__ import annotations

import json
from typing import Any

from pydantic import AliasChoices
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import WithDefaultSchema

from cascade_sim.scenario.index import WaypointsPath
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.resolve import resolve

NAMED = ("crowd", "keepers", "compare", "reported")
"""Sections of entries by name: null there removes an entry of the file that is extended."""

_EXTENDS = {"type": "string", "description": "A file, or a bundled scenario, that this one is laid over."}


class AsInFiles(GenerateJsonSchema):
    """Pydantic's schema with defaults written as in a file."""

    def get_default_value(self, schema: WithDefaultSchema) -> Any:
        """Return the default of a key, made if it has to be made."""
        factory: Any = schema.get("default_factory")
        return factory() if factory else super().get_default_value(schema)

    def encode_default(self, dft: Any) -> Any:
        """Write a default as in a file."""
        return resolve(dft)


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema of what a scenario file may hold.

    A file that extends another may leave every key to it, so keys are required at the top of a file that
    stands alone and nowhere else; `cascade-sim validate` sees what is missing.
    """
    schema = Scenario.model_json_schema(by_alias=True, schema_generator=AsInFiles)
    required = schema.pop("required")
    for part in schema["$defs"].values():
        part.pop("required", None)
    _add_second_names(schema["$defs"]["WaypointsPath"])
    for name, section in schema["properties"].items():
        if name not in required and ("$ref" in section or section.get("type") in ("object", "array")):
            _allow_empty(section)
    for name in NAMED:
        named = schema["properties"][name]["anyOf"][0]
        named["additionalProperties"] = {"anyOf": [named["additionalProperties"], {"type": "null"}]}
    schema["properties"] = {"extends": _EXTENDS, **schema["properties"]}
    schema["anyOf"] = [{"required": required}, {"required": ["extends"]}]
    schema["title"] = "cascade_sim scenario"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_any_of(schema)}


def schema_text() -> str:
    """Return the schema as the text of ``scenarios/scenario.schema.json``."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _add_second_names(waypoints: dict[str, Any]) -> None:
    for name, field in WaypointsPath.model_fields.items():
        if isinstance(field.validation_alias, AliasChoices):
            for other in field.validation_alias.choices:
                waypoints["properties"].setdefault(str(other), waypoints["properties"][name])


def _allow_empty(section: dict[str, Any]) -> None:
    kept = {key: section.pop(key) for key in list(section) if key not in ("description", "default", "title")}
    section["anyOf"] = [kept, {"type": "null"}]


def _any_of(node: Any) -> Any:
    """Let alternatives overlap: without its kind, a part that is laid over another fits several."""
    if isinstance(node, dict):
        renamed = {("anyOf" if key == "oneOf" else key): child for key, child in node.items()}
        return {key: _any_of(child) for key, child in renamed.items() if key != "discriminator"}
    return [_any_of(child) for child in node] if isinstance(node, list) else node
