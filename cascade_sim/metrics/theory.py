"""The closed form of a run that is simple enough to have one, and how well the simulation meets it.

A sale of ``Q`` into a book that does not refill moves the price by ``y``, sells every position with a trigger within
``y``, and so moves it further. It comes to rest at the least ``y`` with ``B(y) - L(y) >= Q``: ``B`` is what the book
holds, ``L`` what the crowd has to sell within ``y``. A purchase against shorts is the mirror image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.rules import depth_scale
from cascade_sim.metrics.fixed_point import Book, least_fixed_point, uniform_drop
from cascade_sim.metrics.lending_settings import blocks_suffice, pool_laws
from cascade_sim.metrics.plain_settings import fund_suffices, has_one_order, market_is_plain, venue_is_plain
from cascade_sim.metrics.trigger_laws import ExponentialLaw, GaussianLaw, PointsLaw, TriggerLaw, UniformLaw, trigger_law
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

KINDS: dict[type, str] = {
    UniformLaw: "uniform",
    ExponentialLaw: "exponential",
    GaussianLaw: "Gaussian",
    PointsLaw: "clustered",
}
# Share of the crowd that may be left where the formula speaks of all.
NEARLY_ALL = 1e-12


@dataclass(frozen=True)
class ClosedForm:
    """What theory says of a scenario.

    Attributes
    ----------
    law, formula : str
        The case in words, and as one line of algebra.
    direction : float
        -1 for a fall, +1 for a rise.
    move : float
        Size of the move of the mark, ``|ln(p / p0)|``.
    forced : float
        Quantity liquidated, base units or contracts.
    ratio : float
        Branching ratio ``R`` at the touch: quantity triggered over quantity in the book, per unit of price.
    """

    law: str
    formula: str
    direction: float
    move: float
    forced: float
    ratio: float


def closed_form(scenario: Scenario) -> ClosedForm | None:
    """Return what theory says of a scenario, or None where its conditions are not met.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    ClosedForm or None
        Not None for: one order at one moment and no other flow; a `linear` or `power` book without spread, refill
        and withdrawal that reaches far enough; mark `last`; an index that stands still; policy `market` without delay
        or outages; a crowd of evenly placed trigger maps on the side that the order hurts; and no deleveraging, or a
        fund too large for it. Beside a crowd of uniform maps, or none, and in a `linear` book there may be lending
        pools whose loans are sold as positions are (`lending_settings.pool_laws`).
    """
    if not (market_is_plain(scenario) and venue_is_plain(scenario) and has_one_order(scenario)):
        return None
    order = scenario.flow.orders[0]
    direction = math.copysign(1.0, order.signed_notional)
    crowd = _laws(scenario, "long" if direction < 0.0 else "short")
    pools = pool_laws(scenario)
    if pools is None or (scenario.crowd and not crowd) or not crowd + pools:
        return None
    laws = crowd + pools
    market: Any = scenario.market
    book = Book(depth_scale(scenario, direction), market.book.exponent if market.book.shape == "power" else 1.0)
    quantity = _quantity(scenario, abs(order.signed_notional))
    only = laws[0] if len(laws) == 1 and book.exponent == 1.0 else None
    if isinstance(only, UniformLaw):
        move = uniform_drop(book.scale, only, quantity)
    else:
        move = least_fixed_point(book, laws, quantity)
    forced = math.fsum(law.within(move) for law in laws)
    if move > market.book.depth.until or not fund_suffices(scenario, direction, move, forced):
        return None
    at_touch = math.fsum(law.density(0.0) for law in crowd) + math.fsum(law.rho for law in pools)
    ratio = 0.0 if at_touch == 0.0 else at_touch / book.density(0.0) if book.density(0.0) > 0.0 else math.inf
    if pools and not (direction < 0.0 and book.exponent == 1.0 and blocks_suffice(scenario, book.scale, laws, move)):
        return None
    return ClosedForm(*_named(book, laws, only, move, forced), direction, move, forced, ratio)


def _quantity(scenario: Scenario, notional: float) -> float:
    market = scenario.market
    return notional if market.contract == "inverse" else notional / market.price


def _laws(scenario: Scenario, side: str) -> list[TriggerLaw]:
    """Return the laws of all cohorts; none if there is a cohort without one, or on the other side."""
    laws = []
    for cohort in scenario.crowd.values():
        law = trigger_law(cohort, _quantity(scenario, cohort.open_interest or 0.0))
        if law is None or cohort.side != side:
            return []
        laws.append(law)
    return laws


def _named(book: Book, laws: list[TriggerLaw], only: TriggerLaw | None, move: float, forced: float) -> tuple[str, str]:
    """Return the case in words and its formula."""
    shape = "a flat book" if book.exponent == 1.0 else f"a book of exponent {book.exponent:g}"
    law = f"{' and '.join(sorted({KINDS[type(each)] for each in laws}))} triggers in {shape}"
    from_the_touch = all(isinstance(each, UniformLaw) and each.begin <= NEARLY_ALL for each in laws)
    inverse = "/ D" if book.exponent == 1.0 else f"/ Q1)^(1/{book.exponent:g})"
    bracket = "" if book.exponent == 1.0 else "("
    if forced == 0.0:
        return law, f"y = {bracket}Q {inverse}, short of every trigger"
    if forced >= (1.0 - NEARLY_ALL) * math.fsum(each.total for each in laws):
        return law, f"y = {bracket}(Q + M) {inverse}, everybody sold"
    if isinstance(only, UniformLaw):
        return law, "y = Q / (D - rho)" if from_the_touch else "y = (Q - rho a) / (D - rho)"
    if from_the_touch and book.exponent == 1.0:
        return law, f"y = Q / (D - {' - '.join(f'rho_{place}' for place in range(1, len(laws) + 1))})"
    if isinstance(only, ExponentialLaw) and only.begin == 0.0:
        return law, "y = a + l W(-R exp(-a / l)), a = (Q + M) / D"
    return law, "least y with B(y) - L(y) >= Q"


def closed_form_lines(form: ClosedForm, run: Run) -> list[str]:
    """Write theory beside simulation, for a run and those of its counterfactuals that have a closed form too.

    Parameters
    ----------
    form : ClosedForm
        Of the run's scenario.
    run : Run

    Returns
    -------
    list of str
        One line for the law, then one a run: size of the move and quantity liquidated, expected and simulated, with
        relative errors.
    """
    lines = [f"closed form: {form.law}, {form.formula}; R = {form.ratio:.4g} at the touch"]
    lines.append(_line("simulated", form, run))
    for name, other in run.counterfactuals.items():
        its_own = closed_form(other.scenario)
        if its_own is not None:
            its_formula = "" if its_own.formula == form.formula else f"; {its_own.formula}"
            lines.append(_line(name, its_own, other) + its_formula)
    return lines


def measured(form: ClosedForm, run: Run) -> tuple[float, float]:
    """Return what theory speaks of as it came out of a run: the size of the move and the quantity liquidated."""
    if form.direction < 0.0:
        move = math.log(run.scenario.market.price / run.summary["low_mark"])
    else:
        move = math.log1p(run.summary["max_runup"])
    forced = float(run.timeline["forced_sell" if form.direction < 0.0 else "forced_buy"].sum())
    return move, forced + (float(run.timeline["keeper_sold"].sum()) if run.scenario.lending else 0.0)


def _line(name: str, form: ClosedForm, run: Run) -> str:
    move, forced = measured(form, run)
    word = "fall" if form.direction < 0.0 else "rise"
    unit = "contracts" if run.scenario.market.contract == "inverse" else "base"
    return (
        f"  {name}: log {word} {move:.12g}, expected {form.move:.12g} (error {_error(move, form.move)}); "
        f"forced {forced:,.12g} {unit}, expected {form.forced:,.12g} (error {_error(forced, form.forced)})"
    )


def _error(value: float, expected: float) -> str:
    return f"{abs(value - expected) / (abs(expected) or 1.0):.1e}"
