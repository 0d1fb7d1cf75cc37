"""Counterfactuals are tried when the scenario is read, not when the run has reached them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.nodes import Node

KEPT = ("name", "description", "seed", "clock", "record", "compare", "reported", "extends")
"""Sections that a counterfactual shares with the run it is compared with."""


def comparison_problems(
    compare: Mapping[str, Mapping[str, Any]], tree: Node, apply: Callable[[Mapping[str, Any]], object]
) -> Iterator[Problem]:
    """Yield what is wrong with the entries of ``compare``, at the places where they are written.

    Parameters
    ----------
    compare : mapping
        Changes by dotted key, by name.
    tree : Node
        The scenario as it is written.
    apply : callable
        Applies changes to the scenario, and raises `ScenarioError` if the result is not valid.
    """
    for name, changes in compare.items():
        for key in changes:
            if _is_kept(key):
                fix = "leave it out; write another scenario that extends this one"
                message = "a counterfactual runs with the same luck and clock"
                yield tree.problem(Finding(("compare", name, key), message, fix))
        try:
            apply({key: value for key, value in changes.items() if not _is_kept(key)})
        except ScenarioError as error:
            for problem in error.problems:
                key = next((key for key in changes if _concerns(str(key), problem.key)), None)
                mark = tree.mark_at(("compare", name) if key is None else ("compare", name, key))
                place = (mark.file, mark.line, mark.column, f"compare.{name}.{problem.key}")
                yield Problem(*place, problem.message, problem.fix)


def _is_kept(key: object) -> bool:
    return str(key).split(".")[0] in KEPT


def _concerns(change: str, key: str) -> bool:
    return key == change or key.startswith(change + ".") or change.startswith(key + ".")
