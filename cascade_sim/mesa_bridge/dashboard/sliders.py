"""Which values the sliders offer in a scenario, and where they stand at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cascade_sim.mesa_bridge.leverage_overrides import drawn_leverage, mean_leverage
from cascade_sim.mesa_bridge.parameters import shock_place, width_keys
from cascade_sim.plots.numbers import human
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.book import DeepBook
from cascade_sim.scenario.entry import ClustersEntry
from cascade_sim.units import format_percent

_LEVERAGES = (1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 30, 35, 40, 50, 60, 75, 100)
_WIDTHS = (0.0, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1)
_DEPTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)
_SHOCKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
_FUNDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_SHARES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)

POLICIES = {
    "market": "market: sold at once",
    "partial": "partial: sold in steps",
    "paced": "paced: sold at a limited rate",
    "limit": "limit: offered at the bankruptcy price",
    "none": "none: nobody is liquidated",
}


@dataclass(frozen=True)
class Choice:
    """One slider.

    Attributes
    ----------
    keyword : str
        Of `with_parameters`.
    label, says : str
        What it is called, and what it changes.
    values : tuple of float
        What it offers, ascending; empty where the keyword does not apply.
    start : int
        Place of the scenario's own value.
    words : callable
        How a value is written.
    why_not : str
        Why it does not apply; empty if it does.
    """

    keyword: str
    label: str
    says: str
    values: tuple[float, ...]
    start: int
    words: Callable[[float], str]
    why_not: str = ""


def sliders_of(scenario: Scenario) -> list[Choice]:
    """Return the five sliders of a scenario; the policy is chosen from a list."""
    return [_leverage(scenario), _depth(scenario), _clustering(scenario), _shock(scenario), _fund(scenario)]


def _choice(
    keyword: str, label: str, says: str, values: Iterable[float], own: float, words: Callable[[float], str]
) -> Choice:
    offered = sorted({*(float(f"{value:.3g}") for value in values), own})
    return Choice(keyword, label, says, tuple(offered), offered.index(own), words)


def _without(keyword: str, label: str, why_not: str) -> Choice:
    return Choice(keyword, label, "", (), 0, str, why_not)


def _leverage(scenario: Scenario) -> Choice:
    weights = [(mean_leverage(leverage), _weight(scenario, key)) for key, leverage in drawn_leverage(scenario)]
    known = [(mean, weight) for mean, weight in weights if mean < float("inf")]
    if not known:
        return _without("leverage", "Leverage", "no cohort draws leverage")
    own = sum(mean * weight for mean, weight in known) / sum(weight for _, weight in known)
    own = float(f"{own:.3g}")
    most = scenario.exchange.max_leverage or _LEVERAGES[-1]
    offered = [value for value in _LEVERAGES if value <= most]
    return _choice("leverage", "Leverage", "one mean for every cohort", offered, own, lambda value: f"{value:g}x")


def _weight(scenario: Scenario, key: str) -> float:
    return scenario.crowd[key.split(".")[1]].open_interest or 1.0


def _depth(scenario: Scenario) -> Choice:
    book = scenario.market.book
    if not isinstance(book, DeepBook):
        return _without("depth", "Depth", f"the book is of shape {book.shape}")
    own, quote = book.depth.notional, _quote(scenario)
    says = f"of each side of the book, within {format_percent(book.depth.within)}"
    return _choice(
        "depth", "Depth", says, (own * share for share in _DEPTHS), own, lambda value: f"{human(value)} {quote}"
    )


def _clustering(scenario: Scenario) -> Choice:
    widths = width_keys(scenario)
    if not widths:
        return _without("clustering", "Clustering", "no cohort stands in clusters that have a width")
    own = float(f"{sum(widths.values()) / len(widths):.3g}")
    entries = (cohort.entry for cohort in scenario.crowd.values() if cohort.leverage is not None)
    zero = all(isinstance(entry, ClustersEntry) for entry in entries) and not any(
        "liquidation" in key for key in widths
    )
    offered = [width for width in (*_WIDTHS, 0.5 * own, 1.5 * own, 2.0 * own) if width > 0 or zero]
    return _choice(
        "clustering", "Clustering", "width of the clusters; 0: all at one price", offered, own, format_percent
    )


def _shock(scenario: Scenario) -> Choice:
    place, quote = shock_place(scenario), _quote(scenario)
    if place is None:
        whole = _depth_or_interest(scenario)
        says = "a sale, a tenth into the run"
        return _choice(
            "shock", "Shock", says, (whole * share for share in _SHOCKS), 0.0, lambda value: _money(value, quote)
        )
    order = scenario.flow.orders[place]
    own, says = (order.sell, "the first sale") if order.sell is not None else (order.buy, "the first purchase")
    assert own is not None
    return _choice("shock", "Shock", says, (own * share for share in _SHOCKS), own, lambda value: _money(value, quote))


def _fund(scenario: Scenario) -> Choice:
    own, inverse = scenario.exchange.insurance_fund, scenario.market.contract == "inverse"
    unit = (scenario.market.base or "coin") if inverse else _quote(scenario)
    shares, whole = (_FUNDS, own) if own > 0 else (_SHARES, _depth_or_interest(scenario))
    whole = whole / scenario.market.price if inverse and own == 0 else whole
    offered = (whole * share for share in shares)
    return _choice("fund", "Insurance fund", "at the start", offered, own, lambda value: _money(value, unit))


def _depth_or_interest(scenario: Scenario) -> float:
    book = scenario.market.book
    held = sum(cohort.open_interest or 0.0 for cohort in scenario.crowd.values())
    return book.depth.notional if isinstance(book, DeepBook) else held or 1e6


def _quote(scenario: Scenario) -> str:
    return scenario.market.quote or "USD"


def _money(value: float, unit: str) -> str:
    return f"{human(value)} {unit}" if value else "none"
