"""Where theory expects the cliff: the steepest branching ratio on a crowd's way down, and the fall it ends in.

Both are of the block book: what is eaten stays eaten until the fall has come to rest. With ``L(y)`` the quantity that
the crowd has to sell within log-distance ``y`` of the start price and ``B(y)`` what the book holds, the branching
ratio is ``R(y) = L'(y) / B'(y)``, and the fall after an order of ``Q`` ends at the least ``y`` with
``B(y) = Q + L(y)``. A purchase against shorts is the mirror image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Crowd, Floats
from cascade_sim.crowd.build import build_crowd
from cascade_sim.engine.rules import depth_scale
from cascade_sim.metrics.fixed_point import Book
from cascade_sim.metrics.plain_settings import fund_suffices
from cascade_sim.metrics.trigger_laws import ExponentialLaw, GaussianLaw, PointsLaw, TriggerLaw, UniformLaw, mean_law
from cascade_sim.scenario import Scenario

# Windows to the way from the start price to the threshold. The largest of many windows is the largest of their noise
# too: with six, a thousand positions on the way make R about 5 % too large, and a smooth crowd's peak is hardly cut.
WINDOWS = 6
_STARTS = 16 * WINDOWS
_PLACES = 400


@dataclass(frozen=True)
class CliffTheory:
    """What the block book's theory says of a scenario.

    Attributes
    ----------
    reason : str
        Why it says nothing; empty where it does, and the numbers are NaN otherwise.
    direction : float
        -1 where the order sells, +1 where it buys.
    push : float
        Log-distance that the order goes by itself.
    ratio : float
        Largest branching ratio between the push and the threshold.
    move : float
        Log-distance at which the price comes to rest.
    beyond : tuple of str
        What the scenario has and the theory leaves out, in words; empty where it is the theory of the very scenario.
    """

    reason: str = ""
    direction: float = math.nan
    push: float = math.nan
    ratio: float = math.nan
    move: float = math.nan
    beyond: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        """The move as a positive fraction of the start price: a fall below 1, a rise."""
        return abs(math.expm1(self.direction * self.move))


def cliff_theory(
    scenario: Scenario, crowd: Crowd | None = None, *, seed: int = 0, threshold: float = 0.2
) -> CliffTheory:
    """Say where the block book's theory sees a scenario: below or beyond the cliff.

    Parameters
    ----------
    scenario : Scenario
    crowd : Crowd, optional
        As `crowd.build_crowd` builds it; by default built with ``seed``.
    seed : int
        Of the crowd.
    threshold : float
        Size of the move that counts as a cascade, a fraction of the price.

    Returns
    -------
    CliffTheory
        Where every cohort that the order hurts is a trigger map without point clusters, the ratio is that of the
        maps' laws. Otherwise it is measured on the crowd: quantity to be sold over quantity in the book, within a
        sixth of the log-distance to the threshold. The move is the discrete least fixed point of the crowd.

    Notes
    -----
    All of the scenario's orders count as one, which is exact for a book that does not refill. Cost: that of the crowd,
    plus about 1 ms for 10,000 positions.

    References
    ----------
    A. Tarski, A lattice-theoretical fixpoint theorem and its applications, Pacific J. Math. 5 (1955) 285-309.
    """
    reason = _why_not(scenario)
    if reason:
        return CliffTheory(reason)
    orders = [order.signed_notional for order in scenario.flow.orders]
    direction = math.copysign(1.0, orders[0])
    crowd = build_crowd(scenario, seed) if crowd is None else crowd
    if crowd.terms is not None:
        return CliffTheory("its traders add margin, leave or arrive during the run")
    market: Any = scenario.market
    book = Book(depth_scale(scenario, direction), market.book.exponent if market.book.shape == "power" else 1.0)
    quantity = abs(math.fsum(orders)) / (1.0 if market.contract == "inverse" else market.price)
    distance, sold = triggers(crowd, market.price, direction)
    if not distance.size:
        side = "longs" if direction < 0.0 else "shorts"
        return CliffTheory(f"it has no {side}, whom its order would hurt")
    push = book.distance(quantity)
    move = min(discrete_move(book, distance, sold, quantity), market.book.depth.until)
    end = abs(math.log1p(direction * threshold))
    laws = _laws(scenario, "long" if direction < 0.0 else "short")
    if laws:
        ratio = law_ratio(book, laws, push, max(end, push))
    else:
        expected = triggers(expected_sizes(scenario, crowd), market.price, direction)
        ratio = crowd_ratio(book, *expected, push, max(end, push), end / WINDOWS)
    forced = max(book.depth(move) - quantity, 0.0)
    return CliffTheory("", direction, push, ratio, move, beyond_theory(scenario, direction, move, forced))


def _why_not(scenario: Scenario) -> str:
    """Say what keeps theory from speaking of a scenario; nothing where nothing does."""
    book = scenario.market.book
    if book.shape not in ("linear", "power"):
        return f"its book is {'infinite' if book.shape == 'infinite' else f'a {book.shape}'}, not linear or power"
    if scenario.exchange.liquidation.policy == "none":
        return "nobody is liquidated in it"
    orders = scenario.flow.orders
    if not orders:
        return "it has no order that would start a fall (flow.orders)"
    if len({order.signed_notional > 0.0 for order in orders}) > 1:
        return "its orders both buy and sell"
    return "" if scenario.crowd else "it has no crowd"


def triggers(crowd: Crowd, price: float, direction: float) -> tuple[Floats, Floats]:
    """Return log-distances of the triggers that a move reaches, ascending, and the quantity at each."""
    with np.errstate(divide="ignore"):
        distance = direction * np.log(crowd.trigger / price)
    reached = (crowd.side == -direction) & np.isfinite(distance)
    distance, quantity = distance[reached], crowd.quantity[reached]
    order = np.argsort(distance, kind="stable")
    return distance[order], quantity[order]


def expected_sizes(scenario: Scenario, crowd: Crowd) -> Crowd:
    """Return a crowd in which each position has its cohort's mean size, where sizes are drawn apart from triggers.

    The branching ratio is one of expectations. A single large position that happens to stand in a window would pass
    for a dense crowd there.
    """
    expected = replace(crowd, quantity=crowd.quantity.copy())
    for name, cohort in scenario.crowd.items():
        held = expected.cohort(name).quantity
        points = cohort.liquidation is not None and cohort.liquidation.kind == "points"
        if cohort.positions is None and not points and held.size:
            held[:] = held.mean()
    return expected


def discrete_move(book: Book, distance: Floats, sold: Floats, quantity: float) -> float:
    """Return the least fixed point for finitely many positions, log-distance.

    Parameters
    ----------
    book : Book
    distance, sold : ndarray, shape (n,)
        Log-distances of the triggers, ascending, and the quantity at each.
    quantity : float
        The order that starts it.
    """
    reach = ((quantity + np.concatenate([[0.0], np.cumsum(sold)])) / book.scale) ** (1.0 / book.exponent)
    standing = np.append(distance > reach[:-1], True)
    return float(reach[np.argmax(standing)])


def law_ratio(book: Book, laws: list[TriggerLaw], begin: float, end: float) -> float:
    """Return the largest branching ratio of some laws between two log-distances.

    It is exact where the density is steady or largest at an end; at a smooth top it misses ``1e-5`` of it or less.
    """
    places = {begin, end, *np.linspace(begin, end, _PLACES).tolist()}
    for law in laws:
        if isinstance(law, UniformLaw):
            places |= {law.begin, law.end}
        elif isinstance(law, GaussianLaw):
            places.add(law.at)
        elif isinstance(law, ExponentialLaw):
            places.add(law.begin)
    inside = [y for y in places if begin <= y <= end]
    return max(_share(math.fsum(law.density(y) for law in laws), book.density(y)) for y in inside)


def crowd_ratio(book: Book, distance: Floats, sold: Floats, begin: float, end: float, window: float) -> float:
    """Return the largest branching ratio of a crowd between two log-distances.

    The quantity within ``y`` is drawn as a line through the middles of its steps, so that evenly placed positions
    have an even density.

    Parameters
    ----------
    book : Book
    distance, sold : ndarray, shape (n,)
        Log-distances of the triggers, ascending, and the quantity at each.
    begin, end : float
        Where windows begin and where they end, log-distances; one window begins at ``begin`` at least.
    window : float
        Log-distance over which quantities are compared.
    """
    start = np.linspace(begin, max(end - window, begin), _STARTS)
    edges = np.stack([start, start + window])
    total = np.cumsum(sold)
    within = np.interp(edges, distance, total - 0.5 * sold, left=0.0, right=float(total[-1]))
    held = book.scale * edges**book.exponent
    return float(np.max((within[1] - within[0]) / (held[1] - held[0])))


def _laws(scenario: Scenario, side: str) -> list[TriggerLaw]:
    """Return the laws of the cohorts of a side; none where one of them has no map, or one of points."""
    market, found = scenario.market, []
    for cohort in scenario.crowd.values():
        if cohort.positions is None and cohort.side != side:
            continue
        size = (cohort.open_interest or 0.0) / (1.0 if market.contract == "inverse" else market.price)
        law = mean_law(cohort, size)
        if law is None or isinstance(law, PointsLaw):
            return []
        found.append(law)
    return found


def _share(sold: float, held: float) -> float:
    """Return the quantity sold over that in the book; infinite where there is no book."""
    if sold == 0.0:
        return 0.0
    return sold / held if held > 0.0 else math.inf


def beyond_theory(scenario: Scenario, direction: float, move: float, forced: float) -> tuple[str, ...]:
    """Name what a scenario has and the block book's theory leaves out, for a move and the quantity forced in it."""
    market, exchange, flow = scenario.market, scenario.exchange, scenario.flow
    book, index, liquidation = market.book, market.index, exchange.liquidation
    # What nothing refills and nobody withdraws waits for a late sale as it does for a prompt one.
    stays = book.refill.half_life == math.inf and book.withdrawal is None
    found = {
        "refill": book.refill.half_life != math.inf,
        "withdrawal": book.withdrawal is not None,
        "a spread": book.half_spread > 0.0,
        f"the mark ({market.mark.kind})": market.mark.kind != "last",
        "an index that moves": index.path.kind != "constant",
        "the pull of the index": index.pull.half_life != math.inf,
        "other flow": any((flow.noise, flow.momentum, flow.value)),
        f"liquidation {liquidation.policy}": liquidation.policy != "market",
        "delayed liquidation": liquidation.delay > 0.0 and not stays,
        "absorption": liquidation.absorb is not None,
        "outages and brakes": any((exchange.outages, exchange.halt, exchange.price_band, exchange.throttle)),
        "funding": exchange.funding is not None,
        "deleveraging": not fund_suffices(scenario, direction, move, forced),
        "lending": bool(scenario.lending),
    }
    return tuple(words for words, there in found.items() if there)
