"""From a file to a scenario: reading, extending, overriding, validating."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import library
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.nodes import Mark, Node
from cascade_sim.scenario.overrides import override_layer
from cascade_sim.scenario.suggest import nearest
from cascade_sim.scenario.yaml_text import read_yaml

LARGEST = 1_000_000
_PATH_KEYS = ("positions", "file")


def load_scenario(
    path_or_name: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None
) -> Scenario:
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
    file = _locate(os.fspath(path_or_name), pathlib.Path("."), Mark(str(path_or_name)))
    tree, problems = _read_with_bases(file, ())
    if overrides:
        tree = lay(tree, override_layer(overrides), Scenario)
    return Scenario.from_tree(tree, file.resolve().parent, problems)


def _read_with_bases(file: pathlib.Path, chain: tuple[pathlib.Path, ...]) -> tuple[Node, list[Problem]]:
    """Read a file and lay it over the one that it extends, and that over its own, and so on."""
    tree, problems = _read(file)
    extended = tree.value.pop("extends", None)
    if extended is None or extended.value is None:
        return tree, problems
    mark, wanted = extended.mark, extended.value
    chain = (*chain, file.resolve())
    if not isinstance(wanted, str):
        fix = "name one file or one bundled scenario"
        raise ScenarioError([Problem(mark.file, mark.line, mark.column, "extends", "is not a name", fix)])
    base = _locate(wanted, file.parent, mark, "extends")
    if base.resolve() in chain:
        names = " -> ".join(link.name for link in (*chain, base.resolve()))
        message = f"the files extend each other in a circle: {names}"
        raise ScenarioError(
            [Problem(mark.file, mark.line, mark.column, "extends", message, "take one link out")]
        )
    below, found = _read_with_bases(base, chain)
    below = _relocated(below, base.resolve().parent, file.resolve().parent)
    return lay(below, tree, Scenario), found + problems


def _locate(name: str, start: pathlib.Path, mark: Mark, key: str = "") -> pathlib.Path:
    """Return the file that a name means: a path, seen from a folder, or a bundled scenario."""
    file = pathlib.Path(os.path.normpath(start / name))
    if file.exists() and not file.is_dir():
        return file
    bundled = library.find(name)
    if bundled is not None:
        return _as_seen_from_here(bundled)
    place = (mark.file, mark.line, mark.column, key)
    if file.is_dir():
        inside = sorted(entry.name for entry in file.iterdir() if entry.suffix in library.ENDINGS)
        fix = f"did you mean {pathlib.PurePath(name, inside[0])}?" if inside else "name a YAML file"
        raise ScenarioError([Problem(*place, "is a folder" if not key else f"{name} is a folder", fix)])
    beside = sorted(entry.name for entry in file.parent.iterdir()) if file.parent.is_dir() else []
    yaml_files = [entry for entry in beside if entry.endswith(library.ENDINGS)]
    meant = nearest(file.name, yaml_files) or nearest(file.name + ".yaml", yaml_files)
    meant = str(pathlib.PurePath(name).parent / meant) if meant else nearest(name, library.names())
    fix = f"did you mean {meant}?" if meant else "give a file, or a name from `cascade-sim list`"
    raise ScenarioError(
        [Problem(*place, f"there is no file {name}" if key else "there is no such file", fix)]
    )


def _read(file: pathlib.Path) -> tuple[Node, list[Problem]]:
    """Read one file's mapping."""
    text = _text(file)
    tree, problems = read_yaml(text, str(file))
    if tree.value is None:
        raise ScenarioError([Problem(str(file), 0, 0, "", "is empty", "write a scenario into it")])
    if not isinstance(tree.value, dict):
        what = "a list" if isinstance(tree.value, list) else "a single value"
        message, fix = f"holds {what} where a mapping is wanted", "begin with name:, clock:, market:"
        raise ScenarioError([Problem(str(file), 1, 1, "", message, fix)])
    return tree, problems


def _text(file: pathlib.Path) -> str:
    name = str(file)
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
            size = max(len(content), os.fstat(stream.fileno()).st_size)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ScenarioError(
            [Problem(name, 0, 0, "", message, "check the file and its permissions")]
        ) from None
    if size > LARGEST:
        message = f"is {size / 1e6:.1f} MB; a scenario is at most {LARGEST / 1e6:.0f} MB"
        raise ScenarioError(
            [Problem(name, 0, 0, "", message, "put long series and positions into CSV or Parquet files")]
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = "is not UTF-8 text"
        raise ScenarioError([Problem(name, line, column, "", message, "save the file as UTF-8")]) from None


def _relocated(node: Node, old: pathlib.Path, new: pathlib.Path) -> Node:
    """Rewrite relative paths of a file so that they mean the same when seen from another file's folder."""
    if old == new:
        return node

    def moved(key: Any, child: Node) -> Node:
        is_path = str(key).rpartition(".")[2] in _PATH_KEYS and isinstance(child.value, str)
        if is_path and not os.path.isabs(child.value):
            return Node(pathlib.Path(os.path.relpath(old / child.value, new)).as_posix(), child.mark)
        return _relocated(child, old, new)

    if isinstance(node.value, dict):
        return Node({key: moved(key, child) for key, child in node.value.items()}, node.mark)
    if isinstance(node.value, list):
        return Node([_relocated(child, old, new) for child in node.value], node.mark)
    return node


def _as_seen_from_here(file: pathlib.Path) -> pathlib.Path:
    """Return a path relative to the working folder where it lies below it, so that messages stay short."""
    here = pathlib.Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
