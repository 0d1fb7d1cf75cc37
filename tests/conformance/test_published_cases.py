"""The published worked examples, through the public functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conformance.evaluate import evaluate

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CASES = DATA / "mechanics_cases.json"
ROWS: list[dict[str, Any]] = json.loads(CASES.read_text()) if CASES.exists() else []


def agrees(given: Any, expected: Any, tolerance: dict[str, float]) -> bool:
    if isinstance(expected, dict):
        return all(agrees(given[key], value, tolerance) for key, value in expected.items())
    if isinstance(expected, list):
        return len(given) == len(expected) and all(
            agrees(mine, theirs, tolerance) for mine, theirs in zip(given, expected, strict=True)
        )
    if isinstance(expected, str) or expected is None:
        return given == expected
    room = max(tolerance.get("abs", 0.0), tolerance.get("rel", 0.0) * abs(expected))
    return abs(given - expected) <= room


@pytest.mark.skipif(not ROWS, reason="the published cases (mechanics_cases.json) are not beside this checkout")
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case["id"])
def test_the_published_figure_is_reproduced(case: dict[str, Any]) -> None:
    given = evaluate(case["formula"], case["inputs"])
    for name, expected in case["expected"].items():
        assert agrees(given[name], expected, case["tolerance"]), (name, given[name], expected, case["source"])
