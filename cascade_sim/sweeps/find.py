"""The cliff of a scenario: runs at the values that the bisection asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cascade_sim.errors import CascadeError
from cascade_sim.scenario import Scenario, load_scenario
from cascade_sim.sweeps.chunks import part_of
from cascade_sim.sweeps.cliff import Cliff, find_cliff
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.execute import execute
from cascade_sim.sweeps.executors import Workers, as_workers
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.plan import Plan, Task, seed_of
from cascade_sim.sweeps.progress import shown_runs
from cascade_sim.sweeps.rows import column_of
from cascade_sim.sweeps.spec import Cascade, Sweep
from cascade_sim.sweeps.summary import names_a_sweep
from cascade_sim.sweeps.trial import whole_numbers
from cascade_sim.units import parse_fraction

REPLICATES = 32


def cliff(
    scenario: Sweep | Scenario | str | Path,
    key: str | None = None,
    low: Any = None,
    high: Any = None,
    *,
    replicates: int | None = None,
    threshold: Any = None,
    probability: float = 0.5,
    tolerance: float = 0.005,
    log: bool | None = None,
    overrides: Mapping[str, Any] | None = None,
    workers: int | None = 1,
    executor: Any = None,
    progress: bool = False,
) -> Cliff:
    """Find the value of a key at which a cascade becomes more likely than not.

    Parameters
    ----------
    scenario : Sweep, Scenario, str or path
        What is run; a name is a sweep's if there is one. The other keys that a sweep varies stay as its scenario has
        them.
    key : str, optional
        Dotted key; may be left out where the sweep varies one.
    low, high : number or str, optional
        Where to look, as written in a file; the least and the greatest value that the sweep has for the key, if left
        out.
    replicates : int, optional
        Runs at each value, all with the same seeds at every value; the sweep's, or 32.
    threshold : number or str, optional
        Drawdown from which a run is a cascade; the sweep's, or 20 %.
    probability : float
        Of a cascade, to be crossed.
    tolerance : float
        Width of the bracket at the end, as a fraction: of the value on a log scale, else of ``high - low``.
    log : bool, optional
        Whether to halve the logarithm; if left out, where ``high`` is at least four times a positive ``low``.
    overrides : mapping, optional
        Further changes of the scenario.
    workers, executor, progress
        As in `cascade_sim.sweep`.

    Returns
    -------
    Cliff
        Value, bracket (the numerical error), confidence interval (the error of finitely many replicates).

    Raises
    ------
    ScenarioError
        The scenario or the key is wrong.
    CascadeError
        The probability does not cross the level between the ends, or an end is missing.
    """
    search = _search(scenario, key, overrides or {}, replicates, threshold)
    first, last = _ends(search, low, high)
    log = (0.0 < 4.0 * first <= last) if log is None else log
    search.base.with_overrides({search.key: first})  # a key that does not exist is told before anything is started
    plan = Plan(search.base.bare(), ("max_drawdown",), search.threshold, None, search.base.hash)
    each = tuple(range(search.replicates))
    seeds = tuple(seed_of(search.seed, replicate) for replicate in each)
    with as_workers(executor, workers) as crew, shown_runs(f"cliff of {search.key}", 0, show=progress) as came:

        def evaluate(value: float) -> tuple[int, int]:
            cascades, runs = _runs_at(search, plan, Task(0, {search.key: value}, each, seeds), crew)
            came(search.replicates, search.replicates - runs)
            return cascades, runs

        whole = whole_numbers(search.base, search.key)
        return find_cliff(
            evaluate, first, last, search.replicates, tolerance, log, probability, key=search.key, whole=whole
        )


class _Search(NamedTuple):
    """What is run, and which key is changed."""

    base: Scenario
    key: str
    values: list[Any]
    replicates: int
    seed: int
    threshold: float


def _search(
    scenario: Any, key: str | None, overrides: Mapping[str, Any], replicates: int | None, threshold: Any
) -> _Search:
    given = None if threshold is None else parse_fraction(threshold)
    asked = scenario
    if not isinstance(asked, Sweep | Scenario):
        asked = load_sweep(asked, overrides) if names_a_sweep(str(asked)) else load_scenario(asked, overrides)
    elif overrides:
        raise CascadeError("overrides are for names of files; change the scenario itself with with_overrides")
    if isinstance(asked, Scenario):
        if key is None:
            raise CascadeError("a scenario does not say along which key to look; give it (--key)")
        limit = Cascade().max_drawdown if given is None else given
        return _Search(asked, key, [], replicates or REPLICATES, asked.seed, limit)
    if key is None:
        key, *others = asked.varied
        if others:
            raise CascadeError(f"{asked.name!r} varies {', '.join(asked.varied)}; say along which to look (--key)")
    values = [point[key] for point in points_of(asked)] if key in asked.varied else []
    runs = replicates or asked.replicates
    return _Search(asked.base, key, values, runs, asked.seed, asked.threshold if given is None else given)


def _ends(search: _Search, low: Any, high: Any) -> tuple[float, float]:
    """Return where to look, as numbers: what is given, else the ends of what the sweep has."""
    given = [end for end in (low, high) if end is not None]
    numbers = column_of([*given, *search.values]) if given or search.values else []
    if len(given) + len(search.values) < 2 or any(isinstance(number, str) for number in numbers):
        raise CascadeError(f"{search.key}: two numbers are needed to look between; give both ends (--from, --to)")
    ends, rest = [float(number) for number in numbers[: len(given)]], [float(n) for n in numbers[len(given) :]]
    first = ends[0] if low is not None else min(rest)
    last = ends[-1] if high is not None else max(rest)
    return min(first, last), max(first, last)


def _runs_at(search: _Search, plan: Plan, whole: Task, crew: Workers) -> tuple[int, int]:
    """Run all replicates at a value; return how many were cascades, and how many did not fail."""
    share = -(-search.replicates // crew.count())
    tasks = [part_of(whole, start, start + share) for start in range(0, search.replicates, share)]
    cascades = runs = 0
    for done in execute(plan, tasks, crew, search.replicates):
        told = [each for each in done.columns["cascade"] if each is not None]
        cascades, runs = cascades + sum(told), runs + len(told)
    return cascades, runs
