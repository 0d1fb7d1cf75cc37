"""What pydantic finds, in the words of somebody who writes a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cascade_sim.scenario import anatomy
from cascade_sim.scenario.findings import Finding, Path, WrongError
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.units import UnitError, format_percent


def findings_of(error: Mapping[str, Any], data: Any, root: Any) -> Iterator[Finding]:
    """Say what one of pydantic's errors means.

    Parameters
    ----------
    error : mapping
        One item of ``ValidationError.errors()``.
    data : dict
        What was validated.
    root : type
        The model it was validated against.

    Yields
    ------
    Finding
        With its path from the root of the data.
    """
    path, at_key = _path(error["loc"], data)
    value = path[-1] if at_key else _value(path, data, error.get("input"))
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, WrongError):
        for finding in raised.findings:
            yield finding.under(path)
    elif isinstance(raised, UnitError):
        what = "the key: " if at_key else ""
        yield Finding(path, what + raised.message, raised.fix)
    elif error["type"] in ("extra_forbidden", "invalid_key", "missing") and path:
        describe = _missing if error["type"] == "missing" else _unknown
        yield describe(path, data, root)
    else:
        message, fix = _wording(error, value, anatomy.annotation_at(root, path, data))
        yield Finding(path, message, fix)


def _path(loc: tuple[int | str, ...], data: Any) -> tuple[Path, bool]:
    """Return a location of pydantic's without its tags of alternatives, and whether it means a key."""
    path: list[Any] = []
    node, fresh, at_key = data, True, False
    for step in loc:
        if step == "[key]":
            at_key = True
        elif fresh and isinstance(node, Mapping) and step in (node.get("kind"), node.get("shape")):
            fresh = False
        elif isinstance(step, str) and node is not None and not isinstance(node, Mapping):
            continue  # which kind of row pydantic took it for
        else:
            if isinstance(node, Mapping):
                step = next((key for key in node if str(key) == str(step)), step)
                node = node.get(step)
            elif isinstance(node, list | tuple) and isinstance(step, int):
                node = node[step] if step < len(node) else None
            path.append(step)
            fresh = True
    return tuple(path), at_key


def _value(path: Path, data: Any, otherwise: Any) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return otherwise
    return data


def _unknown(path: Path, data: Any, root: Any) -> Finding:
    if path == ("extends",):
        return Finding(path, "extends works in files only", "load the file with load_scenario and use with_overrides")
    annotation = anatomy.annotation_at(root, path[:-1], data)
    part = anatomy.chosen(annotation, _value(path[:-1], data, None))
    known = list(anatomy.keys(part)) if part else []
    others = anatomy.alternatives(annotation)
    owners = [anatomy.tag(other) for other in others if path[-1] in anatomy.keys(other)]
    if part and owners:
        message = f"there is no such key where {part.switch} is {anatomy.tag(part)}"
        return Finding(path, message, f"it belongs to {listed(owners)}")
    meant = nearest(path[-1], known)
    elsewhere = anatomy.places_of(root, str(path[-1])) if not meant else []
    if meant or len(elsewhere) == 1:
        return Finding(path, "there is no such key", f"did you mean {meant or elsewhere[0]}?")
    return Finding(path, "there is no such key", f"the keys here are {listed(known)}" if known else "leave it out")


def _missing(path: Path, data: Any, root: Any) -> Finding:
    if isinstance(path[-1], int):
        return Finding(path[:-1], *_WANTED_VALUES[2], incomplete=True)
    part = anatomy.chosen(anatomy.annotation_at(root, path[:-1], data), _value(path[:-1], data, None))
    name = anatomy.keys(part).get(str(path[-1])) if part else None
    what = part.model_fields[name].description if part and name else None
    words = anatomy.choices(part.model_fields[name].annotation) if part and name else []
    fix = f"add it: {_lowered(what)}" if what else "add it"
    fix = f"add {path[-1]}: {listed(words)}" if words else fix
    at = (*path[:-1], part.switch) if part and part.switch else None
    return Finding(path, "is missing", fix, incomplete=True, at=at)


