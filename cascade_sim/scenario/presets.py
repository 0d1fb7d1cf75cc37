"""Laying presets under what a scenario writes: a venue's rules below the exchange, a protocol's below a pool."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import anatomy, library
from cascade_sim.scenario.diagnosis import diagnose
from cascade_sim.scenario.files import as_seen_from_here, plain_path, read_mapping
from cascade_sim.scenario.layers import foreign_keys, lay
from cascade_sim.scenario.nodes import Mark, Node, dotted
from cascade_sim.scenario.preset_kinds import (
    ABOUT,
    BASE_KEY,
    KINDS,
    SECTIONS,
    VENUE,
    PresetKind,
    kind_of_preset,
)
from cascade_sim.scenario.suggest import listed, nearest

LONGEST_NAME = 4096


def preset_file(path_or_name: str) -> tuple[pathlib.Path, PresetKind] | None:
    """Return the file of a preset that is named and its kind, or None where a name means something else.

    Parameters
    ----------
    path_or_name : str
        A path, or the name of a bundled preset such as ``venues/okx`` or ``protocols/aave_v3``.
    """
    file = pathlib.Path(path_or_name)
    if "\0" not in path_or_name and len(path_or_name) < LONGEST_NAME and file.is_file():
        inside = next((kind for kind in KINDS if file.resolve().parent.name == kind.folder), None)
        kind = inside or kind_of_preset(read_mapping(file)[0])
        return None if kind is None else (file, kind)
    for kind in KINDS:
        bundled = library.find_preset(path_or_name, kind.folder)
        if bundled is not None:
            return as_seen_from_here(bundled), kind
    return None


def load_preset(file: pathlib.Path, kind: PresetKind = VENUE) -> Any:
    """Load a preset by itself.

    Raises
    ------
    ScenarioError
        If it cannot be read or anything in it is wrong.
    """
    return kind.validate(_read(file, kind, ()).plain())


def with_preset(tree: Node, base_dir: pathlib.Path | None) -> tuple[Node, list[Problem]]:
    """Lay the exchange and the lending pools of a scenario over the presets that they name.

    Parameters
    ----------
    tree : Node
        The scenario as it is written.
    base_dir : pathlib.Path or None
        Folder that relative paths start from.

    Returns
    -------
    Node
        The scenario without ``extends`` of these parts: what a preset says stands at the place of that key. Without
        the section where a preset cannot be used.
    list of Problem
        What is wrong with the presets.
    """
    folder = base_dir or pathlib.Path()
    problems: list[Problem] = []
    sections = dict(tree.value)
    for kind in (kind for kind in KINDS if kind.section in sections):
        section = sections[kind.section]
        listed_parts = isinstance(section.value, list)
        laid: list[Node] = []
        parts = section.value if listed_parts else [section]
        for place, part in enumerate(parts):
            path = (kind.section, place) if listed_parts else (kind.section,)
            try:
                laid.append(_on_preset(part, kind, folder, path))
            except ScenarioError as error:
                problems += error.problems
        if len(laid) < len(parts):
            del sections[kind.section]
        else:
            sections[kind.section] = replace(section, value=laid) if listed_parts else laid[0]
    return replace(tree, value=sections), problems


def sections_on_presets(changes: Mapping[str, Any]) -> set[str]:
    """Return the sections in which changes by dotted key name another preset."""
    sections = {kind.section for kind in KINDS}
    named = ((str(key).split("."), value) for key, value in changes.items())
    return {path[0] for path, value in named if path[0] in sections and (path[-1] == BASE_KEY or _names_one(value))}


def _names_one(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_names_one(item) for item in value)
    return isinstance(value, Mapping) and BASE_KEY in value


def _on_preset(written: Node, kind: PresetKind, folder: pathlib.Path, path: tuple[str | int, ...]) -> Node:
    """Lay a part over the preset that it names; as it is where it names none."""
    named = written.child(BASE_KEY) if isinstance(written.value, dict) else None
    if named is None:
        return written
    own, below = written.without(BASE_KEY), named.below or Node({}, written.mark)
    if named.value is not None:
        rules = _read(_file_of(named, kind, folder, dotted((*path, BASE_KEY))), kind, ())
        below = lay(below, rules.without(*ABOUT).moved_to(named.mark), kind.below)
        own = _without_other_kinds(own, below, named.mark, kind)
    return lay(below, own, kind.below)


def _without_other_kinds(own: Node, below: Node, named: Mark, kind: PresetKind) -> Node:
    """Drop what another layer wrote for another kind than that of the preset which is now named."""
    bare = {key: node.value for node in (below, own) for key, node in node.value.items() if key == "kind"}
    part = anatomy.chosen(kind.below, bare)
    foreign = foreign_keys(part, kind.below) if part else frozenset()
    return own.without(*(key for key in foreign & set(own.value) if own.value[key].mark.file != named.file))


def _file_of(named: Node, kind: PresetKind, folder: pathlib.Path, key: str) -> pathlib.Path:
    """Return the file that a preset's name means: a path, seen from a folder, or a bundled one."""
    mark, name, known = named.mark, named.value, library.presets(kind.folder)
    fix = f"the {kind.known} are {listed(known)}; or name a file" if known else "name a file"
    if not isinstance(name, str) or not name:
        raise ScenarioError([mark.problem(key, "is not the name of a preset", fix)])
    file = plain_path(name, folder, mark, key)
    if file.is_file():
        return as_seen_from_here(file)
    bundled = library.find_preset(name, kind.folder)
    if bundled is not None:
        return as_seen_from_here(bundled)
    if library.find(name) is not None:
        message = f"{name} is a scenario, not {kind.title}"
        raise ScenarioError([mark.problem(key, message, fix)])
    meant = nearest(name, known) or nearest(f"{kind.folder}/{name}", known)
    fix = f"did you mean {meant}? {fix[0].upper()}{fix[1:]}" if meant else fix
    raise ScenarioError([mark.problem(key, f"there is no {kind.known.removesuffix('s')} {name}", fix)])


def _read(file: pathlib.Path, kind: PresetKind, chain: tuple[pathlib.Path, ...]) -> Node:
    """Read a preset and lay it over the one that it extends; it has to be right by itself."""
    tree, problems = read_mapping(file)
    fix = f"take it out; a preset holds the keys of {kind.part} themselves, and name, description and sources"
    outside = (f"has no place in {kind.title}", fix)
    problems += [child.mark.problem(key, *outside) for key, child in tree.value.items() if key in SECTIONS]
    tree, chain = tree.without(*SECTIONS), (*chain, file.resolve())
    named = tree.child(BASE_KEY)
    if named is not None and named.value is not None:
        base = _file_of(named, kind, file.parent, BASE_KEY)
        if base.resolve() in chain:
            names = " -> ".join(link.name for link in (*chain, base.resolve()))
            message = f"the presets extend each other in a circle: {names}"
            raise ScenarioError([named.mark.problem("extends", message, "take one link out")])
        tree = lay(_read(base, kind, chain).without(*ABOUT), tree.without(BASE_KEY), kind.holds)
    problems += [tree.problem(finding) for finding in diagnose(tree.plain(), kind.validate, kind.holds)]
    if problems:
        raise ScenarioError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
    return tree
