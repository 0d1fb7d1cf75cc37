"""Quantities as people write them (25M, 0.5%, 36h, never), read into SI floats and written back for people.

Sign conventions used everywhere: a side is +1 for a long and -1 for a short; quantities are positive, and a
signed quantity is side times quantity; a flow is positive when it buys. A bare number is in base SI units:
seconds, fractions of one, units of currency.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from numbers import Real

LONG = 1
SHORT = -1

NEVER = math.inf
"""A duration that does not end; written ``never``."""

_MULTIPLES = {"": 0, "k": 3, "M": 6, "B": 9, "T": 12}
_MISSPELT_MULTIPLES = {
    "K": "k",
    "thousand": "k",
    "m": "M",
    "mm": "M",
    "mn": "M",
    "mln": "M",
    "mio": "M",
    "million": "M",
    "b": "B",
    "bn": "B",
    "bln": "B",
    "g": "B",
    "billion": "B",
    "t": "T",
    "tn": "T",
    "trillion": "T",
}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_MISSPELT_DURATIONS = {
    "m": "min",
    "mins": "min",
    "minute": "min",
    "minutes": "min",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "msec": "ms",
    "millisecond": "ms",
    "milliseconds": "ms",
}
_NUMBER = r"[-+]?(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?(?:[eE][-+]?\d+)?|[-+]?\.\d+(?:_\d+)*(?:[eE][-+]?\d+)?"
_PLAIN = re.compile(rf"(?:{_NUMBER})\Z")
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*([A-Za-z%$€]*)\Z")
_PIECE = re.compile(r"(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)\s*([A-Za-z]+)\s*")

QUANTITY_PATTERN = r"^\s*[-+]?[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?\s*[kMBT]?\s*$"
FRACTION_PATTERN = r"^\s*[-+]?[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?\s*%?\s*$"
DURATION_PATTERN = r"^\s*(never|-?([0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?\s*(ms|s|min|h|d)?\s*)+)\s*$"


class UnitError(ValueError):
    """What was written is not a quantity of the kind that is wanted.

    Attributes
    ----------
    message : str
        What is wrong.
    fix : str
        What to write instead.
    """

    def __init__(self, message: str, fix: str) -> None:
        self.message = message
        self.fix = fix
        super().__init__(f"{message}; {fix}")


def parse_quantity(value: object) -> float:
    """Read an amount: a number, or text with one of the suffixes k, M, B, T (``"25M"``, ``"200_000"``).

    Parameters
    ----------
    value : object
        An int, a float or a string.

    Returns
    -------
    float
        The amount in base units.

    Raises
    ------
    UnitError
        For anything else, and for NaN and infinities.
    """
    want = "write a number such as 200_000, 40k, 25M or 1.1B"
    number = _number(value, want)
    if number is not None:
        return number
    text = str(value).strip()
    match = _WITH_UNIT.match(text)
    if match is None:
        raise UnitError(f"{_shown(value)} is not a number", _without_commas(text) or want)
    digits, unit = match.groups()
    if unit in _MULTIPLES:
        return _finite(_shifted(digits, _MULTIPLES[unit]), value, want)
    if unit == "%":
        raise UnitError(f"{_shown(value)} is a percentage where an amount is wanted", want)
    if unit in _SECONDS:
        raise UnitError(f"{_shown(value)} is a duration where an amount is wanted", want)
    nearest = _MISSPELT_MULTIPLES.get(unit) or _MISSPELT_MULTIPLES.get(unit.lower())
    if nearest:
        raise UnitError(f"{unit!r} is not a suffix", f"did you mean {digits}{nearest}? The suffixes are k, M, B and T")
    raise UnitError(f"{unit!r} is not a suffix", "the suffixes are k, M, B and T; leave currencies out")


def parse_fraction(value: object) -> float:
    """Read a fraction of one: a number, or text with a percent sign (``"0.5%"`` is 0.005).

    Parameters
    ----------
    value : object
        An int, a float or a string.

    Returns
    -------
    float
        The fraction; not bounded here.

    Raises
    ------
    UnitError
        For anything else, and for NaN and infinities.
    """
    want = "write a percentage such as 0.5%, or a fraction such as 0.005"
    number = _number(value, want)
    if number is not None:
        return number
    text = str(value).strip()
    match = _WITH_UNIT.match(text)
    if match is None:
        raise UnitError(f"{_shown(value)} is not a fraction", want)
    digits, unit = match.groups()
    if unit == "%":
        return _finite(_shifted(digits, -2), value, want)
    if unit in ("bp", "bps"):
        raise UnitError(f"{unit!r} is not a unit here", f"did you mean {_shifted(digits, -2):g}%?")
    raise UnitError(f"{_shown(value)} is not a fraction", want)


def parse_duration(value: object) -> float:
    """Read a duration: seconds as a number, or text with units ms, s, min, h, d, or ``never``.

    Parameters
    ----------
    value : object
        An int, a float, a string such as ``"36h"``, ``"250ms"`` or ``"1h30min"``, or a
        ``datetime.timedelta``.

    Returns
    -------
    float
        Seconds; infinity for ``never``. Negative durations are read (a time before the start).

    Raises
    ------
    UnitError
        For anything else, and for NaN.
    """
    want = "write a duration such as 250ms, 30s, 1min, 36h, 7d or never"
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and value == NEVER:
        return NEVER
    number = _number(value, want)
    if number is not None:
        return number
    text = str(value).strip()
    if text == "never":
        return NEVER
    if text.lower() in ("never", "none", "off", "infinite"):
        raise UnitError(f"{_shown(value)} is not a duration", "did you mean never?")
    sign, body = (-1.0, text[1:].lstrip()) if text.startswith("-") else (1.0, text)
    match = _WITH_UNIT.match(body)
    found = [match] if match else list(_PIECE.finditer(body))
    if not found or "".join(piece.group(0) for piece in found) != body:
        raise UnitError(f"{_shown(value)} is not a duration", want)
    lengths = [_seconds(piece.group(1), piece.group(2), value) for piece in found]
    return sign * _finite(math.fsum(lengths), value, want)


def parse_time(value: object) -> datetime:
    """Read a point in time: ISO 8601 text or a ``datetime``; without a zone it is taken as UTC.

    Parameters
    ----------
    value : object
        Text such as ``"2020-03-12T10:00:00Z"``, or a ``datetime.datetime``.

    Returns
    -------
    datetime.datetime
        Aware, in UTC.

    Raises
    ------
    UnitError
        If it is not a time.
    """
    want = "write a time such as 2020-03-12T10:00:00Z"
    if isinstance(value, datetime):
        time = value
    else:
        text = str(value).strip()
        if not isinstance(value, str) or not re.match(r"\d{4}-\d", text):
            raise UnitError(f"{_shown(value)} is not a time", want)
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise UnitError(f"{_shown(value)} is not a time of the calendar", want) from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def parse_moment(value: object) -> float | datetime:
    """Read a moment of a run: a duration from its start (``"20min"``) or a time (``"2020-03-12T10:20:00Z"``).

    Parameters
    ----------
    value : object
        See `parse_duration` and `parse_time`; ``never`` is not a moment.

    Returns
    -------
    float or datetime.datetime
        Seconds from the start of the run, or an aware time in UTC.

    Raises
    ------
    UnitError
        If it is neither.
    """
    if isinstance(value, datetime) or (isinstance(value, str) and re.match(r"\s*\d{4}-\d", value)):
        return parse_time(value)
    want = "write a time from the start such as 20min, or a time such as 2020-03-12T10:00:00Z"
    try:
        seconds = parse_duration(value)
    except UnitError as error:
        fix = error.fix if error.fix.startswith("did you mean") and "never" not in error.fix else want
        raise UnitError(f"{_shown(value)} is not a moment of the run", fix) from None
    if math.isinf(seconds):
        raise UnitError(f"{_shown(value)} is not a moment of the run", want)
    return seconds


def format_quantity(value: float, digits: int = 4) -> str:
    """Write an amount for people: ``1.1B``, ``25M``, ``40k``, ``7900``.

    Parameters
    ----------
    value : float
        The amount.
    digits : int
        Significant digits kept (17 keep everything).
    """
    value = float(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("unlimited" if value > 0 else "-unlimited")
    rounded = float(f"{value:.{digits}g}")
    for suffix, power in (("T", 12), ("B", 9), ("M", 6), ("k", 3)):
        if abs(rounded) >= 10**power and (power > 3 or abs(rounded) >= 10_000):
            return _plain(value / 10**power, digits) + suffix
    return _plain(value, digits)


def format_percent(value: float, digits: int = 3) -> str:
    """Write a fraction of one as a percentage for people: 0.005 is ``0.5%``.

    Parameters
    ----------
    value : float
        The fraction.
    digits : int
        Significant digits kept (17 keep everything).
    """
    return _plain(100.0 * value, digits) + "%" if math.isfinite(value) else "not a number"


def format_duration(seconds: float, digits: int = 3) -> str:
    """Write seconds for people in the unit that takes the fewest digits: ``36h``, ``10min``, ``never``.

    Parameters
    ----------
    seconds : float
        The duration.
    digits : int
        Significant digits kept (17 keep everything).
    """
    if math.isinf(seconds):
        return "never"
    if seconds == 0:
        return "0s"
    fitting = [unit for unit, length in _SECONDS.items() if abs(seconds) >= (2 * length if unit == "d" else length)]
    written = [_plain(seconds / _SECONDS[unit], digits) + unit for unit in reversed(fitting or ["ms"])]
    exact = [text for text in written if math.isclose(parse_duration(text), seconds, rel_tol=1e-12)]
    return min(exact, key=lambda text: sum(map(str.isdigit, text))) if exact else written[0]


def format_time(time: datetime) -> str:
    """Write a time as ISO 8601 in UTC: ``2020-03-12T10:00:00Z``."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _number(value: object, want: str) -> float | None:
    """Return a plain number; None for text that has to be looked at; refuse everything else."""
    if isinstance(value, bool) or value is None or not isinstance(value, Real | str):
        raise UnitError(f"{_shown(value)} is not a number", want)
    if isinstance(value, Real):
        try:
            return _finite(float(value), value, want)
        except OverflowError:
            raise UnitError(f"{_shown(value)} is not a finite number", want) from None
    text = value.strip()
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity") and text != "never":
        raise UnitError(f"{_shown(value)} is not a finite number", want)
    return _finite(_shifted(text, 0), value, want) if _PLAIN.match(text) else None


