"""Tick labels that agree with each other along an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import Formatter, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from cascade_sim.plots.numbers import human

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PlainTicks(Formatter):
    """Numbers with separators, all with as many decimals as the one that needs most: ``97.5``, ``100.0``."""

    unit = 1.0
    letter = ""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label one tick."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Label the ticks of an axis."""
        scaled = [value / self.unit for value in values]
        size = max((abs(value) for value in scaled), default=0.0) or 1.0
        decimals = next(
            (places for places in range(10) if all(abs(v - round(v, places)) < 1e-7 * size for v in scaled)),
            10,
        )
        texts = [f"{value:,.{decimals}f}{self.letter}" if value else "0" for value in scaled]
        return [text.replace("-", "−") for text in texts]


class AmountTicks(PlainTicks):
    """Amounts in one common unit: ``5k 10k 15k``, ``0.5B 1.0B``; no letter below ten thousand."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Label the ticks of an axis."""
        most = max((abs(value) for value in values), default=0.0)
        steps = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
        self.unit, self.letter = next(
            ((unit, letter) for unit, letter in steps if most >= unit and most >= 1e4), (1.0, "")
        )
        return super().format_ticks(values)


class SizeTicks(AmountTicks):
    """Amounts without their sign, for an axis on which two kinds of them grow away from zero."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Label the ticks of an axis."""
        return super().format_ticks([abs(value) for value in values])


class ShortTicks(PlainTicks):
    """Numbers with only the decimals that each one needs, for a logarithmic axis: ``0.01``, ``10``."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Label the ticks of an axis."""
        return [f"{value:,.10g}".replace("-", "−") for value in values]


class PriceAndDistance(PlainTicks):
    """A price, and below it how far that is from a start price: ``7,000`` over ``−12 %``."""

    def __init__(self, start: float) -> None:
        self.start = start

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Label the ticks of an axis."""
        prices = super().format_ticks(values)
        spread = max((abs(value / self.start - 1.0) for value in values), default=0.0)
        digits = 0 if spread > 0.05 else 1 if spread > 0.005 else 2
        moved = [round(100 * (value / self.start - 1), digits) for value in values]
        away = [f"{move:+.{digits}f} %".replace("-", "−") if move else "0 %" for move in moved]
        return [f"{text}\n{distance}" for text, distance in zip(prices, away, strict=True)]


def label_axis(axis: Axis, formatter: Formatter, most: int = 5) -> None:
    """Give an axis at most ``most`` round intervals and a formatter."""
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(formatter)


def _power_or_amount(value: float) -> str:
    """Write a tick of a logarithmic axis: ``100k``, ``0.001``, ``10⁻⁵``."""
    if not 0.0 < value < 0.99e-3:
        return human(value)
    power = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10.0**power)
    return f"{'' if factor == 1 else f'{factor}·'}10{str(power).translate(_RAISED)}"


def log_amounts(axis: Axis, dense: bool = False) -> None:
    """Label a logarithmic axis with amounts in words: ``100k``, ``1M``.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        A logarithmic one.
    dense : bool
        Whether 2 and 5 times a power of ten are labelled too, for a short range.
    """
    axis.set_major_locator(LogLocator(10.0, subs=(1.0, 2.0, 5.0) if dense else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _power_or_amount(value)))
    axis.set_minor_formatter(NullFormatter())
