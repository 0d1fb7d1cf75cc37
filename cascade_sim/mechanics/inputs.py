"""What the public functions share: sides and numbers are read, unusable ones refused, and answers made plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SIDES = {"long": 1, "short": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1}


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


def aligned(*arrays: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    """Return copies of the arrays, broadcast to one shape; numbers become floats, sides stay small integers."""
    kept = [a if isinstance(a, np.ndarray) and a.dtype == np.int8 else np.asarray(a, np.float64) for a in arrays]
    return [np.array(array, order="C") for array in np.broadcast_arrays(*kept)]


def plain(values: npt.NDArray[Any]) -> Any:
    """Return a Python number for an array without dimensions, the array otherwise."""
    return values.item() if values.ndim == 0 else values


def each(kernel: Callable[..., Any], *arrays: npt.ArrayLike, flags: tuple[Any, ...] = ()) -> Any:
    """Run a kernel that fills `out` element by element over broadcast arrays, and return what it wrote."""
    columns = aligned(*arrays)
    out = np.empty(columns[0].size)
    kernel(*(column.ravel() for column in columns), *flags, out)
    return plain(out.reshape(columns[0].shape))


def positive(**named: npt.ArrayLike) -> None:
    """Refuse numbers that are not positive and finite."""
    for name, given in named.items():
        values = np.asarray(given, np.float64)
        _require(name, values, (values > 0) & np.isfinite(values), "positive and finite")


def not_negative(**named: npt.ArrayLike) -> None:
    """Refuse numbers that are negative or not finite."""
    for name, given in named.items():
        values = np.asarray(given, np.float64)
        _require(name, values, (values >= 0) & np.isfinite(values), "zero or more and finite")


def finite(**named: npt.ArrayLike) -> None:
    """Refuse NaN and infinities."""
    for name, given in named.items():
        values = np.asarray(given, np.float64)
        _require(name, values, np.isfinite(values), "finite")


def fraction(**named: npt.ArrayLike) -> None:
    """Refuse numbers outside [0, 1)."""
    for name, given in named.items():
        values = np.asarray(given, np.float64)
        _require(name, values, (values >= 0) & (values < 1), "in [0, 1)")


def _require(name: str, values: Floats, good: npt.NDArray[np.bool_], wanted: str) -> None:
    if np.all(good):
        return
    row = int(np.argmin(good.ravel()))
    place = f" (row {row})" if values.ndim else ""
    raise ValueError(f"{name} must be {wanted}, not {values.ravel()[row]:g}{place}")
