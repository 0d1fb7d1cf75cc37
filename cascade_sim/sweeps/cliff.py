"""The cliff: the value of one key at which the probability of a cascade crosses 50 %, by bisection."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cascade_sim.errors import CascadeError
from cascade_sim.metrics.branching import wilson
from cascade_sim.sweeps.intervals import normal_quantile
from cascade_sim.units import format_quantity

if TYPE_CHECKING:
    import pandas as pd

Evaluate = Callable[[float], tuple[int, int]]


@dataclass(frozen=True)
class Evaluated:
    """What was seen at one value of the key."""

    value: float
    cascades: int
    runs: int

    @property
    def share(self) -> float:
        """Share of the runs that were cascades."""
        return self.cascades / self.runs


@dataclass(frozen=True)
class Cliff:
    """Where the probability of a cascade crosses a level, and how sure that is.

    Attributes
    ----------
    value : float
        Middle of the bracket (geometric on a log scale).
    bracket : (float, float)
        The crossing of these very replicates lies between them: the numerical error.
    low, high : float
        Interval for the crossing of all replicates one could draw: the values at which Wilson's interval excludes the
        probability on either side, with their numerical error. NaN where the ends of the search do not exclude it.
    probability, level : float
        The level that is crossed, and the confidence level of the interval.
    rising : bool
        Whether cascades become more likely with the value.
    monotone : bool
        Whether the share of cascades never turned back among the values tried. If it did, there may be several
        crossings, and the one that was found is one of them.
    replicates, failed : int
        Runs wanted at each value, and how many of all runs failed and are left out.
    evaluated : tuple of Evaluated
        All values tried, in order.
    log : bool
    key : str
        The varied key, for words.
    """

    value: float
    bracket: tuple[float, float]
    low: float
    high: float
    probability: float
    level: float
    rising: bool
    monotone: bool
    replicates: int
    failed: int
    evaluated: tuple[Evaluated, ...]
    log: bool = False
    key: str = ""

    def words(self) -> str:
        """Say it in one sentence."""
        width = self.bracket[1] - self.bracket[0]
        digits = max(4, 1 + math.ceil(math.log10(max(map(abs, self.bracket)) / width))) if width else 4

        def figure(value: float) -> str:
            return format_quantity(value, digits)

        first, last = figure(self.evaluated[0].value), figure(self.evaluated[-1].value)
        z = normal_quantile(self.level)
        if wilson(0.0, self.replicates, z)[1] >= self.probability >= wilson(1.0, self.replicates, z)[0]:
            interval = f"too few runs for a {100 * self.level:g} % interval"
        elif math.isnan(self.low) and math.isnan(self.high):
            interval = f"the {100 * self.level:g} % interval reaches beyond {first} and {last}"
        else:
            low = f"below {first}" if math.isnan(self.low) else figure(self.low)
            high = f"beyond {last}" if math.isnan(self.high) else figure(self.high)
            interval = f"{100 * self.level:g} % interval {low} to {high}"
        notes = (
            "" if self.monotone else "; the share of cascades turned back on the way, so there may be more crossings"
        )
        if self.failed:
            notes += f"; {self.failed:,} failed runs left out"
        runs = f"{self.replicates:,} {'replicate' if self.replicates == 1 else 'replicates'}"
        place = f"{self.key} = {figure(self.value)}" if self.key else figure(self.value)
        return (
            f"the probability of a cascade {'rises' if self.rising else 'falls'} through "
            f"{100 * self.probability:g} % at {place}: bisected to {figure(self.bracket[0])} to "
            f"{figure(self.bracket[1])}, {interval} from {runs}{notes}"
        )

    def frame(self) -> pd.DataFrame:
        """Return every value tried: value, cascades, runs, share, and Wilson's interval ``low`` to ``high``."""
        import pandas as pd

        z = normal_quantile(self.level)
        rows = [
            (each.value, each.cascades, each.runs, each.share, *wilson(each.share, each.runs, z))
            for each in self.evaluated
        ]
        return pd.DataFrame(rows, columns=["value", "cascades", "runs", "share", "low", "high"])


