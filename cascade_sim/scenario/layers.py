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
    an inherited cohort, counterfactual, pool or reported figure.

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
    inherited, parts = dict(below.value), anatomy.alternatives(annotation)
    before = anatomy.chosen(annotation, _bare(inherited))
    after = anatomy.chosen(annotation, {**_bare(inherited), **_bare(above.value)})
    if after is not None:
        parts = (after,)
        for key in _outdated(inherited, above, before, after) | _foreign(inherited, before, after, annotation):
            del inherited[key]
    elif before is not None or not parts[0].base_key:
        return _lay_keys(below, {} if before else inherited, above, lambda _key: None)
    # Without a kind, the file that the part names has it.
    if parts[0].base_key in above.value:
        inherited, above = _on_base(inherited, above, annotation, below.mark)
    return _lay_keys(below, inherited, above, lambda key: anatomy.annotation_among(parts, key))


def _on_base(inherited: dict[Any, Node], above: Node, annotation: Any, mark: Mark) -> tuple[dict[Any, Node], Node]:
    """Let the file that is named above lie over what was written before any was named, and under all the rest."""
    part = anatomy.alternatives(annotation)[0]
    base_key = part.base_key
    named, before = above.value[base_key], inherited.pop(base_key, None)
    if named.value is None:
        above = above.without(base_key)
        if before is not None and before.below is not None:
            inherited = lay(before.below, Node(inherited, mark), annotation).value
    else:
        covered = {key: node for key, node in inherited.items() if key not in part.kept}
        hidden = Node(covered, mark) if before is None else before.below
        inherited = {key: node for key, node in inherited.items() if before is not None or key in part.kept}
        above = replace(above, value={**above.value, base_key: replace(named, below=hidden)})
    return inherited, above


def _foreign(
    inherited: dict[Any, Node], before: type[Part] | None, after: type[Part], annotation: Any
) -> frozenset[Any]:
    """Return the inherited keys of other kinds, where the kind was left to a file and is now written."""
    if before is not None or not after.base_key:
        return frozenset()
    return foreign_keys(after, annotation) & frozenset(inherited)


def foreign_keys(part: type[Part], annotation: Any) -> frozenset[str]:
    """Return the keys that other alternatives have and this part has not."""
    others = (key for other in anatomy.alternatives(annotation) for key in anatomy.keys(other))
    return frozenset(others) - frozenset(anatomy.keys(part))


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
    gone: set[int] = set()
    for key, node in above.value.items():
        place = below.place_of(key)
        if place is None:
            return above
        if node.value is None and anatomy.is_named(annotation):
            gone.add(place)
        else:
            items[place] = lay(items[place], node, inner)
    return Node([item for place, item in enumerate(items) if place not in gone], below.mark)


def _bare(mapping: dict[Any, Node]) -> dict[Any, Any]:
    return {key: node.value for key, node in mapping.items() if not isinstance(node.value, dict | list)}
