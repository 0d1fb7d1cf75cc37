"""From the published cases' formula names to the package's public functions."""

from __future__ import annotations

from typing import Any

from conformance.lending_cases import FORMULAS as LENDING
from conformance.margin_cases import FORMULAS as MARGIN
from conformance.venue_cases import FORMULAS as VENUES

FORMULAS = {**MARGIN, **VENUES, **LENDING}


def evaluate(formula: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return every output of a formula for one case's inputs.

    Raises
    ------
    KeyError
        If the formula has no function.
    """
    return FORMULAS[formula](inputs)
