"""Plain keywords for what is varied most: for sliders, `mesa.batch_run`, and a first look at a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cascade_sim import units
from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.mesa_bridge.leverage_overrides import leverage_overrides
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.book import DeepBook
from cascade_sim.scenario.entry import ClustersEntry, LognormalEntry
from cascade_sim.scenario.liquidation_map import GaussianMap
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.units import UnitError

KEYWORDS = ("leverage", "depth", "clustering", "shock", "fund", "policy")

PACE = "1min"
"""Half-life of the backlog under ``policy="paced"`` where the scenario names no pace; chosen."""

STEPS = {"by": "health"}
"""Steps under ``policy="partial"`` where the scenario names none; chosen."""

ADDED_AT = 0.1
"""When a shock comes where the scenario schedules no order: this share of the clock; chosen."""


class DoesNotApply(Exception):
    """A keyword has nothing to change in a scenario: why, and what to do instead."""

    def __init__(self, message: str, fix: str) -> None:
        self.message = message
        self.fix = fix
        super().__init__(message)


def with_parameters(
    scenario: Scenario,
    *,
    leverage: float | str | None = None,
    depth: float | str | None = None,
    clustering: float | str | None = None,
    shock: float | str | None = None,
    fund: float | str | None = None,
    policy: str | None = None,
    **unknown: object,
) -> Scenario:
    """Return a scenario with some of its main quantities changed; None leaves one as it is.

    Numbers may be Python's or numpy's, or text as in a scenario file: ``"25M"``, ``"0.5%"``. A keyword that has the
    value which the scenario has already changes nothing.

    Parameters
    ----------
    scenario : Scenario
    leverage : float or str, optional
        Mean leverage, a number, of every cohort that draws leverage, and of those who arrive. Lognormal, pareto, beta:
        the mean before the cap. Fixed: the value. Discrete: all leverages are scaled until their mean is this one;
        none falls below 1. A cap (beta: the upper bound) that would come nearer to the mean than it was, and nearer
        than twice the mean, is raised with it, at most to the exchange's maximum. Cohorts placed by a liquidation
        map, or read from a file, have no leverage to draw and stay as they are.
    depth : float or str, optional
        Quote notional of each side of the book within the distance that the scenario names,
        ``market.book.depth.within``. For books of shape linear and power.
    clustering : float or str, optional
        Width of the clusters, the standard deviation of a log price as a fraction; the smaller, the more the crowd
        stands at one price. It is the width of entries of kind lognormal and clusters, and of liquidation maps of
        kind gaussian.
    shock : float or str, optional
        Quote notional of the first scheduled sale; of the first order, where only purchases are scheduled. Where none
        is, a sale is added a tenth into the clock. 0 takes the order out.
    fund : float or str, optional
        Insurance fund at the start, in margin currency: quote for a linear contract, base for an inverse one.
    policy : str, optional
        What the venue does with a position below maintenance: market, partial, paced, limit or none. Where the
        scenario does not say how fast (paced) or in which steps (partial), half of the backlog is sold in a minute,
        and steps go by health.

    Returns
    -------
    Scenario
        Validated again.

    Raises
    ------
    ScenarioError
        For a keyword that does not exist, one that has nothing to change in this scenario, and a value that is
        refused. Its problems name the keyword.
    """
    given = {"leverage": leverage, "depth": depth, "clustering": clustering, "shock": shock, "fund": fund}
    problems = [_unknown(name, value) for name, value in unknown.items()]
    changes: dict[str, Any] = {}
    marks: dict[str, str] = {}
    for name, value in (*given.items(), ("policy", policy)):
        if value is None:
            continue
        mark = f"{name}={value}"
        try:
            found = _OVERRIDES[name](scenario, value)
        except (UnitError, DoesNotApply) as wrong:
            problems.append(Problem(mark, 0, 0, "", wrong.message, wrong.fix))
            continue
        changes |= found
        marks |= dict.fromkeys(found, mark)
    if problems:
        raise ScenarioError(problems)
    try:
        return scenario.with_overrides(changes)
    except ScenarioError as error:
        raise ScenarioError([_under_keyword(problem, marks) for problem in error.problems]) from None


def _leverage(scenario: Scenario, value: Any) -> dict[str, Any]:
    changes = leverage_overrides(scenario, units.parse_quantity(value))
    if not changes:
        fix = "leave leverage out, or give a cohort leverage and entry instead of liquidation"
        message = "no cohort draws leverage: each is placed by a liquidation map or read from a file"
        raise DoesNotApply(message if scenario.crowd else "the scenario has no crowd", fix)
    return changes


def _depth(scenario: Scenario, value: Any) -> dict[str, Any]:
    book = scenario.market.book
    if not isinstance(book, DeepBook):
        fix = "leave depth out, or change market.book to shape linear or power"
        raise DoesNotApply(f"a book of shape {book.shape} has no depth near the touch to set", fix)
    return {"market.book.depth.notional": units.parse_quantity(value)}


def _clustering(scenario: Scenario, value: Any) -> dict[str, Any]:
    keys = width_keys(scenario)
    if not keys:
        fix = "leave clustering out, or give a cohort an entry of kind lognormal or clusters, or a gaussian map"
        raise DoesNotApply("no cohort stands in clusters that have a width", fix)
    return dict.fromkeys(keys, units.parse_fraction(value))


def width_keys(scenario: Scenario) -> dict[str, float]:
    """Return the dotted keys of the widths that ``clustering`` sets, with the values they have."""
    found: dict[str, float] = {}
    for name, cohort in scenario.crowd.items():
        if isinstance(cohort.liquidation, GaussianMap):
            found[f"crowd.{name}.liquidation.width"] = cohort.liquidation.width
        elif cohort.leverage is not None and isinstance(cohort.entry, LognormalEntry | ClustersEntry):
            found[f"crowd.{name}.entry.width"] = cohort.entry.width
    return found


def shock_place(scenario: Scenario) -> int | None:
    """Return which scheduled order ``shock`` sets: the first sale, else the first; None where there is none."""
    orders = scenario.flow.orders
    sales = (place for place, order in enumerate(orders) if order.sell is not None)
    return next(sales, 0 if orders else None)


def _shock(scenario: Scenario, value: Any) -> dict[str, Any]:
    notional = units.parse_quantity(value)
    place, orders = shock_place(scenario), scenario.flow.orders
    if place is None:
        sale = {"at": ADDED_AT * scenario.clock.duration, "sell": notional}
        return {"flow.orders": [sale]} if notional else {}
    if notional == 0:
        rest = [order for row, order in enumerate(orders) if row != place]
        about_orders = [name for name, keys in scenario.compare.items() if any(key.startswith("flow") for key in keys)]
        return {"flow.orders": rest, **{f"compare.{name}": None for name in about_orders}}
    return {f"flow.orders.{place}.{'buy' if orders[place].sell is None else 'sell'}": notional}


def _fund(scenario: Scenario, value: Any) -> dict[str, Any]:
    return {"exchange.insurance_fund": units.parse_quantity(value)}


def _policy(scenario: Scenario, value: Any) -> dict[str, Any]:
    now = scenario.exchange.liquidation
    policy = str(value)
    if policy == now.policy:
        return {}
    changes: dict[str, Any] = {"exchange.liquidation.policy": policy}
    if policy == "paced" and now.half_life is None and now.notional_per_second is None:
        changes["exchange.liquidation.half_life"] = PACE
    if policy == "partial" and now.partial is None:
        changes["exchange.liquidation.partial"] = STEPS
    return changes


_OVERRIDES: Mapping[str, Callable[[Scenario, Any], dict[str, Any]]] = {
    "leverage": _leverage,
    "depth": _depth,
    "clustering": _clustering,
    "shock": _shock,
    "fund": _fund,
    "policy": _policy,
}


def _unknown(name: str, value: object) -> Problem:
    meant = nearest(name, KEYWORDS)
    fix = f"did you mean {meant}?" if meant else f"the parameters are {listed(KEYWORDS)}; use overrides for other keys"
    return Problem(f"{name}={value}", 0, 0, "", "there is no such parameter", fix)


def _under_keyword(problem: Problem, marks: Mapping[str, str]) -> Problem:
    """Name the keyword instead of the override that it became."""
    key = problem.file.removeprefix("--set ").partition("=")[0]
    return replace(problem, file=marks[key]) if key in marks else problem
