"""The solver against formulas that were worked out another way, and against the slowest possible climb."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import lambertw
from scipy.stats import norm

from cascade_sim.metrics.fixed_point import Book, least_fixed_point, uniform_drop
from cascade_sim.metrics.trigger_laws import ExponentialLaw, GaussianLaw, PointsLaw, UniformLaw

FLAT = Book(1.0)
UNIT_CLUSTER = GaussianLaw(1.0, 0.5, 0.1, 0.0)


def climbed(book, laws, quantity, rounds):
    """Follow the rounds of a cascade, one by one: from below, never past the least fixed point."""
    y = 0.0
    for _ in range(rounds):
        y = book.distance(quantity + math.fsum(law.within(y) for law in laws))
    return y


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.6, 0.9, 0.99, 0.9999])
def test_uniform_triggers_multiply_an_order_by_one_over_one_minus_r(ratio):
    law = UniformLaw(max(ratio, 1e-300) * 1e3, 0.0, 1e3)
    tolerance = 1e-14 / (1.0 - ratio)
    assert uniform_drop(1.0, law, 0.02) == pytest.approx(0.02 / (1.0 - ratio), rel=tolerance)
    assert least_fixed_point(FLAT, [law], 0.02) == pytest.approx(0.02 / (1.0 - ratio), rel=tolerance)


@pytest.mark.parametrize(("quantity", "ratio"), [(0.9, 0.5), (1.1, 0.5), (1.9, 0.5), (0.9, 3), (1.1, 3), (1.1, 1)])
def test_a_band_of_triggers_is_crossed_as_its_algebra_says(quantity, ratio):
    begin, end = 1.0, 1.5
    law = UniformLaw(ratio * (end - begin), begin, end)
    if quantity < begin:
        expected = quantity
    elif ratio < 1 and quantity - ratio * begin < (1 - ratio) * end:
        expected = (quantity - ratio * begin) / (1 - ratio)
    else:
        expected = quantity + law.total
    assert uniform_drop(1.0, law, quantity) == pytest.approx(expected, rel=1e-15)
    assert least_fixed_point(FLAT, [law], quantity) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.5, 3.0])
@pytest.mark.parametrize("quantity", [1e-6, 0.003, 1.0])
def test_exponential_triggers_end_where_lambert_says(ratio, quantity):
    scale = 0.05
    law = ExponentialLaw(ratio * scale, 0.0, scale)
    furthest = quantity + ratio * scale
    expected = furthest + scale * lambertw(-ratio * math.exp(-furthest / scale)).real
    assert least_fixed_point(FLAT, [law], quantity) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("ratio", "share"), [(1.5, 0.582812), (3.0, 0.940480)])
def test_above_one_the_smallest_order_sells_a_finite_share(ratio, share):
    move = least_fixed_point(FLAT, [ExponentialLaw(ratio, 0.0, 1.0)], 1e-13)
    assert move / ratio == pytest.approx(share, abs=1e-6)
    assert -math.expm1(-move) == pytest.approx(share, abs=1e-6)


def test_square_root_impact_meets_its_quadratic():
    slope, rho, quantity = 2.0, 0.3, 0.05
    book = Book(slope / 2.0, 2.0)
    expected = (rho + math.sqrt(rho**2 + 2.0 * slope * quantity)) / slope
    assert least_fixed_point(book, [UniformLaw(rho * 10, 0.0, 10.0)], quantity) == pytest.approx(expected, rel=1e-13)


def test_a_chain_of_points_breaks_at_the_first_gap_too_wide():
    points = PointsLaw(4.0, ((1.0, 1.0), (1.9, 1.0), (3.5, 1.0), (3.6, 1.0)))
    assert least_fixed_point(FLAT, [points], 0.99) == 0.99
    assert least_fixed_point(FLAT, [points], 1.01) == pytest.approx(3.01, rel=1e-15)
    assert least_fixed_point(FLAT, [points], 1.6) == pytest.approx(5.6, rel=1e-15)


def test_the_fold_of_the_unit_cluster_is_where_it_is_known_to_be():
    top = brentq(lambda y: UNIT_CLUSTER.density(y) - 1.0, 0.2, 0.45, xtol=1e-15)
    critical = top - UNIT_CLUSTER.within(top)
    assert top == pytest.approx(0.333648, abs=1e-6)
    assert critical == pytest.approx(0.285544, abs=1e-6)
    below = least_fixed_point(FLAT, [UNIT_CLUSTER], critical * (1.0 - 1e-9))
    above = least_fixed_point(FLAT, [UNIT_CLUSTER], critical * (1.0 + 1e-9))
    assert below < top
    assert above == pytest.approx(critical + 1.0, abs=1e-8)


def test_the_approach_to_the_fold_is_a_square_root():
    top = brentq(lambda y: UNIT_CLUSTER.density(y) - 1.0, 0.2, 0.45, xtol=1e-15)
    critical = top - UNIT_CLUSTER.within(top)
    curvature = (0.5 - top) / 0.1**2  # g'' = -rho', and rho' = rho (at - y) / width^2 with rho = 1
    for distance in (1e-6, 1e-8):
        gap = top - least_fixed_point(FLAT, [UNIT_CLUSTER], critical - distance)
        assert gap == pytest.approx(math.sqrt(2.0 * distance / curvature), rel=20.0 * math.sqrt(distance))


def test_a_gaussian_law_is_the_normal_distribution_cut_at_the_touch():
    wrong = float(norm.cdf(-2.0))
    law = GaussianLaw(3.0, 0.1, 0.05, wrong)
    assert law.within(0.0) == pytest.approx(0.0, abs=1e-15)
    for y in (0.01, 0.1, 0.2, 0.5):
        assert law.within(y) == pytest.approx(3.0 * (norm.cdf((y - 0.1) / 0.05) - wrong) / (1 - wrong), rel=1e-13)
        assert law.density(y) == pytest.approx(3.0 * norm.pdf(y, 0.1, 0.05) / (1 - wrong), rel=1e-13)


distance = st.floats(0.01, 2.0)
mass = st.floats(0.01, 3.0)
some_law = st.one_of(
    st.builds(
        lambda total, begin, length: UniformLaw(total, begin, begin + length), mass, st.floats(0.0, 1.0), distance
    ),
    st.builds(ExponentialLaw, mass, st.floats(0.0, 1.0), distance),
    st.builds(
        lambda total, at, width: GaussianLaw(total, at, width, 0.5 * math.erfc(at / width / 2**0.5)),
        mass,
        distance,
        distance,
    ),
    st.builds(lambda total, at: PointsLaw(total, ((at, total),)), mass, distance),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(some_law, min_size=1, max_size=3), st.floats(1e-4, 2.0), st.sampled_from([0.5, 1.0, 1.7, 2.0]))
def test_the_solver_ends_on_a_fixed_point_that_the_rounds_do_not_pass(laws, quantity, exponent):
    book = Book(1.0, exponent)
    y = least_fixed_point(book, laws, quantity)
    assert book.distance(quantity + math.fsum(law.within(y) for law in laws)) == pytest.approx(y, rel=1e-9)
    assert climbed(book, laws, quantity, 2_000) <= y * (1.0 + 1e-9)
    # Nothing below is a fixed point either: everywhere on the way the next round leads further.
    for share in (0.1, 0.5, 0.9, 0.99):
        short = share * y
        assert book.distance(quantity + math.fsum(law.within(short) for law in laws)) > short
