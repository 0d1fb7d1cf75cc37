from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import compiled
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from worlds import rules_row, unit_of

from cascade_sim.kernels import state as k

INDEX = 100.0
LEVELS = [(0.004, 40.0), (0.01, 55.0), (0.05, 400.0), (0.3, 900.0)]


@dataclass(frozen=True)
class Side:
    """One side of a book, before or after an order."""

    shape: int = k.SHAPE_LINEAR
    contract: int = k.LINEAR
    direction: float = -1.0
    exponent: float = 1.0
    scale: float = 1000.0
    until: float = 0.3
    touch: float = 0.0
    multiplier: float = 1.0
    x: float = 0.0
    eaten: float = 0.0
    price: float | None = None

    @property
    def rules(self) -> np.ndarray:
        return rules_row(
            shape=self.shape, contract=self.contract, exponent=self.exponent, until=self.until,
            scale_bid=self.scale, scale_ask=self.scale,
        )  # fmt: skip

    @property
    def table(self):
        return tuple(np.array(LEVELS).T.copy()) if self.shape == k.SHAPE_TABLE else None

    def best(self) -> float:
        return INDEX * math.exp(self.touch + self.direction * self.x) if self.price is None else self.price

    def eat(self, want: float, worst: float | None = None) -> tuple[float, float, Side]:
        if worst is None:
            worst = 0.0 if self.direction < 0 else math.inf
        filled, value, x, eaten, price = compiled.fill(
            self.rules, self.table, self.scale, self.direction, INDEX, self.touch, self.best(),
            self.x, self.eaten, 1.0 / self.multiplier, want, worst,
        )  # fmt: skip
        return filled, value, replace(self, x=x, eaten=eaten, price=price)

    def quantity_at(self, distance: float) -> float:
        return compiled.quantity_at(self.rules, self.table, self.scale, distance)

    def moved(self, share: float) -> Side:
        """The side after this share of its whole depth has been eaten by others."""
        return self.eat(share * self.multiplier * self.quantity_at(self.until))[2] if share else self

    def density(self, distance: float) -> float:
        if self.shape == k.SHAPE_POWER:
            return self.scale * self.exponent * distance ** (self.exponent - 1.0)
        if self.shape == k.SHAPE_LINEAR:
            return self.scale
        edges = [(0.0, 0.0), *LEVELS]
        for (near, below), (far, above) in pairwise(edges):
            if distance < far:
                return (above - below) / (far - near)
        return 0.0

    def revenue(self, after: Side) -> float:
        """The integral of u(p) dQ between two states, by adaptive quadrature."""

        def integrand(distance):
            price = INDEX * math.exp(self.touch + self.direction * distance)
            return unit_of(self.contract, price) * self.density(distance)

        breaks = [far for far, _ in LEVELS if self.x < far < after.x]
        edges = [self.x, *(breaks if self.shape == k.SHAPE_TABLE else []), after.x]
        parts = (quad(integrand, *piece, epsabs=0, epsrel=1e-13)[0] for piece in pairwise(edges))
        return self.multiplier * sum(parts)


SHAPES = [
    Side(k.SHAPE_LINEAR),
    Side(k.SHAPE_POWER, exponent=2.0, scale=9000.0),
    Side(k.SHAPE_POWER, exponent=1.0),
    Side(k.SHAPE_POWER, exponent=3.7, scale=50_000.0),
    Side(k.SHAPE_TABLE),
]
EVERY_SIDE = [
    replace(side, contract=contract, direction=direction)
    for side in SHAPES
    for contract in (k.LINEAR, k.INVERSE)
    for direction in (-1.0, 1.0)
]
sides = st.builds(
    lambda side, touch, multiplier: replace(side, touch=touch, multiplier=multiplier),
    st.sampled_from(EVERY_SIDE),
    st.floats(-0.1, 0.1),
    st.floats(0.02, 1.0),
)