def _wording(error: Mapping[str, Any], value: Any, annotation: Any) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        return _out_of_bounds(kind, context, value)
    if kind in ("union_tag_invalid", "union_tag_not_found", "literal_error"):
        return _wrong_choice(kind, value, annotation)
    if kind in _SHAPES:
        return _wrong_shape(_SHAPES[kind], value, annotation)
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if kind == "too_long" and context.get("field_type") == "Tuple":
        return _WANTED_VALUES[context["max_length"]]
    return str(error["msg"]).lower(), ""


def _out_of_bounds(kind: str, context: Mapping[str, Any], value: Any) -> tuple[str, str]:
    if kind == "finite_number":
        return f"{_shown(value)} does not end", "give a finite duration"
    name, fails, want = _BOUNDS[kind]
    bound = float(context[name])
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if kind.startswith("less") and plain and 1 <= value < 100:
        return (
            f"{value:g} means {format_percent(value)}",
            f"did you mean {value:g}%? It must be {want.removeprefix('of ')} {bound:g}",
        )
    return f"{_shown(value)} is {fails} {bound:g}", f"give a value {want} {bound:g}"


def _wrong_choice(kind: str, value: Any, annotation: Any) -> tuple[str, str]:
    parts = anatomy.alternatives(annotation)
    known = anatomy.tags(parts) or anatomy.choices(annotation) or [anatomy.tag(part) for part in parts]
    switch = parts[0].switch if parts else ""
    if kind == "union_tag_not_found":
        from_file = f", or name a file that says it with {parts[0].base_key}:" if parts and parts[0].base_key else ""
        return f"does not say its {switch}", f"add {switch}: {listed(known)}{from_file}"
    written = value.get(switch) if isinstance(value, Mapping) else value
    meant = nearest(written, known)
    hint = f"did you mean {meant}?" if meant else f"choose {listed(known)}"
    return f"there is no {switch} {_shown(written)}" if switch else f"cannot be {_shown(written)}", hint


def _wrong_shape(wanted: str, value: Any, annotation: Any) -> tuple[str, str]:
    parts = anatomy.alternatives(annotation)
    if value is None:
        return "is empty", "give it a value, or leave the key out"
    if wanted == "a mapping" and parts and isinstance(value, str):
        known = anatomy.tags(parts)
        meant = nearest(value, known)
        if meant:
            return (
                f"{_shown(value)} stands where a mapping is wanted",
                f"write {{{parts[0].switch}: {meant}}}",
            )
    if wanted == "a list" and isinstance(value, Mapping) and all(str(key).isdigit() for key in value):
        return f"has no entry {listed(str(key) for key in value)}", "entries are counted from 0"
    part = parts[0] if parts else None
    example = f"with the keys {listed(list(anatomy.keys(part)))}" if part and len(parts) == 1 else ""
    fix = _EXAMPLES[wanted] + (f", {example}" if example else "")
    return f"{_shown(value)} stands where {wanted} is wanted", fix


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _lowered(text: str) -> str:
    return (text[0].lower() + text[1:] if text[1:2].islower() else text).rstrip(".")


_WANTED_VALUES = {
    2: ("wants two values", "write them as [first, second]"),
    3: ("wants two or three values", "write them as [first, second] or [first, second, third]"),
}
_BOUNDS = {
    "greater_than": ("gt", "not above", "above"),
    "greater_than_equal": ("ge", "below", "of at least"),
    "less_than": ("lt", "not below", "below"),
    "less_than_equal": ("le", "above", "of at most"),
    "finite_number": ("", "", ""),
}
_SHAPES = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
_EXAMPLES = {
    "a mapping": "write key: value pairs",
    "a list": "write [first, second, ...]",
    "text": "put it in quotes",
    "true or false": "write true or false",
}
_PLAIN: dict[str, Callable[[Any], tuple[str, str]]] = {
    "too_short": lambda value: ("is empty" if not value else "has too few entries", "add an entry"),
    "string_unicode": lambda _value: ("holds a character that text cannot hold", "take it out"),
    "string_too_short": lambda value: ("is empty", "write something"),
}