def find_cliff(
    evaluate: Evaluate,
    low: float,
    high: float,
    replicates: int,
    tolerance: float = 0.01,
    log: bool = False,
    probability: float = 0.5,
    level: float = 0.95,
    key: str = "",
    whole: bool = False,
) -> Cliff:
    """Find where the probability of a cascade crosses a level.

    Parameters
    ----------
    evaluate : callable
        Takes a value of the key, returns how many runs were cascades, and how many did not fail. Called once a value;
        the replicates must have the same luck at every value.
    low, high : float
        Ends of the search; the probability has to be on different sides of the level there.
    replicates : int
        Runs that ``evaluate`` makes at each value.
    tolerance : float
        Width of the bracket at the end, relative to ``high - low``; with ``log`` relative to the value.
    log : bool
        Halve the logarithm; for ranges of several octaves.
    probability : float
        The level, in (0, 1).
    level : float
        Confidence level of the interval.
    key : str
        Name of the varied key, for words.
    whole : bool
        Try whole numbers only, for keys that count something; the bracket is then at least 1 wide.

    Returns
    -------
    Cliff

    Raises
    ------
    CascadeError
        If the probability does not cross the level between the ends, if all runs of a value fail, or if the numbers
        given make no search.

    Notes
    -----
    With common luck each replicate has a threshold of its own, and the share of cascades is the distribution function
    of these thresholds: the cliff is their median (for 50 %). The interval inverts the score test of that share, as
    Wilson's does: a value is excluded when Wilson's interval there does not contain the level. Its coverage goes in
    steps with the number of replicates (for a level of 95 %: 16 give 92.3 %, 32 95.0 %, 33 96.5 %, 64 94.0 %).
    An even number of replicates has two middle thresholds; the first of them in the direction of more cascades counts.
    Cost: about ``log2(1 / tolerance)`` values for the crossing, and at most as many again for each end of the interval.
    """
    _check(low, high, replicates, tolerance, log, probability, level)
    seen: dict[float, Evaluated] = {}

    def at(value: float) -> Evaluated:
        if value not in seen:
            cascades, runs = evaluate(value)
            if runs < 1:
                raise CascadeError(f"all runs failed at {_place(key, value)}; run that point alone to see why")
            seen[value] = Evaluated(value, int(cascades), int(runs))
        return seen[value]

    z = normal_quantile(level)
    first, last = at(low), at(high)
    rising = last.share > first.share
    # The same question in both directions: is the probability reached, surely not below, surely above?
    tests: tuple[Callable[[Evaluated], bool], ...] = (
        lambda each: each.share >= probability,
        lambda each: wilson(each.share, each.runs, z)[1] >= probability,
        lambda each: wilson(each.share, each.runs, z)[0] > probability,
    )
    if tests[0](first) == tests[0](last):
        raise CascadeError(_no_crossing(first, last, probability, key))
    reached, possible, sure = (_bracket(at, test, low, high, tolerance, log, whole) for test in tests)
    lower, upper = (possible, sure) if rising else (sure, possible)
    order = tuple(seen[value] for value in sorted(seen))
    steps = [(b.share - a.share) * (1.0 if rising else -1.0) for a, b in pairwise(order)]
    assert reached is not None
    return Cliff(
        value=math.sqrt(reached[0] * reached[1]) if log else 0.5 * (reached[0] + reached[1]),
        bracket=reached,
        low=math.nan if lower is None else lower[0],
        high=math.nan if upper is None else upper[1],
        probability=probability,
        level=level,
        rising=rising,
        monotone=all(step >= 0.0 for step in steps),
        replicates=replicates,
        failed=sum(replicates - each.runs for each in order),
        evaluated=order,
        log=log,
        key=key,
    )


def _bracket(
    at: Callable[[float], Evaluated],
    test: Callable[[Evaluated], bool],
    low: float,
    high: float,
    tolerance: float,
    log: bool,
    whole: bool,
) -> tuple[float, float] | None:
    """Bisect for the value at which a test changes its answer; None where both ends answer alike."""
    at_low = test(at(low))
    if at_low == test(at(high)):
        return None
    span = high - low
    while (high / low - 1.0 if log else (high - low) / span) > tolerance:
        middle = math.sqrt(low * high) if log else 0.5 * (low + high)
        middle = float(round(middle)) if whole else middle
        if not low < middle < high:
            break
        if test(at(middle)) == at_low:
            low = middle
        else:
            high = middle
    return low, high


def _check(
    low: float, high: float, replicates: int, tolerance: float, log: bool, probability: float, level: float
) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise CascadeError(f"a search from {low:g} to {high:g} has no room; give a lower and a higher value")
    if log and low <= 0.0:
        raise CascadeError(f"a logarithmic search cannot start at {low:g}; start above 0, or search linearly")
    if not 0.0 < tolerance < 1.0:
        raise CascadeError(f"a tolerance of {tolerance:g} is none; give a share such as 0.01")
    if replicates < 1:
        raise CascadeError("a search needs at least one replicate")
    for name, share in (("probability", probability), ("confidence level", level)):
        if not 0.0 < share < 1.0:
            raise CascadeError(f"a {name} of {share:g} is none; give a number between 0 and 1, such as 0.5")


def _no_crossing(first: Evaluated, last: Evaluated, probability: float, key: str) -> str:
    often = first.share >= probability
    fix = (
        "begin or end where cascades are rarer, make the shock smaller, or raise the threshold of `cascade:`"
        if often
        else "begin or end where cascades are likelier, make the shock larger, or lower the threshold of `cascade:`"
    )
    return (
        f"the probability of a cascade does not cross {100 * probability:g} %: {first.cascades} of {first.runs} runs "
        f"at {_place(key, first.value)}, {last.cascades} of {last.runs} at {format_quantity(last.value)}; {fix}"
    )


def _place(key: str, value: float) -> str:
    return f"{key} = {format_quantity(value)}" if key else format_quantity(value)
