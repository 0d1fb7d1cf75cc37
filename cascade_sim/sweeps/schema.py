"""The JSON schema of a sweep file, for completion and checks in editors."""

from __future__ import annotations

import json
from typing import Any

from cascade_sim.metrics.lending_figures import POOL
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.schema import AsInFiles
from cascade_sim.sweeps.distributions import DISTRIBUTIONS
from cascade_sim.sweeps.ranges import EXAMPLE, Range
from cascade_sim.sweeps.spec import OUTPUTS, Sweep


def sweep_schema() -> dict[str, Any]:
    """Return the JSON schema of what a sweep file may hold; a scenario written out in it is not looked into."""
    schema = Sweep.model_json_schema(by_alias=True, schema_generator=AsInFiles)
    properties = schema["properties"]
    properties["scenario"] = {
        "anyOf": [{"type": "string"}, {"type": "object"}],
        "description": properties["scenario"]["description"],
    }
    parts: tuple[type[Part], ...] = (Range, *DISTRIBUTIONS.values())
    spread = [part.model_json_schema(by_alias=True, schema_generator=AsInFiles) for part in parts]
    properties["vary"]["additionalProperties"] = {
        "anyOf": [
            {"type": "array", "minItems": 1, "description": "The values."},
            {"type": "string", "pattern": r"\.\.", "description": f"A range, such as {EXAMPLE}."},
            *spread,
        ]
    }
    properties["outputs"]["items"] = {
        "anyOf": [{"enum": list(OUTPUTS)}, {"type": "string", "pattern": rf"^\w+_({'|'.join(POOL)})$"}]
    }
    properties["keep"]["items"] = {
        "type": "object",
        "minProperties": 1,
        "properties": {"replicate": {"type": "integer", "minimum": 0}},
    }
    schema["title"] = "cascade_sim sweep"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def sweep_schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(sweep_schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
