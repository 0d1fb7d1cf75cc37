"""Files that scenarios are made of: where a name leads, and what is written there."""

from __future__ import annotations

import os
import pathlib

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import library
from cascade_sim.scenario.nodes import Mark, Node
from cascade_sim.scenario.suggest import nearest
from cascade_sim.scenario.yaml_text import read_yaml

LARGEST = 1_000_000
NOT_A_SCENARIO = {
    library.VENUES: ("is a venue preset, not a scenario", "write exchange: {{extends: {}}} in a scenario"),
    library.PROTOCOLS: (
        "is a lending protocol, not a scenario",
        "write lending: [{{name: pool, extends: {}, loans: ...}}] in a scenario",
    ),
}
"""What a preset is, and what to do with it, by the folder of its kind."""
A_SWEEP = ("is a sweep, not a scenario", "run it with cascade-sim sweep {}, or load it with load_sweep")


def is_sweep(tree: Node) -> bool:
    """Whether a file's mapping varies a scenario and is none itself."""
    return "vary" in tree.value or ("scenario" in tree.value and not {"clock", "market"} & set(tree.value))


def locate(name: str, start: pathlib.Path, mark: Mark, key: str = "") -> pathlib.Path:
    """Return the file that a name means: a path, seen from a folder, or a bundled scenario."""
    file = plain_path(name, start, mark, key)
    if file.is_file() or (file.exists() and not file.is_dir()):
        return file
    bundled = library.find(name)
    if bundled is not None:
        return as_seen_from_here(bundled)
    if file.is_dir():
        inside = sorted(entry.name for entry in file.iterdir() if entry.suffix in library.ENDINGS)
        fix = f"did you mean {pathlib.PurePath(name, inside[0])}?" if inside else "name a YAML file"
        raise ScenarioError([mark.problem(key, f"{name} is a folder" if key else "is a folder", fix)])
    for kind, (message, fix) in NOT_A_SCENARIO.items():
        if library.find_preset(name, kind) is not None:
            raise ScenarioError([mark.problem(key, message, fix.format(name))])
    if library.find_sweep(name) is not None:
        message, fix = A_SWEEP
        raise ScenarioError([mark.problem(key, message, fix.format(name))])
    message = f"there is no file {name}" if key else "there is no such file"
    raise ScenarioError([mark.problem(key, message, nearest_file(name, file, library.names()))])


def plain_path(name: str, start: pathlib.Path, mark: Mark, key: str) -> pathlib.Path:
    """Return a path as seen from a folder; refuse what no file can be called."""
    file = pathlib.Path(os.path.normpath(start / name))
    try:
        file.exists()
    except (OSError, ValueError):
        raise ScenarioError([mark.problem(key, "is not a name that a file can have", "shorten it")]) from None
    return file


def nearest_file(name: str, file: pathlib.Path, bundled: list[str]) -> str:
    """Say which file or bundled name was probably meant by one that does not exist."""
    beside = sorted(entry.name for entry in file.parent.iterdir()) if file.parent.is_dir() else []
    by_stem = {pathlib.PurePath(entry).stem: entry for entry in beside if entry.endswith(library.ENDINGS)}
    near = nearest(file.stem, by_stem)
    meant = str(pathlib.PurePath(name).parent / by_stem[near]) if near else nearest(name, bundled)
    return f"did you mean {meant}?" if meant else "give a file, or a name from `cascade-sim list`"


def read_mapping(
    file: pathlib.Path, what: str = "a scenario", begin: str = "name:, clock:, market:"
) -> tuple[Node, list[Problem]]:
    """Read one file's mapping.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    what, begin : str
        What the file should hold, and the keys that it begins with, for messages.
    """
    place = Mark(str(file))
    tree, problems = read_yaml(_text(file, place), place.file)
    if tree.value is None:
        raise ScenarioError([place.problem("", "is empty", f"write {what} into it")])
    if not isinstance(tree.value, dict):
        held = "a list" if isinstance(tree.value, list) else "a single value"
        message, fix = f"holds {held} where a mapping is wanted", f"begin with {begin}"
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


def as_seen_from_here(file: pathlib.Path) -> pathlib.Path:
    """Return a path relative to the working folder where it lies below it, so that messages stay short."""
    here = pathlib.Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
