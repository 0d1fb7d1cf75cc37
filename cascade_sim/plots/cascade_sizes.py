"""The survival function of cascade sizes, beside the law that a branching process has."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.metrics.borel import borel_ratio, borel_survival
from cascade_sim.metrics.sizes import tail_exponent
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.below import LINE, broken, say_below
from cascade_sim.plots.headed import Head
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.numbers import human, span_text
from cascade_sim.plots.one_panel import NARROW_FIGURE, first_fitting, one_panel, room_for, run_head, say_instead
from cascade_sim.plots.reading import Names, names_of, recording_of
from cascade_sim.plots.size_sample import SizeSample, is_run, is_sweep, sample_of
from cascade_sim.plots.style import INDEX, INK, OPEN_INTEREST, drawing_style, is_narrow, panel_heading, panel_inches
from cascade_sim.plots.sweep_reading import sweep_head
from cascade_sim.plots.ticks import log_amounts
from cascade_sim.units import parse_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT, _NARROW_HEIGHT, _LEFT, _RIGHT, _DROP = 3.8, 2.8, 0.86, 0.3, 38.0
_FEW, _ENOUGH_FOR_TAIL, _TAIL, _UNLIKELY = 5, 200, 0.1, 0.01


def cascade_sizes(
    source: Any,
    ax: Axes | None = None,
    *,
    ratio: float | None = None,
    gap: str | float = "10min",
    by: str = "liquidations",
    width: float | None = None,
    quote: str | None = None,
    base: str | None = None,
) -> Figure:
    """Draw what share of cascades is at least so large, on logarithmic axes.

    Counts of liquidations are held against the Borel law, that of cascades which one liquidation starts and in which
    each sets off ``R`` more on average, and against the critical law ``sqrt(2 / (pi n))``. Notionals are held against
    the power law that fits their largest tenth, where there are at least 200.

    Parameters
    ----------
    source : Run, SweepResult, pandas.DataFrame or array_like of float
        A run, cut into cascades by `cascade_sim.cascades`; a sweep, each run of which counts as one cascade; a table
        of cascades; or sizes.
    ax : matplotlib.axes.Axes, optional
        Gives its place to the picture and is taken off its figure. Without it a new figure is made.
    ratio : float, optional
        Branching ratio of the law; by default the estimate ``1 - 1 / mean(size)``. Read for counts only.
    gap : str or float
        Longest pause within one cascade of a run, as a duration such as ``"10min"`` or in seconds.
    by : str
        ``liquidations`` (counts) or ``notional`` (quote).
    width : float, optional
        Width of a new figure, inches; by default 10.
    quote, base : str, optional
        Names of the currencies. By default what ``scenario.market`` calls them, else ``USD`` and ``coin``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If ``by`` is another word, the gap is no time, or the ratio is negative.
    """
    sample = sample_of(source, gap, by)
    with drawing_style():
        names = _names(source, quote, base)
        words = _words(sample, ratio, gap if is_run(source) else None)
        words = f"Each run counts as one cascade. {words}".strip() if is_sweep(source) else words
        room = room_for(ax, width, _LEFT, _RIGHT)
        narrow = room + _LEFT + _RIGHT <= NARROW_FIGURE
        bottom = _DROP / 72 + LINE * (broken(words, room).count("\n") + 1) + 0.12
        height = _NARROW_HEIGHT if narrow else _HEIGHT
        head = _head(source, sample, names, by)
        panel = one_panel(head, ax, height, width=width, left=_LEFT, right=_RIGHT, bottom=bottom)
        figure: Any = panel.figure
        if not sample.sizes.size:
            say_instead(panel, _why_none(source, sample))
            return figure
        _draw(panel, sample, ratio, names, by)
        say_below(panel, words, _DROP)
        return figure


def _names(source: Any, quote: str | None, base: str | None) -> Names:
    if is_sweep(source):
        source = SimpleNamespace(scenario=source.sweep.base)
    return names_of(source, quote, base) if is_run(source) else Names(quote or "USD", base or "coin", False)


def _head(source: Any, sample: SizeSample, names: Names, by: str) -> Head:
    """Say whose cascades these are, how many, and how large."""
    sizes, unit = sample.sizes, "liquidations" if by == "liquidations" else names.quote
    tiles = [Tile(f"{sizes.size:,}", f"cascade{'s' if sizes.size != 1 else ''}")]
    if sizes.size:
        after = "" if by == "liquidations" else f" {unit}"
        what = f"\n{unit}" if by == "liquidations" else ""
        tiles += [
            Tile(f"{human(float(value))}{after}", f"{word} size{',' if what else ''}{what}")
            for value, word in ((sizes.mean(), "mean"), (np.median(sizes), "median"), (sizes.max(), "largest"))
        ]
    if is_run(source):
        recording = recording_of(getattr(source, "timeline", None), source.scenario, names)
        return run_head(source, recording, names, tiles)
    if is_sweep(source):
        return sweep_head(source, source.frame, tiles)
    return Head("Cascade sizes", f"{sizes.size:,} cascade{'s' if sizes.size != 1 else ''}", tiles)


def _why_none(source: Any, sample: SizeSample) -> str:
    if sample.left_out:
        return "no cascade has a size above zero"
    return "no position was liquidated in this run: there is no cascade" if is_run(source) else "there is no cascade"


def _words(sample: SizeSample, ratio: float | None, gap: str | float | None) -> str:
    """Say what the law assumes, how cascades were cut, and what the picture cannot show."""
    parts = []
    count = sample.sizes.size
    if 0 < count < _FEW:
        parts.append(f"Only {count} cascade{'s' if count != 1 else ''}: too few to tell one law from another.")
    if sample.counts and count:
        parts.append(
            "Borel law: one liquidation starts each cascade, and each sets off R more on average"
            + (" (R = 1 − 1 / mean size)." if ratio is None else ".")
        )
        used = borel_ratio(sample.sizes)[0] if ratio is None else ratio
        if sample.sizes.min() > 1 and (1.0 - math.exp(-used)) ** count < _UNLIKELY:
            parts.append("It does not describe these: none is of one liquidation, so something else started them.")
    if not sample.counts and count >= _ENOUGH_FOR_TAIL:
        parts.append("Power law: Hill's estimate from the largest tenth; it does not say that the tail is one.")
    if gap is not None:
        pause = span_text(parse_duration(gap))
        parts.append(f"Two cascades are parted by a pause of more than {pause}.")
    if sample.left_out:
        parts.append(f"Left out: {sample.left_out:,} without a size above zero.")
    return " ".join(parts)


def _draw(ax: Axes, sample: SizeSample, ratio: float | None, names: Names, by: str) -> None:
    """Draw the points and the laws beside them."""
    size, share = sample.points()
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.grid(True)
    left, right = float(size[0]), float(size[-1])
    if sample.counts:
        left, right = min(left, 1.0), max(right, 10.0)
    room = max((right / left) ** 0.06, 1.15 if sample.counts else 2.0)
    ax.set_xlim(left / room, right * room)
    ax.set_ylim(min(0.5 * float(share[-1]), 0.05), 1.5)
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.6, "markeredgewidth": 0}
    ax.plot(size, share, color=OPEN_INTEREST, label="cascades", zorder=3, **look)
    if sample.counts:
        _draw_laws(ax, sample, ratio, right * room)
    elif sample.sizes.size >= _ENOUGH_FOR_TAIL:
        _draw_power_law(ax, sample.sizes)
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        log_amounts(axis, dense=high < 30.0 * low)
    ax.set_xlabel(f"notional of a cascade, {names.quote}" if by == "notional" else "liquidations in a cascade, n")
    ax.set_ylabel("share of cascades" if panel_inches(ax) < 3 else "share at least as large")
    panel_heading(ax, first_fitting(ax, "Cascades at least as large", "At least as large"))


def _draw_laws(ax: Axes, sample: SizeSample, ratio: float | None, until: float) -> None:
    """Draw the Borel law at the ratio given or estimated, and the critical law."""
    n = np.unique(np.rint(np.geomspace(1.0, max(until, 2.0), 400)))
    if ratio is None:
        used, error = borel_ratio(sample.sizes)
        digits = min(max(1 - math.floor(math.log10(error)), 2), 6) if error > 0 else 2
        told, how = f"R = {used:.{digits}f} ± {error:.{digits}f}", "estimated"
    else:
        used, told, how = ratio, f"R = {ratio:.4g}", "given"
    label = f"Borel, {told}" if is_narrow(ax) else f"Borel law, {told} ({how})"
    _law(ax, n, np.sqrt(2.0 / (np.pi * n)), color=INDEX, linewidth=1.2, label="critical, √(2 / (πn))", zorder=2.0)
    _law(ax, n, borel_survival(n, used), color=INK, linewidth=1.4, label=label, zorder=2.5)


def _draw_power_law(ax: Axes, sizes: Floats) -> None:
    """Draw the power law that Hill's estimate makes of the largest tenth."""
    exponent, error = tail_exponent(sizes, _TAIL)
    ordered = np.sort(sizes)[::-1]
    begin = ordered[int(_TAIL * sizes.size)]
    x = np.geomspace(begin, ordered[0], 50)
    told = f"{exponent:.2f} ± {error:.2f}"
    label = f"exponent {told}" if is_narrow(ax) else f"power law, exponent {told} (Hill, largest tenth)"
    _law(ax, x, _TAIL * (x / begin) ** -exponent, color=INK, linewidth=1.4, linestyle=(0, (4, 2)), label=label)


def _law(ax: Axes, x: Floats, y: Floats, **look: Any) -> None:
    """Draw a curve without what lies far below the axis."""
    shown = y > 0.1 * ax.get_ylim()[0]
    ax.plot(x[shown], y[shown], **look)
