"""From a file to a scenario: reading, extending, overriding, validating."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.files import A_SWEEP, NOT_A_SCENARIO, is_sweep, locate, read_mapping
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.nodes import Mark, Node
from cascade_sim.scenario.preset_kinds import kind_of_preset

_PATH_KEYS = ("positions", "file")


def load_scenario(path_or_name: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Load a scenario file.

    Parameters
    ----------
    path_or_name : str or path
        A YAML file, or the name of a bundled scenario such as ``march_2020`` or ``textbook/uniform``. A file
        that exists comes first.
    overrides : mapping, optional
        Dotted keys and values that replace what the file says; see `Scenario.with_overrides`.

    Returns
    -------
    Scenario
        Validated; it knows the line of every key.

    Raises
    ------
    ScenarioError
        If the file cannot be read or anything in it is wrong; its problems have file, line and column.
    """
    place = Mark(str(path_or_name))
    file = locate(os.fspath(path_or_name), pathlib.Path("."), place)
    tree, problems = _read_with_bases(file, (), place)
    return Scenario.from_tree(tree, file.resolve().parent, problems, overrides)


def _read_with_bases(file: pathlib.Path, chain: tuple[pathlib.Path, ...], place: Mark) -> tuple[Node, list[Problem]]:
    """Read a file and lay it over the one that it extends, and that over its own, and so on."""
    tree, problems = read_mapping(file)
    preset = kind_of_preset(tree)
    other = NOT_A_SCENARIO[preset.folder] if preset else A_SWEEP if is_sweep(tree) else None
    if other is not None:
        message, fix = other
        raise ScenarioError([place.problem("extends" if chain else "", message, fix.format(file))])
    tree, found = over_its_base(tree, file.parent, (*chain, file.resolve()))
    return tree, found + problems


def over_its_base(tree: Node, folder: pathlib.Path, chain: tuple[pathlib.Path, ...] = ()) -> tuple[Node, list[Problem]]:
    """Lay what was read over the scenario that its ``extends`` names.

    Parameters
    ----------
    tree : Node
        What was read; ``extends`` is taken out of it.
    folder : pathlib.Path
        Where relative paths start.
    chain : tuple of pathlib.Path
        The files that led here, resolved.

    Returns
    -------
    Node
        The merged tree.
    list of Problem
        What is wrong with the files below.
    """
    extended = tree.value.pop("extends", None)
    if extended is None or extended.value is None:
        return tree, []
    mark, wanted = extended.mark, extended.value
    if not isinstance(wanted, str):
        fix = "name one file or one bundled scenario"
        raise ScenarioError([mark.problem("extends", "is not a name", fix)])
    base = locate(wanted, folder, mark, "extends")
    if base.resolve() in chain:
        names = " -> ".join(link.name for link in (*chain, base.resolve()))
        message = f"the files extend each other in a circle: {names}"
        raise ScenarioError([mark.problem("extends", message, "take one link out")])
    below, found = _read_with_bases(base, chain, mark)
    home = chain[-1].parent if chain else folder.resolve()
    below = _relocated(below, base.resolve().parent, home)
    return lay(below, tree, Scenario), found


def _relocated(node: Node, old: pathlib.Path, new: pathlib.Path) -> Node:
    """Rewrite relative paths of a file so that they mean the same when seen from another file's folder."""
    if old == new:
        return node

    def moved(key: Any, child: Node) -> Node:
        last = str(key).rpartition(".")[2]
        is_path = last in _PATH_KEYS and isinstance(child.value, str)
        if last == "extends":
            return _preset_relocated(child, old, new)
        if is_path and not os.path.isabs(child.value):
            return Node(pathlib.Path(os.path.relpath(old / child.value, new)).as_posix(), child.mark)
        return _relocated(child, old, new)

    if isinstance(node.value, dict):
        return Node({key: moved(key, child) for key, child in node.value.items()}, node.mark)
    if isinstance(node.value, list):
        return Node([_relocated(child, old, new) for child in node.value], node.mark)
    return node


def _preset_relocated(extends: Node, old: pathlib.Path, new: pathlib.Path) -> Node:
    below = None if extends.below is None else _relocated(extends.below, old, new)
    value = extends.value
    if isinstance(value, str) and not os.path.isabs(value) and (old / value).is_file():
        value = pathlib.Path(os.path.relpath(old / value, new)).as_posix()
    return replace(extends, value=value, below=below)
