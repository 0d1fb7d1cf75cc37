"""From a file to a sweep."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import library
from cascade_sim.scenario.files import (
    NOT_A_SCENARIO,
    as_seen_from_here,
    is_sweep,
    nearest_file,
    plain_path,
    read_mapping,
)
from cascade_sim.scenario.nodes import Mark
from cascade_sim.scenario.preset_kinds import SECTIONS, kind_of_preset
from cascade_sim.sweeps.spec import Sweep

_NOT_A_SWEEP = "write a sweep file with scenario: {} and vary:, or run this with cascade-sim run {}"


def load_sweep(
    path_or_name: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Sweep:
    """Load a sweep file.

    Parameters
    ----------
    path_or_name : str or path
        A YAML file, or the name of a bundled sweep such as ``sweeps/leverage``. A file that exists comes first.
    overrides : mapping, optional
        Changes of its scenario by dotted key, the same at every point.
    folder : str or path, optional
        Where relative paths in it start, if not in the folder of the file: the ``base_dir`` of the scenario of a sweep
        that was written with `Sweep.to_yaml`.

    Returns
    -------
    Sweep
        Validated, its scenario loaded.

    Raises
    ------
    ScenarioError
        If the file cannot be read or anything in it is wrong; its problems have file, line and column.
    """
    file = sweep_file(path_or_name)
    place = Mark(str(file))
    tree, problems = read_mapping(file, "a sweep", "name:, scenario:, vary:")
    preset = kind_of_preset(tree)
    if preset is not None:
        fix = NOT_A_SCENARIO[preset.folder][1].format(file)
        raise ScenarioError([place.problem("", f"is {preset.title}, not a sweep", fix)])
    if not is_sweep(tree) and set(SECTIONS) & set(tree.value):
        raise ScenarioError([place.problem("", "is a scenario, not a sweep", _NOT_A_SWEEP.format(file.name, file))])
    start = file.parent if folder is None else pathlib.Path(folder)
    return Sweep.from_tree(tree, start, problems, overrides)


def sweep_file(path_or_name: str | os.PathLike[str]) -> pathlib.Path:
    """Return the file that a name means: a path, or a bundled sweep.

    Raises
    ------
    ScenarioError
        If there is none, or the name is that of something else.
    """
    name = os.fspath(path_or_name)
    place = Mark(name)
    file = plain_path(name, pathlib.Path("."), place, "")
    if file.exists() and not file.is_dir():
        return file
    bundled = library.find_sweep(name)
    if bundled is not None:
        return as_seen_from_here(bundled)
    if library.find(name) is not None:
        raise ScenarioError([place.problem("", "is a scenario, not a sweep", _NOT_A_SWEEP.format(name, name))])
    if file.is_dir():
        raise ScenarioError([place.problem("", "is a folder", "name a YAML file")])
    fix = nearest_file(name, file, library.sweeps())
    raise ScenarioError([place.problem("", "there is no such file", fix)])