def _finite(number: float, value: object, want: str) -> float:
    if not math.isfinite(number):
        raise UnitError(f"{_shown(value)} is not a finite number", want)
    return number


def _shifted(digits: str, power: int) -> float:
    """Read decimal digits times a power of ten, rounded once (so that 0.7% is 0.007 exactly)."""
    mantissa, _, exponent = digits.replace("_", "").lower().partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + power}")


def _seconds(digits: str, unit: str, value: object) -> float:
    if unit in _SECONDS or unit == "":
        return _shifted(digits, -3) if unit == "ms" else _shifted(digits, 0) * _SECONDS.get(unit, 1.0)
    nearest = _MISSPELT_DURATIONS.get(unit.lower()) or (unit.lower() if unit.lower() in _SECONDS else None)
    if nearest:
        raise UnitError(f"{unit!r} is not a unit of time", f"did you mean {digits}{nearest}?")
    if unit.lower() in ("w", "week", "weeks"):
        raise UnitError(f"{unit!r} is not a unit of time", f"did you mean {7 * _shifted(digits, 0):g}d?")
    raise UnitError(f"{_shown(value)} is not a duration", "the units of time are ms, s, min, h and d")


def _without_commas(text: str) -> str:
    joined = re.sub(r"(?<=\d)[,' ](?=\d{3}\b)", "_", text)
    return f"did you mean {joined}?" if joined != text and _WITH_UNIT.match(joined) else ""


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-5 <= abs(value) < 1e16:
        text = f"{float(text):.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text


def _shown(value: object) -> str:
    if value is None or isinstance(value, dict | list | tuple):
        return "nothing" if value is None else "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
