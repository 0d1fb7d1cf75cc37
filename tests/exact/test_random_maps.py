"""Laws of cascades on random trigger maps (validation.md B1 to B5), through the tick loop.

Every claim is tested on 20,000 worlds in the ordinary run, and on 400,000 with `-m slow`. Seeds are fixed; bounds are
four standard errors (one in 16,000 by chance), chi-square tests refuse at 1e-4.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from random_maps import Found, equal, exponential, run_random_maps
from scipy.optimize import brentq, minimize_scalar
from scipy.special import lambertw, zeta
from scipy.stats import chisquare

from cascade_sim.engine.maps import run_maps
from cascade_sim.metrics.borel import borel_pmf, borel_ratio, borel_survival, endless_share
from cascade_sim.metrics.random_maps import drop_moments, exponential_sizes_pmf, generalised_poisson_pmf

FEW, MANY = 20_000, 400_000
WORLDS = [FEW, pytest.param(MANY, marks=pytest.mark.slow)]
SALE = 2.0
SIZES = {"equal": (equal, 1.0), "exponential": (exponential, 2.0)}
# Cascades at the critical ratio are followed up to here.
LONGEST = 10_000
ENDLESS = 150

in_both_numbers = pytest.mark.parametrize("worlds", WORLDS)


@lru_cache(maxsize=8)
def with_sale(worlds: int, ratio: float, sizes: str) -> Found:
    return run_random_maps(worlds, ratio, seed=round(100 * ratio), sale=SALE, sizes=SIZES[sizes][0])


@lru_cache(maxsize=8)
def from_one(worlds: int, ratio: float, most: int = 2**17) -> np.ndarray:
    return run_random_maps(worlds, ratio, seed=round(1000 * ratio), most=most).size


def assert_share(found: np.ndarray, expected: float) -> None:
    """A share of worlds, within four standard errors."""
    error = math.sqrt(expected * (1.0 - expected) / found.size)
    assert abs(found.mean() - expected) <= 4.0 * error


def assert_follows(sizes: np.ndarray, law, first: int, last: int) -> None:
    """A chi-square test on sizes ``first`` to ``last``, what is larger being one bin."""
    n = np.arange(first, last + 1)
    probability = law(n)
    expected = np.append(probability, 1.0 - probability.sum()) * sizes.size
    counts = np.bincount(np.minimum(sizes, last + 1), minlength=last + 2)[first:]
    enough = expected >= 5.0
    bins = np.append(counts[enough], counts[~enough].sum()), np.append(expected[enough], expected[~enough].sum())
    used = bins[1] > 0.0
    assert chisquare(bins[0][used], bins[1][used]).pvalue > 1e-4


@in_both_numbers
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("ratio", [0.3, 0.7, 0.9])
def test_the_drop_has_mean_and_variance_of_a_busy_period(ratio, sizes, worlds):
    drop = with_sale(worlds, ratio, sizes).drop
    mean, variance = drop_moments(SALE, ratio, SIZES[sizes][1])
    assert abs(drop.mean() - mean) <= 4.0 * math.sqrt(variance / worlds)
    deviation = drop - drop.mean()
    spread = math.sqrt(((deviation**2 - variance) ** 2).mean() / worlds) / variance
    assert abs(drop.var() / variance - 1.0) <= (0.05 if worlds == MANY else 4.0 * spread)


@in_both_numbers
@pytest.mark.parametrize("ratio", [0.3, 0.7, 0.9])
def test_the_number_of_equal_liquidations_is_generalised_poisson(ratio, worlds):
    sizes = with_sale(worlds, ratio, "equal").size
    assert_follows(sizes, lambda n: generalised_poisson_pmf(n, ratio, ratio * SALE), 0, 20)


@in_both_numbers
def test_above_the_critical_ratio_a_sale_is_survived_as_often_as_the_law_says(worlds):
    ratio, sale = 1.5, 0.5
    sizes = run_random_maps(worlds, ratio, seed=5, sale=sale, most=ENDLESS).size
    assert_share(sizes < ENDLESS, math.exp(-ratio * sale * endless_share(ratio)))


@in_both_numbers
@pytest.mark.parametrize("ratio", [0.8, 0.9])
def test_cascades_that_one_liquidation_starts_follow_borel(ratio, worlds):
    sizes = from_one(worlds, ratio)
    assert_follows(sizes, lambda n: borel_pmf(n, ratio), 1, 20)
    found, error = borel_ratio(sizes)
    assert abs(found - ratio) <= 4.0 * error


def cut_off(sizes: np.ndarray, smallest: int) -> float:
    """Maximum likelihood of ``c`` in ``P(n) ~ n^(-3/2) exp(-n / c)`` from the sizes of at least ``smallest``."""
    tail = sizes[sizes >= smallest]
    n = np.arange(smallest, 200_000, dtype=np.float64)
    mean = tail.mean()

    def beyond(log_cut: float) -> float:
        weight = n**-1.5 * np.exp(-n / math.exp(log_cut))
        return float((n * weight).sum() / weight.sum()) - mean

    return math.exp(brentq(beyond, math.log(3.0), math.log(5000.0)))


@in_both_numbers
@pytest.mark.parametrize("ratio", [0.8, 0.9])
def test_below_the_critical_ratio_sizes_are_cut_off_where_borel_says(ratio, worlds):
    expected = 1.0 / (ratio - 1.0 - math.log(ratio))
    within = 0.05 if worlds == MANY else 0.20
    assert cut_off(from_one(worlds, ratio), smallest=10) == pytest.approx(expected, rel=within)


@in_both_numbers
def test_at_the_critical_ratio_the_tail_is_borels(worlds):
    """0.07997 at 100 and 0.0079790 at 10,000; sqrt(2 / (pi n)) is what it tends to."""
    sizes = from_one(worlds, 1.0, LONGEST)
    for n in (2, 10, 100, 1000, LONGEST):
        assert_share(sizes >= n, float(borel_survival(n, 1.0)))
    assert_follows(sizes, lambda n: borel_pmf(n, 1.0), 1, 20)


def tail_exponent(sizes: np.ndarray, smallest: int, longest: int) -> float:
    """Discrete maximum likelihood of a power law from ``smallest`` on, sizes of ``longest`` being "at least"."""
    tail = sizes[sizes >= smallest]
    ended = tail[tail < longest]
    sum_of_logs, going = float(np.log(ended).sum()), tail.size - ended.size

    def unlikely(exponent: float) -> float:
        beyond = math.log(zeta(exponent, longest)) * going
        return exponent * sum_of_logs - beyond + tail.size * math.log(zeta(exponent, smallest))

    return float(minimize_scalar(unlikely, bounds=(1.05, 3.0), method="bounded").x)


@in_both_numbers
def test_at_the_critical_ratio_the_exponent_is_three_halves(worlds):
    assert tail_exponent(from_one(worlds, 1.0, LONGEST), 50, LONGEST) == pytest.approx(1.5, abs=0.03)


@in_both_numbers
def test_above_the_critical_ratio_a_share_of_cascades_never_ends(worlds):
    endless = from_one(worlds, 1.5, ENDLESS) >= ENDLESS
    assert endless_share(1.5) == pytest.approx(0.5828, abs=1e-4)
    assert_share(endless, endless_share(1.5))
    if worlds == MANY:
        assert abs(endless.mean() - 0.5828) <= 0.005


@in_both_numbers
@pytest.mark.parametrize("ratio", [0.5, 0.9])
def test_exponential_sizes_have_a_law_of_their_own(ratio, worlds):
    sizes = run_random_maps(worlds, ratio, seed=round(70 * ratio), sizes=exponential).size
    assert_follows(sizes, lambda n: exponential_sizes_pmf(n, ratio), 1, 20)


def finite_maps(positions: int, worlds: int, ratio: float, sale: float) -> np.ndarray:
    """Drops on maps of so many equal positions whose distances are exponential, of mass ``ratio`` and mean 1."""
    random = np.random.default_rng(positions)
    distance = np.sort(random.exponential(size=(worlds, positions)), axis=1)
    return run_maps(distance, ratio / positions, density=1.0, sale=sale, threads=2).drop


@pytest.mark.parametrize("scale", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_finite_maps_meet_the_continuum_with_an_error_that_falls_as_the_root(scale):
    """A2: ``y = a + W(-R exp(-a))`` with ``a = sale + R``; the mean differs at order 1/N."""
    ratio, sale = 1.2, 0.3
    a = sale + ratio
    expected = a + float(lambertw(-ratio * math.exp(-a)).real)
    numbers = np.array([100, 400, 1600, 6400])
    worlds = scale * np.array([4000, 2000, 1000, 500])
    drops = [finite_maps(n, count, ratio, sale) for n, count in zip(numbers.tolist(), worlds.tolist(), strict=True)]
    spread = np.array([drop.std() for drop in drops])
    for n, drop, deviation in zip(numbers, drops, spread, strict=True):
        assert abs(drop.mean() - expected) <= 4.0 * deviation / math.sqrt(drop.size) + 2.0 / n
    slope = np.polyfit(np.log(numbers), np.log(spread), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03 if scale == 1 else 0.02)


def test_maps_that_do_not_ascend_are_refused():
    for distance in ([[0.2, 0.1]], [[-0.1, 0.2]]):
        with pytest.raises(ValueError, match="ascend"):
            run_maps(np.array(distance), 1.0, density=1.0)


def test_maps_give_the_least_fixed_point_of_every_world_for_any_threads_and_blocks():
    from textbook import least_fixed_point

    random = np.random.default_rng(3)
    distance = np.sort(random.exponential(0.1, (300, 40)), axis=1)
    quantity = random.exponential(0.0025, (300, 40))
    found = run_maps(distance, quantity, density=1.0, sale=0.01)
    assert 0 < found.size.max() < 40
    for world in range(300):
        drop, forced = least_fixed_point(distance[world], quantity[world], 0.01)
        assert (found.drop[world], found.forced[world]) == pytest.approx((drop, forced), rel=1e-12)
    for threads, block_bytes in ((2, 1), (3, 50_000)):
        again = run_maps(distance, quantity, density=1.0, sale=0.01, threads=threads, block_bytes=block_bytes)
        assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))
