"""What may be written at a key of a scenario, in words: the kind of value, its bounds, its default."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AllowInfNan, BeforeValidator, WithJsonSchema
from pydantic.fields import FieldInfo

from cascade_sim import units
from cascade_sim.scenario import anatomy, calibrate, chain, fields, reported
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.resolve import resolve

_OR_NEVER = " or `never`"
_READ_BY: dict[Callable[..., Any], str] = {
    units.parse_quantity: "amount",
    fields.parse_count: "whole number",
    units.parse_fraction: "fraction",
    fields.parse_amount_or_never: "amount or `never`",
    fields.parse_distance_or_never: "log-distance or `never`",
    fields.parse_fraction_or_never: "fraction or `never`",
    chain.parse_token_price: "price or `market`",
    units.parse_duration: "duration or `never`",
    units.parse_time: "time",
    units.parse_moment: "moment",
    reported.parse_reported: "number, percentage, duration, text, or a range `[low, high]`",
    calibrate.parse_number: "number, amount, percentage or duration",
    calibrate.parse_recorded: "number, percentage, duration, time, or a range `[low, high]` of them",
    calibrate.parse_sets: "key, list of keys, or mapping of keys to factors",
}
_PLAIN = {str: "text", bool: "`true` or `false`", datetime: "time", float: "number", int: "whole number"}
_BOUNDS = ((Gt, "gt", ">"), (Ge, "ge", "≥"), (Lt, "lt", "<"), (Le, "le", "≤"))


def value_words(field: FieldInfo) -> str:
    """Say what may be written at a key, e.g. ``fraction > 0, < 1``."""
    return _words(field.annotation, field.metadata)


def default_words(field: FieldInfo) -> str:
    """Say what holds where a key is left out."""
    if field.is_required():
        return "**needed**"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Part):
        return f"`{default.switch}: {anatomy.tag(type(default))}`" if _is_choice(default) else "its defaults"
    if default is None:
        return "–"
    if default in ("", [], {}):
        return "none"
    value = resolve(default)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _is_choice(part: Part) -> bool:
    return bool(part.switch) and not type(part).switched


def _words(annotation: Any, metadata: list[Any]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0], [*_flat(arguments[1:]), *metadata])
    reader = next((_READ_BY[item.func] for item in metadata if _is_reader(item)), None)
    if reader is not None:
        return _bounded(_price_or(reader, metadata), metadata)
    if origin in (Union, types.UnionType):
        written = [argument for argument in arguments if argument is not type(None)]
        plain = [argument for argument in written if not anatomy.alternatives(argument)]
        both = plain and len(plain) < len(written)
        return " or ".join(_words(one, metadata) for one in written) if both else _words(written[0], metadata)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if anatomy.alternatives(annotation):
        return "section"
    if origin is list:
        return _list_words(arguments[0])
    if origin is dict:
        if get_origin(arguments[1]) is dict:
            return "mapping of names to mappings"
        inner = _words(arguments[1], [])
        return f"mapping of names to {inner}s" if arguments[0] is str else f"mapping of number to {inner}"
    return _PLAIN[annotation]


def _list_words(inner: Any) -> str:
    rows = _rows(inner)
    if rows:
        return "rows of " + " or ".join("`[" + ", ".join(_words(part, []) for part in row) + "]`" for row in rows)
    return f"list of {_words(inner, [])}" + ("s" if anatomy.alternatives(inner) else "")


def _rows(annotation: Any) -> list[tuple[Any, ...]]:
    """Return the kinds of cells of each kind of row that an item of a list may be."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _rows(arguments[0])
    if origin in (Union, types.UnionType):
        return [row for argument in arguments for row in _rows(argument)]
    return [arguments] if origin is tuple else []


def _is_reader(item: Any) -> bool:
    return isinstance(item, BeforeValidator) and item.func in _READ_BY


def _flat(metadata: tuple[Any, ...]) -> list[Any]:
    return [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _price_or(word: str, metadata: list[Any]) -> str:
    schemas = (item.json_schema or {} for item in metadata if isinstance(item, WithJsonSchema))
    return "price" if any(str(s.get("description")).startswith("A price") for s in schemas) else word


def _bounded(word: str, metadata: list[Any]) -> str:
    bounds = [
        f"{sign} {getattr(item, name):g}" for item in metadata for kind, name, sign in _BOUNDS if isinstance(item, kind)
    ]
    finite = any(isinstance(item, AllowInfNan) and not item.allow_inf_nan for item in metadata)
    word, endless, _ = word.partition(_OR_NEVER)
    end = _OR_NEVER.strip() if endless and not finite else ""
    return " ".join(filter(None, [word, ", ".join(bounds), end]))
