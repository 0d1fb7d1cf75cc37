"""Numbers and moments as a reader wants them: 912M, 53.4 %, 02:16."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_FRACTIONS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_SECONDS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800)
_HOURS_S = (3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800)
_BARS_S = (*_FRACTIONS_S, *_SECONDS, *_HOURS_S)
SECOND = 1_000_000_000


def human(value: float, digits: int = 3) -> str:
    """Return a number in ``digits`` significant digits: ``912M``, ``1.05B``, ``−40k``, ``1,540``."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    if 1e3 <= abs(value) < 1e4:
        return f"{value:,.0f}".replace("-", "−")
    # Three digits stand before the point at most; fewer would ask for a power of ten.
    shown = max(digits, 3)
    for step, letter in _STEPS:
        if abs(rounded) >= step:
            return f"{rounded / step:.{shown}g}{letter}".replace("-", "−")
    return f"{rounded:.{shown}g}".replace("-", "−")


def percent(fraction: float, digits: int = 1) -> str:
    """Return a fraction as ``53.4 %``, ``100 %``, or ``< 0.1 %`` for what would round to nothing."""
    value = 100.0 * fraction
    if not math.isfinite(value):
        return "–"
    smallest = 10.0**-digits
    if 0 < abs(value) < smallest / 2:
        return f"< {smallest:g} %"
    if abs(value) >= 99.95:
        digits = 0
    return f"{value:.{digits}f} %".replace("-", "−")


def price(value: float) -> str:
    """Return a price with four digits or all before the point: ``7,934``, ``61.52``, ``0.4512``."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".replace("-", "−")


def moment(nanoseconds: int, seconds: bool = False, day: bool = False) -> str:
    """Return nanoseconds since 1970 as a UTC time: ``02:16:05``, ``02:16 on 13 Mar``."""
    unit = 1 if seconds else 60
    at = datetime.fromtimestamp(round(nanoseconds / (unit * SECOND)) * unit, UTC)
    return at.strftime("%H:%M:%S" if seconds else "%H:%M") + (f" on {at.day} {at:%b}" if day else "")


def span_text(seconds: float) -> str:
    """Return a duration in its natural unit: ``15 min``, ``1 h``, ``0.5 s``."""
    for unit, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= unit and math.isclose(seconds / unit, round(seconds / unit, 1)):
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def bar_seconds(span: float, step: float, most: int = 110) -> float:
    """Choose how long one bar of a bar chart lasts.

    Parameters
    ----------
    span : float
        Length of the time axis, s.
    step : float
        Time between two rows, s. A bar always holds a whole number of rows, or bars would take turns being
        higher.
    most : int
        The most bars wanted.

    Returns
    -------
    float
        A length that clocks show (1 s, 15 min, 1 h), or a multiple of the step where none fits.
    """
    target = max(span / most, step)
    for length in _BARS_S:
        if target * (1 - 1e-9) <= length <= 3 * target:
            rows = length / step
            if math.isclose(rows, round(rows), rel_tol=1e-9):
                return length
    return step * math.ceil(target / step - 1e-9)
