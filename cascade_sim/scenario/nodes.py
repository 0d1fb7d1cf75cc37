"""What was written, with the place of every key: the tree between a file and the models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from cascade_sim.errors import Problem
from cascade_sim.scenario.findings import Finding, Path

PYTHON = "<python>"


@dataclass(frozen=True)
class Mark:
    """A place: the file as the user knows it, and one-based line and column (0 where there is none)."""

    file: str
    line: int = 0
    column: int = 0

    def problem(self, key: str, message: str, fix: str = "") -> Problem:
        """Say what is wrong here."""
        return Problem(self.file, self.line, self.column, key, message, fix)


@dataclass(frozen=True)
class Node:
    """A value and the place of its key (of itself, for an item of a list).

    Attributes
    ----------
    value : object
        A dict of nodes, a list of nodes, or a scalar.
    mark : Mark
        Where it was written.
    partial : bool
        Whether this mapping came from a dotted key, and so says nothing about the keys it does not name.
    below : Node or None
        For a key that names a file to lie below its part: what stood there in the layers below.
    """

    value: Any
    mark: Mark
    partial: bool = False
    below: Node | None = None

    def plain(self) -> Any:
        """Return the bare dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def children(self) -> list[Node]:
        """Return the nodes that a mapping or list holds."""
        if isinstance(self.value, dict):
            return list(self.value.values())
        return self.value if isinstance(self.value, list) else []

    def child(self, key: object) -> Node | None:
        """Return the node under a key or an index, or None; ``5``, ``5.0`` and ``"5"`` are the same key."""
        if isinstance(self.value, dict):
            actual = same_key(self.value, key)
            return None if actual is None else self.value[actual]
        if isinstance(self.value, list):
            place = self.place_of(key)
            return None if place is None else self.value[place]
        return None

    def place_of(self, key: object) -> int | None:
        """Return the index of a list's item, given the index or the item's ``name``; None if there is no such item."""
        if str(key).isdigit():
            return int(str(key)) if int(str(key)) < len(self.value) else None
        names = (item.value.get("name") if isinstance(item.value, dict) else None for item in self.value)
        return next((place for place, name in enumerate(names) if name and name.value == key), None)

    def without(self, *keys: str) -> Node:
        """Return a mapping without some of its keys."""
        return replace(self, value={key: child for key, child in self.value.items() if key not in keys})

    def moved_to(self, mark: Mark) -> Node:
        """Return the same as if all of it were written at one place."""
        value = self.value
        if isinstance(value, dict):
            value = {key: child.moved_to(mark) for key, child in value.items()}
        elif isinstance(value, list):
            value = [child.moved_to(mark) for child in value]
        return replace(self, value=value, mark=mark)

    def mark_at(self, path: Path) -> Mark:
        """Return the place of what stands at a path, or of its nearest ancestor that was written."""
        node = self
        for key in path:
            child = node.child(key)
            if child is None:
                break
            node = child
        return node.mark

    def problem(self, finding: Finding) -> Problem:
        """Give a finding its place."""
        mark = self.mark_at(finding.path if finding.at is None else finding.at)
        return mark.problem(dotted(finding.path), finding.message, finding.fix)


def node_from(value: Any, mark: Mark) -> Node:
    """Build a tree from plain Python values (or models), all at one place."""
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    elif hasattr(value, "tolist"):
        value = value.tolist()  # numpy and pandas, without importing them
    elif isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, Mapping):
        return Node({key: node_from(child, mark) for key, child in value.items()}, mark)
    if isinstance(value, list | tuple):
        return Node([node_from(child, mark) for child in value], mark)
    return Node(value, mark)


def same_key(mapping: Mapping[Any, Any], key: object) -> Any:
    """Return the key of a mapping that is written like this one (``5`` for ``"5"`` or ``5.0``), or None."""
    if key in mapping:
        return key
    for actual in mapping:
        if str(actual) == str(key):
            return actual
        if isinstance(actual, int | float) and not isinstance(actual, bool):
            try:
                if float(str(key)) == actual:
                    return actual
            except ValueError:
                continue
    return None


def dotted(path: Path) -> str:
    """Write a path as a dotted key; whole numbers lose their point."""
    return ".".join(f"{key:g}" if isinstance(key, float) else str(key) for key in path)
