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
from cascade_sim.scenario.suggest import nearest
from cascade_sim.scenario.yaml_text import read_yaml

LARGEST = 1_000_000
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
    file = _locate(os.fspath(path_or_name), pathlib.Path("."), Mark(str(path_or_name)))
    tree, problems = _read_with_bases(file, ())
    return Scenario.from_tree(tree, file.resolve().parent, problems, overrides)


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
        raise ScenarioError([mark.problem("extends", "is not a name", fix)])
    base = _locate(wanted, file.parent, mark, "extends")
    if base.resolve() in chain:
        names = " -> ".join(link.name for link in (*chain, base.resolve()))
        message = f"the files extend each other in a circle: {names}"
        raise ScenarioError([mark.problem("extends", message, "take one link out")])
    below, found = _read_with_bases(base, chain)
    below = _relocated(below, base.resolve().parent, file.resolve().parent)
    return lay(below, tree, Scenario), found + problems


def _locate(name: str, start: pathlib.Path, mark: Mark, key: str = "") -> pathlib.Path:
    """Return the file that a name means: a path, seen from a folder, or a bundled scenario."""
    file = pathlib.Path(os.path.normpath(start / name))
    try:
        if file.exists() and not file.is_dir():
            return file
    except (OSError, ValueError):
        raise ScenarioError([mark.problem(key, "is not a name that a file can have", "shorten it")]) from None
    bundled = library.find(name)
    if bundled is not None:
        return _as_seen_from_here(bundled)
    if file.is_dir():
        inside = sorted(entry.name for entry in file.iterdir() if entry.suffix in library.ENDINGS)
        fix = f"did you mean {pathlib.PurePath(name, inside[0])}?" if inside else "name a YAML file"
        raise ScenarioError([mark.problem(key, f"{name} is a folder" if key else "is a folder", fix)])
    message = f"there is no file {name}" if key else "there is no such file"
    raise ScenarioError([mark.problem(key, message, _nearest_file(name, file))])


def _nearest_file(name: str, file: pathlib.Path) -> str:
    beside = sorted(entry.name for entry in file.parent.iterdir()) if file.parent.is_dir() else []
    by_stem = {pathlib.PurePath(entry).stem: entry for entry in beside if entry.endswith(library.ENDINGS)}
    near = nearest(file.stem, by_stem)
    meant = str(pathlib.PurePath(name).parent / by_stem[near]) if near else nearest(name, library.names())
    return f"did you mean {meant}?" if meant else "give a file, or a name from `cascade-sim list`"


def _read(file: pathlib.Path) -> tuple[Node, list[Problem]]:
    """Read one file's mapping."""
    place = Mark(str(file))
    tree, problems = read_yaml(_text(file, place), place.file)
    if tree.value is None:
        raise ScenarioError([place.problem("", "is empty", "write a scenario into it")])
    if not isinstance(tree.value, dict):
        what = "a list" if isinstance(tree.value, list) else "a single value"
        message, fix = f"holds {what} where a mapping is wanted", "begin with name:, clock:, market:"
        raise ScenarioError([Mark(place.file, 1, 1).problem("", message, fix)])
    return tree, problems


def _text(file: pathlib.Path, place: Mark) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
            size = max(len(content), os.fstat(stream.fileno()).st_size)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ScenarioError([place.problem("", message, "check the file and its permissions")]) from None
    if size > LARGEST:
        message = f"is larger than the {LARGEST / 1e6:.0f} MB that a scenario may have ({size / 1e6:.1f} MB)"
        fix = "put long series and positions into CSV or Parquet files"
        raise ScenarioError([place.problem("", message, fix)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        problem = Mark(place.file, line, column).problem("", "is not UTF-8 text", "save the file as UTF-8")
        raise ScenarioError([problem]) from None


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
