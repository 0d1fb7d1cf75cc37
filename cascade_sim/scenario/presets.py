"""Venue presets: files that hold an exchange's rules, to lie below those that a scenario writes."""

from __future__ import annotations

import pathlib
from dataclasses import replace

from pydantic import Field

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario import anatomy, library
from cascade_sim.scenario.diagnosis import diagnose
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.files import as_seen_from_here, plain_path, read_mapping
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.nodes import Node
from cascade_sim.scenario.suggest import listed, nearest

LONGEST_NAME = 4096
ABOUT = ("name", "description", "sources")
SECTIONS = (
    *("seed", "clock", "market", "exchange", "crowd", "flow", "lending"),
    *("record", "compare", "events", "reported", "calibrate"),
)


_NO_SECTION = (
    "has no place in a venue preset",
    "take it out; a preset holds the keys of exchange themselves, and name, description and sources",
)


class Preset(Exchange):
    """A venue's rules in a file of their own: the keys of ``exchange``, and where they come from."""

    name: str = Field(default="", description="What the venue is called.")
    description: str = Field(default="", description="Which of its markets, and when.")
    sources: list[str] = Field(default_factory=list, description="Where the rules were published.")


def is_preset(tree: Node) -> bool:
    """Whether a file's mapping holds a venue's rules and nothing of a scenario."""
    rules = set(anatomy.keys(Exchange)) - {Exchange.base_key}
    return bool(rules & set(tree.value)) and not set(tree.value) & set(SECTIONS)


def preset_file(path_or_name: str) -> pathlib.Path | None:
    """Return the file of a venue preset that is named, or None where a name means something else.

    Parameters
    ----------
    path_or_name : str
        A path, or the name of a bundled preset such as ``venues/okx``.
    """
    file = pathlib.Path(path_or_name)
    if "\0" not in path_or_name and len(path_or_name) < LONGEST_NAME and file.is_file():
        inside = file.resolve().parent.name == library.PRESETS
        return file if inside or is_preset(read_mapping(file)[0]) else None
    bundled = library.find_preset(path_or_name)
    return None if bundled is None else as_seen_from_here(bundled)


def load_preset(file: pathlib.Path) -> Preset:
    """Load a preset by itself.

    Raises
    ------
    ScenarioError
        If it cannot be read or anything in it is wrong.
    """
    return Preset.model_validate(_read(file, ()).plain())


def with_preset(tree: Node, base_dir: pathlib.Path | None) -> tuple[Node, list[Problem]]:
    """Lay the exchange of a scenario over the preset that it names.

    Parameters
    ----------
    tree : Node
        The scenario as it is written.
    base_dir : pathlib.Path or None
        Folder that relative paths start from.

    Returns
    -------
    Node
        The scenario without ``exchange.extends``: what the preset says stands at the place of that key. Without the
        exchange where the preset cannot be used.
    list of Problem
        What is wrong with the preset.
    """
    exchange = tree.child("exchange")
    named = exchange.child(Exchange.base_key) if exchange and isinstance(exchange.value, dict) else None
    if exchange is None or named is None:
        return tree, []
    own, below = exchange.without(Exchange.base_key), named.below or Node({}, exchange.mark)
    try:
        if named.value is not None:
            rules = _read(_file_of(named, base_dir or pathlib.Path(), "exchange.extends"), ())
            below = lay(below, rules.without(*ABOUT).moved_to(named.mark), Exchange)
    except ScenarioError as error:
        return tree.without("exchange"), list(error.problems)
    return replace(tree, value={**tree.value, "exchange": lay(below, own, Exchange)}), []


def _file_of(named: Node, folder: pathlib.Path, key: str) -> pathlib.Path:
    """Return the file that a preset's name means: a path, seen from a folder, or a bundled one."""
    mark, name, known = named.mark, named.value, library.presets()
    fix = f"the presets are {listed(known)}; or name a file" if known else "name a file"
    if not isinstance(name, str) or not name:
        raise ScenarioError([mark.problem(key, "is not the name of a preset", fix)])
    file = plain_path(name, folder, mark, key)
    if file.is_file():
        return as_seen_from_here(file)
    bundled = library.find_preset(name)
    if bundled is not None:
        return as_seen_from_here(bundled)
    if library.find(name) is not None:
        message = f"{name} is a scenario, not a venue preset"
        raise ScenarioError([mark.problem(key, message, fix)])
    meant = nearest(name, known) or nearest(f"{library.PRESETS}/{name}", known)
    fix = f"did you mean {meant}? {fix[0].upper()}{fix[1:]}" if meant else fix
    raise ScenarioError([mark.problem(key, f"there is no preset {name}", fix)])


def _read(file: pathlib.Path, chain: tuple[pathlib.Path, ...]) -> Node:
    """Read a preset and lay it over the one that it extends; it has to be right by itself."""
    tree, problems = read_mapping(file)
    problems += [child.mark.problem(key, *_NO_SECTION) for key, child in tree.value.items() if key in SECTIONS]
    tree, chain = tree.without(*SECTIONS), (*chain, file.resolve())
    named = tree.child(Exchange.base_key)
    if named is not None and named.value is not None:
        base = _file_of(named, file.parent, Exchange.base_key)
        if base.resolve() in chain:
            names = " -> ".join(link.name for link in (*chain, base.resolve()))
            message = f"the presets extend each other in a circle: {names}"
            raise ScenarioError([named.mark.problem("extends", message, "take one link out")])
        tree = lay(_read(base, chain).without(*ABOUT), tree.without(Exchange.base_key), Preset)
    problems += [tree.problem(finding) for finding in diagnose(tree.plain(), Preset.model_validate, Preset)]
    if problems:
        raise ScenarioError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
    return tree
