"""Laying one layer of a scenario over another: a file over the one it extends, overrides over both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cascade_sim.scenario import anatomy
from cascade_sim.scenario.nodes import Mark, Node, same_key
from cascade_sim.scenario.part import Part


def lay(below: Node | None, above: Node, annotation: Any) -> Node:
    """Merge two layers, key by key where both are mappings.

    Values and lists above replace those below. Where the upper layer changes a part's kind, or writes a key
    that excludes others, the inherited keys that would then contradict it are dropped; a null above removes
    an inherited cohort, counterfactual or reported figure.

    Parameters
    ----------
    below, above : Node
        The layers; nothing below is the same as an empty mapping.
    annotation : type
        Type of what stands here, such as ``Scenario`` for the whole.

    Returns
    -------
    Node
        The merged tree; every node keeps the place where it was written.
    """
    if below is None:
        below = Node({}, above.mark, above.partial) if isinstance(above.value, dict) else above
    if isinstance(below.value, list) and above.partial and isinstance(above.value, dict):
        return _lay_items(below, above, annotation)
    if below.value is None and isinstance(above.value, dict):
        below = Node({}, below.mark)
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    if anatomy.alternatives(annotation):
        return _lay_part(below, above, annotation)
    inner = anatomy.element(annotation)
    by_name = anatomy.is_collection(annotation)
    if above.partial or by_name:
        return _lay_keys(below, below.value, above, lambda _key: inner, removable=by_name)
    return above


def _lay_part(below: Node, above: Node, annotation: Any) -> Node:
    inherited = dict(below.value)
    before = anatomy.chosen(annotation, _bare(inherited))
    after = anatomy.chosen(annotation, {**_bare(inherited), **_bare(above.value)})
    if after is None:
        return _lay_keys(below, {} if before else inherited, above, lambda _key: None)
    for key in _outdated(inherited, above, before, after):
        del inherited[key]
    if after.base_key in above.value:
        inherited, above = _on_base(inherited, above, after, below.mark)
    return _lay_keys(below, inherited, above, lambda key: anatomy.annotation_of(after, key))


def _on_base(inherited: dict[Any, Node], above: Node, part: type[Part], mark: Mark) -> tuple[dict[Any, Node], Node]:
    """Let the file that is named above lie over what was written before any was named, and under all the rest."""
    named, before = above.value[part.base_key], inherited.pop(part.base_key, None)
    if named.value is None:
        above = above.without(part.base_key)
        if before is not None and before.below is not None:
            inherited = lay(before.below, Node(inherited, mark), part).value
    elif before is None:
        above = replace(above, value={**above.value, part.base_key: replace(named, below=Node(inherited, mark))})
        inherited = {}
    else:
        above = replace(above, value={**above.value, part.base_key: replace(named, below=before.below)})
    return inherited, above


def _outdated(inherited: dict[Any, Node], above: Node, before: type[Part] | None, after: type[Part]) -> set[Any]:
    """Return the inherited keys that what is written above contradicts."""
    outdated: set[Any] = set()
    if before is not None and before is not after:
        outdated |= set(inherited) - anatomy.shared_keys(before, after)
    switch = above.value.get(after.switch)
    if switch is not None and after.switched:
        kept = after.switched.get(str(switch.value), frozenset())
        outdated |= set(inherited) & frozenset().union(*after.switched.values()) - kept
    written = {key for key, node in above.value.items() if node.value is not None}
    outdated |= {key for key, needed in after.needs.items() if needed in set(above.value) - written}
    for one, other in after.rivals:
        for mine, theirs in ((one, other), (other, one)):
            if written & mine:
                outdated |= set(inherited) & theirs
    names = anatomy.keys(after)
    fields = {names[key] for key in written if key in names}
    outdated |= {key for key in inherited if names.get(key) in fields and key not in above.value}
    return outdated & set(inherited)


def _lay_keys(
    below: Node,
    inherited: dict[Any, Node],
    above: Node,
    annotation_for: Callable[[Any], Any],
    removable: bool = False,
) -> Node:
    merged = dict(inherited)
    for key, node in above.value.items():
        actual = same_key(merged, key)
        actual = key if actual is None else actual
        if node.value is None and removable:
            merged.pop(actual, None)
        else:
            merged[actual] = lay(merged.get(actual), node, annotation_for(key))
    return Node(merged, below.mark, below.partial and above.partial)


def _lay_items(below: Node, above: Node, annotation: Any) -> Node:
    items, inner = list(below.value), anatomy.element(annotation)
    for key, node in above.value.items():
        if not str(key).isdigit() or int(key) >= len(items):
            return above
        items[int(key)] = lay(items[int(key)], node, inner)
    return Node(items, below.mark)


def _bare(mapping: dict[Any, Node]) -> dict[Any, Any]:
    return {key: node.value for key, node in mapping.items() if not isinstance(node.value, dict | list)}
