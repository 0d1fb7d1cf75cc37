"""What the faces do with their inputs: name what is wrong, bring shapes together, give plain floats back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Result = Floats | float

_SIDES = {"long": 1.0, "short": -1.0, "1": 1.0, "+1": 1.0, "-1": -1.0, "1.0": 1.0, "-1.0": -1.0}


def signs(side: Any) -> Floats:
    """Return +1 for every long and -1 for every short."""
    given = np.asarray(side)
    if given.dtype.kind in "iuf":
        if not np.all(np.abs(given) == 1):
            raise ValueError("side must be 'long', 'short', 1 or -1")
        return given.astype(np.float64)
    try:
        values = [_SIDES[str(word).strip().lower()] for word in given.ravel().tolist()]
    except KeyError as unknown:
        raise ValueError(f"side must be 'long', 'short', 1 or -1, not {unknown}") from None
    return np.array(values, dtype=np.float64).reshape(given.shape)


def is_inverse(contract: str) -> bool:
    """Tell an inverse contract from a linear one."""
    if contract not in ("linear", "inverse"):
        raise ValueError(f"contract must be 'linear' or 'inverse', not {contract!r}")
    return contract == "inverse"


def finite(name: str, values: npt.ArrayLike) -> Floats:
    """Return an array of finite numbers, or refuse it by its name."""
    array = np.asarray(values, dtype=np.float64)
    return _checked(name, array, np.isfinite(array), "finite")


def positive(name: str, values: npt.ArrayLike) -> Floats:
    """Return an array of positive, finite numbers, or refuse it by its name."""
    array = np.asarray(values, dtype=np.float64)
    return _checked(name, array, (array > 0) & np.isfinite(array), "positive and finite")


def zero_or_more(name: str, values: npt.ArrayLike) -> Floats:
    """Return an array of finite numbers that are not negative, or refuse it by its name."""
    array = np.asarray(values, dtype=np.float64)
    return _checked(name, array, (array >= 0) & np.isfinite(array), "finite and zero or more")


def limit(name: str, values: npt.ArrayLike) -> Floats:
    """Return an array of numbers that are not negative, infinity meaning no limit, or refuse it by its name."""
    array = np.asarray(values, dtype=np.float64)
    return _checked(name, array, array >= 0, "zero or more")


def bankruptcy_prices(values: npt.ArrayLike, inverse: bool) -> Floats:
    """Return bankruptcy prices: 0 where no price ruins a linear long, infinity where none ruins an inverse short."""
    array = np.asarray(values, dtype=np.float64)
    if inverse:
        return _checked("bankruptcy_price", array, array > 0, "positive, or infinite")
    return zero_or_more("bankruptcy_price", array)


def flattened(*arrays: Floats) -> tuple[tuple[int, ...], list[Floats]]:
    """Broadcast arrays together; return their shape and each as one contiguous row."""
    together = np.broadcast_arrays(*arrays)
    return together[0].shape, [np.ascontiguousarray(array).reshape(-1) for array in together]


def rows(array: Floats) -> tuple[tuple[int, ...], Floats]:
    """Return the shape of all axes but the last, and the array as a table whose rows run along the last axis."""
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError("an average or a median needs at least one value along the last axis")
    return array.shape[:-1], np.ascontiguousarray(array).reshape(-1, array.shape[-1])


def shaped(values: npt.NDArray[Any], shape: Sequence[int]) -> Any:
    """Return a row in its shape, and a Python number where the shape is that of a scalar."""
    return values.reshape(shape) if shape else values[0].item()


def _checked(name: str, array: Floats, usable: npt.NDArray[np.bool_], wanted: str) -> Floats:
    if not np.all(usable):
        raise ValueError(f"{name} must be {wanted}, not {array[~usable].flat[0]}")
    return array
