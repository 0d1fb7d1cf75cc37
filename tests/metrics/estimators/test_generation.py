"""The branching ratio from generations: what is known of its law exactly, and how often its interval covers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cascade_sim.metrics.borel import borel_pmf, borel_ratio
from cascade_sim.metrics.branching import poisson_score, wilson
from cascade_sim.metrics.estimators import generation


def total_law(roots: int, ratio: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Borel and Tanner: ``P(T) = (m / T) exp(-R T) (R T)^(T - m) / (T - m)!``, for all that ``m`` lead to."""
    total = np.arange(roots, most)
    logs = [
        math.log(roots / t) - ratio * t + (t - roots) * math.log(ratio * t) - math.lgamma(t - roots + 1) for t in total
    ]
    return total, np.exp(logs)


def test_the_law_of_one_root_is_borels():
    total, law = total_law(1, 0.6, 200)
    np.testing.assert_allclose(law, borel_pmf(total, 0.6), rtol=1e-10)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("roots", [1, 5, 40])
def test_the_share_of_later_rounds_is_low_by_one_part_in_roots_plus_one_exactly(roots, ratio):
    total, law = total_law(roots, ratio, 4000)
    assert law.sum() == pytest.approx(1.0, abs=1e-9)
    assert (law * (1.0 - roots / total)).sum() == pytest.approx(ratio * roots / (roots + 1), rel=1e-8)


@pytest.mark.parametrize("ratio", [0.1, 0.15, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("roots", [40, 200, 500])
def test_the_interval_covers_as_often_as_it_says(roots, ratio):
    total, law = total_law(roots, ratio, 8000)
    covered = [low <= ratio <= high for low, high in (poisson_score(1.0 - roots / t, t) for t in total)]
    assert 0.93 <= law[covered].sum() <= 0.97


def test_a_binomial_interval_on_all_liquidations_would_cover_too_seldom():
    total, law = total_law(200, 0.8, 8000)
    covered = [low <= 0.8 <= high for low, high in (wilson(1.0 - 200 / t, t) for t in total)]
    assert law[covered].sum() < 0.70


def test_sizes_of_clusters_and_rounds_say_the_same():
    sizes = np.array([1, 1, 4, 2, 1, 7])
    rounds = np.concatenate([np.minimum(np.arange(1, n + 1), 3) for n in sizes])
    found = generation.from_sizes(sizes)
    assert found == generation.from_rounds(np.ones(rounds.size), rounds)
    assert found.value == pytest.approx(borel_ratio(sizes)[0])
    assert found.n == sizes.sum()


def test_a_unit_of_quantity_changes_nothing():
    random = np.random.default_rng(2)
    quantity, rounds = random.exponential(size=300), random.integers(1, 5, 300)
    one, other = (generation.from_rounds(scale * quantity, rounds) for scale in (1.0, 1e6))
    assert (one.value, one.low, one.high, one.n) == pytest.approx((other.value, other.low, other.high, other.n))


def trees(random: np.random.Generator, roots: int, ratio: float):
    """Clusters of exponential sizes, each setting off a Poisson number in proportion to its size."""
    parts, size, cluster, number = [], random.exponential(size=roots), np.arange(roots), 1
    while size.size:
        parts.append((size, np.full(size.size, number), cluster))
        cluster = np.repeat(cluster, random.poisson(ratio * size))
        size, number = random.exponential(size=cluster.size), number + 1
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@pytest.mark.parametrize("ratio", [0.3, 0.8])
def test_unequal_sizes_are_covered_by_both_intervals(ratio):
    random = np.random.default_rng(round(10 * ratio))
    found = []
    for _ in range(300):
        quantity, rounds, cluster = trees(random, 300, ratio)
        found.append((generation.from_rounds(quantity, rounds), generation.by_clusters(quantity, rounds, cluster)))
    for way in (0, 1):
        value = np.array([each[way].value for each in found])
        assert value.mean() == pytest.approx(ratio, abs=0.01)
        assert 0.90 <= np.mean([each[way].low <= ratio <= each[way].high for each in found]) <= 0.98


def test_few_in_round_one_are_named_with_the_bias_that_they_bring():
    assert generation.from_rounds(np.ones(4), np.array([1, 2, 3, 4])).note == "1 in round 1, so low by about 0.38"
    assert generation.from_rounds(np.ones(400), np.repeat([1, 2], 200)).note == ""


def test_one_cluster_has_no_interval_of_clusters_and_nothing_has_no_estimate():
    alone = generation.by_clusters(np.ones(3), np.array([1, 2, 3]), np.zeros(3))
    assert (alone.value, alone.low, alone.high) == (pytest.approx(2 / 3), None, None)
    for found in (
        generation.from_rounds([], []),
        generation.from_sizes([]),
        generation.by_clusters([], [], []),
    ):
        assert (found.value, found.n, found.note) == (None, 0.0, "nothing was liquidated")
