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
        Values by dotted key; a step that is a number is an index of a list (``flow.orders.0.sell``), or a name that
        of an item (``lending.maker.bonus``).

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
        mark = override_mark(key, value)
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


def override_mark(key: object, value: Any) -> Mark:
    """Return the place that problems of an override name."""
    return Mark(f"--set {key}={_shown(value)}")


NAMED = {"crowd": "cohort", "keepers": "cohort", "lending": "pool"}
"""Sections whose entries are known by name, each with what an entry is called."""

LISTS = frozenset({"lending"})
"""Those of them that are lists: an override cannot add an entry by name."""


def unknown_names(problems: Iterable[Problem], tree: Node, changes: Mapping[str, Any]) -> list[Problem]:
    """Say once that a cohort or pool does not exist, instead of all that one made of an override lacks.

    Parameters
    ----------
    problems : iterable of Problem
        What is wrong with the overridden scenario.
    tree : Node
        The scenario before the overrides.
    changes : mapping
        The overrides.
    """
    known = {section: _names_in(tree.child(section)) for section in NAMED}
    steps = [str(key).split(".") for key in changes]
    new = {(step[0], step[1]) for step in steps if step[0] in NAMED and _is_new(step, known[step[0]])}
    told: dict[str, Problem] = {}
    for problem in problems:
        section, *rest = problem.key.split(".")
        whole_list = section in LISTS and not rest
        names = sorted(name for where, name in new if where == section and (whole_list or rest[:1] == [name]))
        if not names or not (whole_list or len(rest) > 1):
            told[f"{problem.key}: {problem.message}"] = problem
        elif whole_list or known[section]:
            for name in names:
                told[f"{section}.{name}"] = _no_such(problem, section, name, known[section])
        else:
            told[problem.key] = problem
    return list(told.values())


def unmeant_keepers(tree: Node, changes: Mapping[str, Any]) -> list[Problem]:
    """Say which overrides of single keys would make a cohort of keepers: with all keys at their defaults, it is valid.

    Parameters
    ----------
    tree : Node
        The scenario before the overrides.
    changes : mapping
        The overrides; one that writes a whole cohort may make one.
    """
    whole = changes.get("keepers")
    known = _names_in(tree.child("keepers")) + (list(whole) if isinstance(whole, Mapping) else [])
    known += [key.partition(".")[2] for key in map(str, changes) if key.startswith("keepers.")]
    found = []
    for key, mark in ((str(key), override_mark(key, value)) for key, value in changes.items()):
        steps = key.split(".")
        if steps[0] == "keepers" and len(steps) > 2 and steps[1] not in known:
            found.append(_no_such(mark.problem(key, ""), "keepers", steps[1], _names_in(tree.child("keepers"))))
    return found


def _no_such(problem: Problem, section: str, name: str, known: list[str]) -> Problem:
    meant, what = nearest(name, known), NAMED[section]
    fix = f"the {what}s are {listed(known)}" if known else f"the scenario has no {what}s"
    fix = f"did you mean {meant}?" if meant else fix
    return replace(problem, key=f"{section}.{name}", message=f"there is no such {what}", fix=fix)


def _is_new(steps: list[str], known: list[str]) -> bool:
    """Whether a dotted key goes into a cohort that is not there, or names a pool that is not there."""
    if steps[0] in LISTS:
        return len(steps) > 1 and steps[1] not in known and not steps[1].isdigit()
    return len(steps) > 2 and steps[1] not in known


def _names_in(section: Node | None) -> list[str]:
    if section is None or not isinstance(section.value, dict | list):
        return []
    if isinstance(section.value, dict):
        return [str(name) for name in section.value]
    named = (item.child("name") for item in section.value if isinstance(item.value, dict))
    return [str(name.value) for name in named if name is not None]


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
