"""Which part of the format stands at a key: a walk over the models."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices

from cascade_sim.scenario.findings import Path
from cascade_sim.scenario.part import Part


def alternatives(annotation: Any) -> tuple[type[Part], ...]:
    """Return the kinds of part that an annotation allows; none for a plain value, a list or a mapping."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(part for argument in get_args(annotation) for part in alternatives(argument))
    return (annotation,) if isinstance(annotation, type) and issubclass(annotation, Part) else ()


def element(annotation: Any) -> Any:
    """Return the annotation of what a list or mapping holds; None for everything else."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return element(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return next((found for argument in get_args(annotation) if (found := element(argument))), None)
    if origin is dict:
        return get_args(annotation)[1]
    return get_args(annotation)[0] if origin is list else None


def is_collection(annotation: Any) -> bool:
    """Whether a mapping or list holds parts that can be changed one by one, as the crowd does.

    Shares by leverage, or a list of prices, only mean something as a whole.
    """
    inner = element(annotation)
    return bool(alternatives(inner)) or element(inner) is not None


def is_named(annotation: Any) -> bool:
    """Whether every item of a list has a name by which it can be changed, as a lending pool does."""
    parts = alternatives(element(annotation))
    return bool(parts) and all("name" in keys(part) for part in parts)


def tag(part: type[Part]) -> str:
    """Return the value of its switch that chooses this part, such as ``lognormal``."""
    return str(get_args(part.model_fields[part.switch].annotation)[0])


def tags(parts: tuple[type[Part], ...]) -> list[str]:
    """Return the values of the switch, one for each alternative; none where there is nothing to choose."""
    return [tag(part) for part in parts] if len(parts) > 1 else []


def chosen(annotation: Any, data: object) -> type[Part] | None:
    """Return the kind of part that data chooses among the alternatives, or None if it cannot be known."""
    parts = alternatives(annotation)
    if len(parts) == 1:
        return parts[0]
    wanted = data.get(parts[0].switch) if parts and isinstance(data, Mapping) else None
    return next((part for part in parts if tag(part) == wanted), None)


def keys(part: type[Part]) -> dict[str, str]:
    """Return the keys that may be written in a part, each with the name of its field."""
    written: dict[str, str] = {}
    for name, field in part.model_fields.items():
        if isinstance(field.validation_alias, AliasChoices):
            written.update({str(choice): name for choice in field.validation_alias.choices})
        else:
            written[field.alias or name] = name
    return written


def shared_keys(one: type[Part], other: type[Part]) -> frozenset[str]:
    """Return the keys that two alternatives share through ancestors, and that so mean the same in both."""
    ancestors = [part for part in one.__mro__ if part in other.__mro__ and issubclass(part, Part)]
    return frozenset(key for ancestor in ancestors for key in keys(ancestor))


def annotation_of(part: type[Part], key: object) -> Any:
    """Return the annotation of a key of a part, or None for a key it does not have."""
    name = keys(part).get(str(key))
    return None if name is None else part.model_fields[name].annotation


def annotation_among(parts: tuple[type[Part], ...], key: object) -> Any:
    """Return the annotation of a key of the first alternative that has it; None where none does."""
    found = (annotation_of(part, key) for part in parts)
    return next((annotation for annotation in found if annotation is not None), None)


def annotation_at(annotation: Any, path: Path, data: object) -> Any:
    """Return the annotation of what stands at a path, given the data written there; None if unknown."""
    for key in path:
        part = chosen(annotation, data)
        annotation = annotation_of(part, key) if part else element(annotation)
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and isinstance(key, int) and key < len(data):
            data = data[key]
        else:
            data = None
        if annotation is None:
            return None
    return annotation


def choices(annotation: Any) -> list[str]:
    """Return the words that a plain value may be, for a choice among words."""
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    return [word for argument in get_args(annotation) for word in choices(argument)]


def places_of(annotation: Any, key: str, deepest: int = 4) -> list[str]:
    """Return the dotted keys below a type that end with a key.

    What lies below alternatives, cohorts and items of lists is left out.
    """
    found: set[str] = set()
    parts = alternatives(annotation)
    for name in keys(parts[0]) if len(parts) == 1 else ():
        if name == key:
            found.add(name)
        elif deepest > 1:
            inner = places_of(annotation_of(parts[0], name), key, deepest - 1)
            found |= {f"{name}.{place}" for place in inner}
    return sorted(found)
