"""Times as files write them: ISO 8601 or a Unix epoch in one of four units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from cascade_sim.history.table import Faults

Floats = npt.NDArray[np.float64]

# Epoch seconds reach 1e11 in the year 5138; larger numbers are milliseconds, then micro- and nanoseconds.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def epoch_seconds(text: str, utc: bool = True) -> float:
    """Read a time, ISO 8601 or a Unix epoch, as Unix seconds.

    Parameters
    ----------
    text : str
        The time; an epoch may be in seconds, milliseconds, microseconds or nanoseconds.
    utc : bool
        Whether an ISO time without a zone is UTC; otherwise it is refused.

    Raises
    ------
    ValueError
        With what is wrong, to follow the text.
    """
    text = text.strip()
    if text.endswith(" UTC"):
        text, utc = text.removesuffix(" UTC"), True
    try:
        value = float(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            reason = "is not a time; write 2020-03-12T10:00:00Z or a Unix time" if text else "is empty"
            raise ValueError(reason) from None
        if time.tzinfo is None and not utc:
            raise ValueError(
                "does not say its time zone; add it (+08:00, or Z for UTC), or name the column time_utc if it is UTC"
            ) from None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if not np.isfinite(value):
        raise ValueError("is not a finite number")
    return float(in_seconds(np.array(value)))


def read_times(name: str, cells: Sequence[str], utc: bool, first: int, faults: Faults) -> Floats:
    """Read a column of times as Unix seconds.

    Parameters
    ----------
    name : str
        The column's name, for messages.
    cells : sequence of str
    utc : bool
        Whether ISO times without a zone are UTC; otherwise they are refused.
    first : int
        Number of the first cell's row.
    faults : Faults
        Gets the cells that are no times; NaN stands for them.
    """
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        pass
    else:
        if np.isfinite(values).all():
            return in_seconds(values)
    try:
        stamps = list(map(datetime.fromisoformat, cells))
    except ValueError:
        pass
    else:
        if utc:
            stamps = [stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC) for stamp in stamps]
        if all(stamp.tzinfo is not None for stamp in stamps):
            return np.fromiter((stamp.timestamp() for stamp in stamps), np.float64, len(stamps))
    times = np.empty(len(cells))
    for place, text in enumerate(cells):
        try:
            times[place] = epoch_seconds(text, utc)
        except ValueError as error:
            faults.add(first + place, f"{name} {text.strip()!r} {error}")
            times[place] = np.nan
    return times


def in_seconds(values: Floats) -> Floats:
    """Return Unix epochs in any of the four units as seconds."""
    seconds = values
    size = np.abs(values)
    for beyond, divisor in reversed(_UNITS):
        seconds = np.where(size >= beyond, values / divisor, seconds)
    return seconds


def written(seconds: float) -> str:
    """Write a Unix time as ISO 8601."""
    try:
        time = datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g}"
    return time.isoformat(timespec="seconds" if time.microsecond == 0 else "milliseconds").replace("+00:00", "Z")
