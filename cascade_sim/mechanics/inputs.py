"""What the public functions share: inputs are checked by name and brought to rows, answers are made plain.

A function names its inputs with the rule each has to keep, hands the rows to a kernel, and shapes what comes back:

>>> shape, (sizes, prices) = rows(quantity=([1, 2], "amount"), price=(50, "positive"))
>>> shape, (sizes * prices).tolist()
((2,), [50.0, 100.0])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = Floats | float
Flags = npt.NDArray[np.bool_] | bool
Row = npt.NDArray[Any]
Given = tuple[Any, str]
"""An input as the caller gave it, and the name of its rule."""

_SIDES = {"long": 1, "short": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1}

_RULES: dict[str, tuple[Callable[[Floats], Any], str]] = {
    "finite": (np.isfinite, "finite"),
    "positive": (lambda value: (value > 0) & (value < np.inf), "positive and finite"),
    "amount": (lambda value: (value >= 0) & (value < np.inf), "zero or more and finite"),
    "limit": (lambda value: value >= 0, "zero or more, or infinite for no limit"),
    "price or none": (lambda value: value > 0, "positive, or infinite"),
    "positive or missing": (lambda value: np.isnan(value) | (value > 0) & (value < np.inf), "positive and finite"),
    "finite or missing": (lambda value: ~np.isinf(value), "finite"),
    "rate": (lambda value: (value >= 0) & (value < 1), "in [0, 1)"),
    "share": (lambda value: (value > 0) & (value <= 1), "positive and at most 1"),
    "margin fraction": (lambda value: (value > 0) & (value < 1), "in (0, 1)"),
    "fraction": (lambda value: (value >= 0) & (value <= 1), "a fraction from 0 to 1"),
    "leverage": (lambda value: (value >= 1) & (value < np.inf), "1 or more and finite"),
    "factor": (lambda value: (value >= 1) & (value < np.inf), "1 or more and finite (one plus the share)"),
}


def checked(name: str, value: npt.ArrayLike, rule: str) -> Floats:
    """Return an input as an array of floats.

    Raises
    ------
    ValueError
        If a number breaks the rule, one of `_RULES`.
    """
    given = np.asarray(value, dtype=np.float64)
    allowed, words = _RULES[rule]
    wrong = ~allowed(given)
    if wrong.any():
        row = int(np.argmax(wrong.ravel()))
        place = f" (row {row})" if given.ndim else ""
        raise ValueError(f"{name} must be {words}, not {given.ravel()[row]:g}{place}")
    return given


def signs(side: Any) -> npt.NDArray[np.int8]:
    """Return +1 for "long" and -1 for "short", in words or numbers, of the shape of `side`.

    Raises
    ------
    ValueError
        If a side is none of "long", "short", 1 and -1.
    """
    given = np.asarray(side)
    if given.dtype.kind in "iuf":
        if not np.all(np.abs(given) == 1):
            raise ValueError("side must be 'long', 'short', 1 or -1")
        return given.astype(np.int8)
    try:
        words = [_SIDES[str(word).strip().lower()] for word in given.ravel().tolist()]
    except KeyError as unknown:
        raise ValueError(f"side must be 'long', 'short', 1 or -1, not {unknown}") from None
    return np.array(words, dtype=np.int8).reshape(given.shape)


def chosen(name: str, value: str, allowed: tuple[str, str]) -> bool:
    """Tell whether `value` is the second of the two words that are allowed.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if value not in allowed:
        raise ValueError(f"{name} must be {allowed[0]!r} or {allowed[1]!r}, not {value!r}")
    return value == allowed[1]


def is_inverse(contract: str) -> bool:
    """Tell whether the contract is inverse; refuse anything but "linear" and "inverse"."""
    return chosen("contract", contract, ("linear", "inverse"))


def bankruptcy_rule(inverse: bool) -> str:
    """Return the rule of bankruptcy prices: 0 where none ruins a linear long, infinity where none an inverse short."""
    return "price or none" if inverse else "amount"


def rows(**inputs: Given) -> tuple[tuple[int, ...], list[Row]]:
    """Return the common shape of some inputs, and each as a contiguous row: floats, or small integers for a "side".

    Raises
    ------
    ValueError
        If a number breaks its rule (see `checked`), a side is unknown (see `signs`) or the shapes do not broadcast.
    """
    arrays = _arrays(inputs)
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return shape, flat(shape, *arrays)


def flat(shape: tuple[int, ...], *arrays: Row) -> list[Row]:
    """Return arrays as contiguous rows of a shape's size."""
    return [_spread(array, shape).reshape(-1) for array in arrays]


def lists(**inputs: Given) -> list[Row]:
    """Return inputs whose last axis lists an account's assets or positions, in their common shape.

    Raises
    ------
    ValueError
        If a number breaks its rule, the first input is a bare number, or the shapes do not broadcast.
    """
    arrays = _arrays(inputs)
    if arrays[0].ndim == 0:
        raise ValueError(f"{next(iter(inputs))} must be a list along its last axis, not a bare number")
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return [np.broadcast_to(array, shape) for array in arrays]


def tables(shape: tuple[int, ...], *arrays: Row) -> list[Row]:
    """Return arrays whose last axis is a list as tables of one row for each element of a shape."""
    rows_of_all = int(np.prod(shape, dtype=np.int64))
    return [_spread(array, (*shape, array.shape[-1])).reshape(rows_of_all, array.shape[-1]) for array in arrays]


def series(**inputs: Given) -> tuple[tuple[int, ...], list[Row]]:
    """Return the shape of all axes but the last of lists of samples, and tables whose rows run along the last axis.

    Raises
    ------
    ValueError
        As in `lists`, and if there is no sample.
    """
    arrays = lists(**inputs)
    if arrays[0].shape[-1] == 0:
        raise ValueError(f"{next(iter(inputs))} must have at least one value along the last axis")
    shape = arrays[0].shape[:-1]
    return shape, tables(shape, *arrays)


def shaped(values: Row, shape: tuple[int, ...]) -> Any:
    """Return a row of answers in the inputs' shape: a plain number or truth value where every input was one."""
    return values.reshape(shape) if shape else values.item()


def filled(
    kernel: Callable[..., Any], shape: tuple[int, ...], columns: list[Row], *flags: Any, dtype: Any = float
) -> Any:
    """Run a kernel that writes one answer for each element of its rows, and return them in the inputs' shape."""
    out = np.empty(columns[0].shape[0], dtype)
    kernel(*columns, *flags, out)
    return shaped(out, shape)


def _arrays(inputs: dict[str, Given]) -> list[Row]:
    return [signs(value) if rule == "side" else checked(name, value, rule) for name, (value, rule) in inputs.items()]


def _spread(array: Row, shape: tuple[int, ...]) -> Row:
    # Copied unless contiguous and writable: kernels are compiled anew for every mixture of kinds of arrays.
    return np.require(array if array.shape == shape else np.broadcast_to(array, shape), requirements=["C", "W"])