@settings(deadline=None, max_examples=300)
@given(sides, st.floats(0.0, 0.9), st.floats(1e-6, 0.9), st.lists(st.floats(0.01, 1.0), min_size=2, max_size=9))
def test_splitting_an_order_changes_nothing(side, before, share, pieces):
    side = side.moved(before)
    want = share * side.multiplier * side.quantity_at(side.until)
    filled, value, whole = side.eat(want)
    parts, part_values, split = 0.0, 0.0, side
    for piece in np.array(pieces) / sum(pieces):
        taken, worth, split = split.eat(piece * filled)
        parts, part_values = parts + taken, part_values + worth
    # A power book's mean price is right to 2e-12 at the worst step; linear books and tables keep every digit.
    tolerance = 1e-11 if side.shape == k.SHAPE_POWER else 1e-12
    assert parts == pytest.approx(filled, rel=1e-12)
    assert part_values == pytest.approx(value, rel=tolerance)
    assert split.x == pytest.approx(whole.x, rel=1e-12)
    assert split.best() == pytest.approx(whole.best(), rel=1e-12)


@pytest.mark.parametrize("side", EVERY_SIDE)
def test_a_limit_that_only_rounding_tells_from_the_quote_trades_next_to_nothing(side):
    """The limit's own distance from the touch is then at times negative, of which a power book has no quantity."""
    for touch in np.linspace(-0.1, 0.1, 401):
        quoted = replace(side, touch=touch)
        limit = np.nextafter(quoted.best(), math.inf * side.direction)
        filled, value, after = quoted.eat(1.0, limit)
        assert 0.0 <= filled <= 1e-6
        assert math.isfinite(value)
        assert after.x >= 0.0


@pytest.mark.parametrize("side", EVERY_SIDE, ids=str)
@pytest.mark.parametrize("ticks", [0, 1, 50, 400])
def test_an_order_too_small_to_be_seen_in_what_is_eaten_trades_at_the_quote(side, ticks):
    """Refill rounds the distance and what is eaten apart; the order's end then lies a rounding from its start."""
    side = side.moved(0.7)
    for _ in range(ticks if side.shape != k.SHAPE_TABLE else 0):
        side = replace(side, x=side.x * 0.97, eaten=side.eaten * 0.97**side.exponent)
    side = replace(side, price=None)
    want = side.eaten * 1e-20
    filled, value, after = side.eat(want)
    assert filled == want
    assert value == pytest.approx(want * unit_of(side.contract, side.best()), rel=1e-12)
    assert after.x == pytest.approx(side.x, rel=1e-12)


@settings(deadline=None, max_examples=300)
@given(sides, st.floats(0.0, 0.9), st.floats(-7.0, 0.0))
def test_revenue_is_the_integral_of_the_price(side, before, log_share):
    side = side.moved(before)
    _, value, after = side.eat(10.0**log_share * side.multiplier * side.quantity_at(side.until))
    # The quadrature's own interval is known to eps/step of its length, hence the comparison of mean prices.
    filled = side.multiplier * (after.eaten - side.eaten)
    assume(after.x - side.x > 1e-5 * after.x)
    assert value / filled == pytest.approx(side.revenue(after) / filled, rel=3e-11)


@pytest.mark.parametrize("side", EVERY_SIDE, ids=str)
def test_revenue_is_the_integral_to_thirteen_digits(side):
    for share in (0.999, 0.5, 0.01):
        _, value, after = side.eat(share * side.quantity_at(side.until))
        assert value == pytest.approx(side.revenue(after), rel=2e-13)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(EVERY_SIDE), st.floats(0.3, 6.0), st.floats(-4.0, 0.0), st.floats(-9.0, 0.0))
def test_the_mean_price_in_a_power_book_is_right_at_any_step_within_a_distance_of_one(side, g, log_x, log_step):
    x0, step = 10.0**log_x, 10.0**log_step
    assume(x0 * (1.0 + step) ** (1.0 / g) < 1.0)
    side = replace(side, shape=k.SHAPE_POWER, exponent=g, scale=1.0, until=650.0, x=x0, eaten=x0**g)
    filled, value, _ = side.eat(step * side.eaten)
    moved = x0 * np.expm1(np.log1p(step * (NODES + 1.0) / 2.0) / g)
    sign = -side.direction if side.contract == k.INVERSE else side.direction
    expected = float(np.exp(sign * moved) @ WEIGHTS / 2.0)
    assert value / filled / unit_of(side.contract, side.best()) == pytest.approx(expected, rel=5e-12)


