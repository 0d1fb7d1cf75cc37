"""Overrides: dotted keys and the values they shall have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.nodes import Mark, Node, node_from
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.scenario.yaml_text import read_yaml


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Read assignments as the command line gets them, each value as YAML.

    Parameters
    ----------
    assignments : iterable of str
        Such as ``crowd.longs.leverage.mean=20``.

    Returns
    -------
    dict
        Values by dotted key, in the order given.

    Raises
    ------
    ScenarioError
        For assignments without ``=`` or a key, and values that are not YAML; holds all of them.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        place = Mark(f"--set {assignment}")
        if not equals or not key.strip():
            fix = "write --set KEY=VALUE, such as --set exchange.insurance_fund=5M"
            problems.append(place.problem("", "is not an assignment", fix))
            continue
        try:
            node, found = read_yaml(text, place.file)
        except ScenarioError as error:
            problems += error.problems
            continue
        problems += found
        values[key.strip()] = node.plain()
    if problems:
        raise ScenarioError(problems)
    return values


def override_layer(changes: Mapping[str, Any]) -> Node:
    """Turn dotted keys into a layer that can be laid over a scenario.

    Parameters
    ----------
    changes : mapping
        Values by dotted key; a step that is a number is an index of a list (``flow.orders.0.sell``).

    Returns
    -------
    Node
        Nested mappings; each value is marked with the override that it comes from.

    Raises
    ------
    ScenarioError
        If a key has an empty step.
    """
    top = Node({}, Mark("--set"), partial=True)
    for key, value in changes.items():
        mark = Mark(f"--set {key}={_shown(value)}")
        steps = str(key).split(".")
        if not all(steps):
            fix = "write the keys from the root with one dot between them"
            raise ScenarioError([mark.problem("", "is not a dotted key", fix)])
        node = top
        for step in steps[:-1]:
            below = node.value.get(step)
            if below is None or not isinstance(below.value, dict):
                below = Node({}, mark, partial=True)
                node.value[step] = below
            node = below
        node.value[steps[-1]] = node_from(value, mark)
    return top


def unknown_cohorts(problems: Iterable[Problem], tree: Node, changes: Mapping[str, Any]) -> list[Problem]:
    """Say once that a cohort does not exist, instead of all that a cohort made of one override lacks.

    Parameters
    ----------
    problems : iterable of Problem
        What is wrong with the overridden scenario.
    tree : Node
        The scenario before the overrides.
    changes : mapping
        The overrides.
    """
    crowd = tree.child("crowd")
    known = [str(name) for name in crowd.value] if crowd and isinstance(crowd.value, dict) else []
    steps = [str(key).split(".") for key in changes]
    new = {step[1] for step in steps if len(step) > 2 and step[0] == "crowd" and step[1] not in known}
    told: dict[str, Problem] = {}
    for problem in problems:
        step = problem.key.split(".")
        name = step[1] if len(step) > 2 and step[0] == "crowd" and step[1] in new else None
        if name is None:
            told[f"{problem.key}: {problem.message}"] = problem
        elif known:
            meant = nearest(name, known)
            fix = f"did you mean {meant}?" if meant else f"the cohorts are {listed(known)}"
            message = "there is no such cohort"
            told[name] = replace(problem, key=f"crowd.{name}", message=message, fix=fix)
        else:
            told[problem.key] = problem
    return list(told.values())


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
