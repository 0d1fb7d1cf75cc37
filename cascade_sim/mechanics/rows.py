"""Inputs of the formulas as rows of floats: broadcast, checked by name, and answers in the callers' shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = Floats | float
Flags = npt.NDArray[np.bool_] | bool

_RULES: dict[str, tuple[Callable[[Floats], Any], str]] = {
    "positive": (lambda value: (value > 0) & (value < np.inf), "positive and finite"),
    "amount": (lambda value: (value >= 0) & (value < np.inf), "zero or more and finite"),
    "limit": (lambda value: value >= 0, "zero or more, or infinite for no limit"),
    "fraction": (lambda value: (value >= 0) & (value <= 1), "a fraction from 0 to 1"),
    "factor": (lambda value: (value >= 1) & (value < np.inf), "1 or more and finite (one plus the share)"),
}


def checked(name: str, value: npt.ArrayLike, rule: str) -> Floats:
    """Return an input as an array of floats.

    Raises
    ------
    ValueError
        If a number breaks the rule: `positive`, `amount`, `limit`, `fraction` or `factor`.
    """
    given = np.asarray(value, dtype=np.float64)
    allowed, words = _RULES[rule]
    wrong = ~allowed(given)
    if wrong.any():
        raise ValueError(f"{name} must be {words}, not {given[wrong].flat[0]:g}")
    return given


def rows(**inputs: tuple[npt.ArrayLike, str]) -> tuple[tuple[int, ...], list[Floats]]:
    """Return the common shape of some inputs, each a number or array with its rule, and their flat rows.

    Raises
    ------
    ValueError
        If a number breaks its rule (see `checked`) or the shapes do not broadcast.
    """
    arrays = [checked(name, value, rule) for name, (value, rule) in inputs.items()]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return shape, [np.ascontiguousarray(np.broadcast_to(array, shape)).ravel() for array in arrays]


def lists(**inputs: tuple[npt.ArrayLike, str]) -> list[Floats]:
    """Return inputs whose last axis lists an account's assets, each with its rule, in their common shape.

    Raises
    ------
    ValueError
        If a number breaks its rule, an input is a bare number, or the shapes do not broadcast.
    """
    arrays = [checked(name, value, rule) for name, (value, rule) in inputs.items()]
    for name, array in zip(inputs, arrays, strict=True):
        if array.ndim == 0:
            raise ValueError(f"{name} must be a list of an account's assets, not a bare number")
    return list(np.broadcast_arrays(*arrays))


def tables(shape: tuple[int, ...], *arrays: Floats) -> list[Floats]:
    """Return arrays whose last axis lists assets as tables of one row for each account of a common shape."""
    accounts = int(np.prod(shape, dtype=np.int64))
    wide = [np.broadcast_to(array, (*shape, array.shape[-1])) for array in arrays]
    return [np.ascontiguousarray(array).reshape(accounts, array.shape[-1]) for array in wide]


def shaped(values: npt.NDArray[Any], shape: tuple[int, ...]) -> Any:
    """Return a row of answers in the inputs' shape: a plain number or truth value where every input was one."""
    return values.reshape(shape) if shape else values.item()