@pytest.mark.parametrize("side", SHAPES[1:4], ids=str)
def test_tiny_orders_into_a_power_book_add_up_to_a_large_one(side):
    start = side.moved(0.3)
    total, now = 0.0, start
    for want in np.full(20_000, 1e-6) * start.eaten:
        _, value, now = now.eat(want)
        total += value
    assert total == pytest.approx(start.eat(0.02 * start.eaten)[1], rel=1e-11)


def test_a_latent_book_has_square_root_impact():
    side = Side(k.SHAPE_POWER, exponent=2.0, until=650.0)
    quantities = np.geomspace(1e-3, 1e3, 25)
    impacts = [side.eat(quantity)[2].x for quantity in quantities]
    slope = np.polyfit(np.log(quantities), np.log(impacts), 1)[0]
    assert slope == pytest.approx(0.5, abs=1e-3)


@settings(deadline=None, max_examples=300)
@given(sides, st.floats(0.0, 0.9), st.floats(1e-6, 3.0), st.floats(-0.05, 0.4))
def test_a_limit_is_never_passed_and_never_stops_an_order_early(side, before, share, reach):
    side = side.moved(before)
    want = share * side.multiplier * side.quantity_at(side.until)
    limit = side.best() * math.exp(side.direction * reach)
    filled, value, after = side.eat(want, limit)
    unlimited, _, _ = side.eat(want)
    assert 0.0 <= filled <= unlimited
    if reach < -1e-9:
        assert filled == 0.0
    elif reach > 1e-9:
        assert side.direction * (after.best() - limit) <= 0.0
        if filled < unlimited:
            assert after.best() == limit
        mean = value / filled
        first, last = sorted([unit_of(side.contract, side.best()), unit_of(side.contract, after.best())])
        assert first * (1 - math.copysign(1e-12, first)) <= mean <= last * (1 + math.copysign(1e-12, last))


@pytest.mark.parametrize(
    ("exponent", "until", "x", "want"), [(1.5, 0.05, 0.0, 11.180339887498949), (3.3, 0.1, 0.02, 0.4987132376695847)]
)
def test_the_last_digit_of_a_depth_does_not_fill_more_than_an_order_wants(exponent, until, x, want):
    side = Side(k.SHAPE_POWER, exponent=exponent, until=until, x=x)
    side = replace(side, eaten=side.quantity_at(x))
    assert side.quantity_at(until) - side.eaten > want  # by its last digit, and the distance lies beyond
    filled, _, after = side.eat(want)
    assert after.x == until
    assert filled == want


@pytest.mark.parametrize("side", EVERY_SIDE, ids=str)
def test_past_the_end_of_the_book_nothing_is_invented(side):
    side = replace(side, multiplier=0.3)
    depth = 0.3 * side.quantity_at(side.until)
    filled, value, after = side.eat(10.0 * depth)
    assert filled == pytest.approx(depth, rel=1e-14)
    assert after.x == side.until
    assert value == pytest.approx(side.revenue(after), rel=1e-12)
    assert after.eat(1.0)[:2] == (0.0, 0.0)


@pytest.mark.parametrize("direction", [-1.0, 1.0])
def test_a_book_without_impact_fills_all_at_the_touch_or_nothing(direction):
    side = Side(k.SHAPE_INFINITE, direction=direction)
    assert side.eat(1e12)[:2] == (1e12, 1e14)
    assert side.eat(1.0, worst=INDEX * (1.0 - 0.01 * direction))[0] == 0.0


@pytest.mark.parametrize("side", SHAPES, ids=str)
def test_makers_who_show_half_the_depth_are_moved_by_half_the_order(side):
    _, _, full = side.eat(20.0)
    _, _, half = replace(side, multiplier=0.5).eat(10.0)
    assert (half.x, half.best()) == (full.x, full.best())


@pytest.mark.parametrize("side", SHAPES, ids=str)
def test_selling_inverse_contracts_mirrors_buying_linear_ones(side):
    want = 0.4 * side.quantity_at(side.until)
    inverse = replace(side, contract=k.INVERSE, direction=-1.0, touch=-math.log(INDEX))
    linear = replace(side, contract=k.LINEAR, direction=1.0, touch=-math.log(INDEX))
    assert inverse.eat(want)[1] == pytest.approx(-linear.eat(want)[1], rel=1e-13)
