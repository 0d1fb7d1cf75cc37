"""Counterfactuals are tried when the scenario is read, not when the run has reached them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.nodes import Node

KEPT = ("name", "description", "seed", "clock", "record", "compare", "events", "reported", "calibrate", "extends")
"""Sections that a counterfactual shares with the run it is compared with."""


def comparison_problems(
    tree: Node, apply: Callable[[Mapping[str, Any]], object], known: Collection[Problem]
) -> Iterator[Problem]:
    """Yield what is wrong with the entries of ``compare``, at the places where they are written.

    Parameters
    ----------
    tree : Node
        The scenario as it is written.
    apply : callable
        Applies changes to the scenario without its comparisons; raises `ScenarioError` if that is not valid.
    known : collection of Problem
        What is wrong with the scenario itself, and so with every counterfactual of it.
    """
    compare = tree.child("compare")
    entries = compare.plain() if compare else None
    own = {(problem.key, problem.message) for problem in known}
    unread = {problem.key for problem in known}
    files = set(_files(tree))
    for name, changes in entries.items() if isinstance(entries, dict) else ():
        if not isinstance(changes, dict):
            continue
        for key in changes:
            if _is_kept(key):
                fix = "leave it out; write another scenario that extends this one"
                message = "a counterfactual runs with the same luck and clock"
                yield tree.problem(Finding(("compare", name, key), message, fix))
        try:
            apply({key: value for key, value in changes.items() if not _is_kept(key)})
        except ScenarioError as error:
            for problem in error.problems:
                if (problem.key, problem.message) in own or problem.key.split(".")[0] in unread:
                    continue
                if problem.file not in files and not problem.file.startswith("--set "):
                    yield problem  # in a file that the counterfactual alone names
                    continue
                cause = [key for key in changes if _concerns(_by_index(tree, str(key)), problem.key)][:1]
                mark = tree.mark_at(("compare", name, *cause))
                yield mark.problem(f"compare.{name}.{problem.key}", problem.message, problem.fix)


def _is_kept(key: object) -> bool:
    return str(key).split(".")[0] in KEPT


def _files(node: Node) -> Iterator[str]:
    yield node.mark.file
    for child in node.children():
        yield from _files(child)


def _by_index(tree: Node, change: str) -> str:
    """Return a dotted key with the items of lists by their index, as problems have it."""
    steps, node = change.split("."), tree
    for place, step in enumerate(steps):
        if isinstance(node.value, list) and (index := node.place_of(step)) is not None:
            steps[place] = str(index)
        child = node.child(step)
        if child is None:
            break
        node = child
    return ".".join(steps)


def _concerns(change: str, key: str) -> bool:
    change = change.removesuffix(".extends")
    return key == change or key.startswith(change + ".") or change.startswith(key + ".")
