"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import build_crowd, crowd_map

ALPHA = 1e-4


def leverages(scenario, seed=1):
    return crowd_map(build_crowd(scenario, seed), scenario)["leverage"]


def between(law, low, high):
    """Return the cdf of a law conditioned on an interval."""
    below, mass = law.cdf(low), law.cdf(high) - law.cdf(low)
    return lambda value: (law.cdf(value) - below) / mass


def lognormal(mean, sigma):
    return stats.lognorm(s=sigma, scale=mean * np.exp(-(sigma**2) / 2))


@pytest.mark.parametrize(
    ("leverage", "law"),
    [
        ({"kind": "lognormal", "mean": 9, "sigma": 0.8}, lognormal(9, 0.8)),
        ({"kind": "pareto", "exponent": 1.5, "minimum": 2}, stats.pareto(1.5, scale=2)),
        ({"kind": "pareto", "mean": 6, "minimum": 2}, stats.pareto(1.5, scale=2)),
        ({"kind": "beta", "low": 1, "high": 51, "a": 1.5, "b": 4}, stats.beta(1.5, 4, loc=1, scale=50)),
        (
            {"kind": "beta", "low": 1, "high": 51, "mean": 11, "concentration": 5},
            stats.beta(1, 4, loc=1, scale=50),
        ),
    ],
)
def test_leverage_follows_its_law_between_one_and_the_venue_maximum(venue, longs, leverage, law):
    drawn = leverages(venue({"longs": longs(leverage=leverage)}, max_leverage=40))
    assert drawn.min() >= 1 - 1e-12
    assert drawn.max() <= 40 * (1 + 1e-12)
    assert stats.kstest(drawn, between(law, 1, 40)).pvalue > ALPHA


def test_discrete_weights_are_shares_of_traders(venue, longs):
    weights = {"5": "30%", "10": "50%", "50": "20%"}
    drawn = leverages(venue({"longs": longs(leverage={"kind": "discrete", "weights": weights})}))
    values, counts = np.unique(np.round(drawn, 9), return_counts=True)
    assert values.tolist() == [5, 10, 50]
    assert stats.chisquare(counts, drawn.size * np.array([0.3, 0.5, 0.2])).pvalue > ALPHA


def test_mean_is_the_arithmetic_mean_before_the_cap(venue, longs):
    leverage = {"kind": "lognormal", "mean": 30, "sigma": 0.4}  # hardly ever below 1
    free = leverages(venue({"longs": longs(leverage=leverage)}))
    capped = leverages(venue({"longs": longs(leverage=leverage | {"cap": 20})}))
    error = free.std() / np.sqrt(free.size)
    assert free.mean() == pytest.approx(30, abs=4 * error)
    np.testing.assert_allclose(capped, np.minimum(free, 20), rtol=1e-12)


def test_cap_below_everybody_gives_everybody_the_cap(venue, longs):
    leverage = {"kind": "pareto", "exponent": 1, "minimum": 10, "cap": 7}
    np.testing.assert_allclose(leverages(venue({"longs": longs(leverage=leverage)})), 7, rtol=1e-12)


def test_pareto_leverage_of_exponent_one_makes_a_uniform_map_without_maintenance(venue, longs):
    """The distance u = 1 - p/p0 = 1/l of a long has the cdf (u l0)^a: uniform on (0, 1/l0) for a = 1."""
    scenario = venue({"longs": longs(leverage={"kind": "pareto", "exponent": 1, "minimum": 2})})
    crowd = build_crowd(scenario, 5)
    distance = 1 - crowd.trigger / 8000
    assert stats.kstest(distance, stats.uniform(0, 0.5).cdf).pvalue > ALPHA
    cube = build_crowd(venue({"longs": longs(leverage={"kind": "pareto", "exponent": 3, "minimum": 2})}), 5)
    assert stats.kstest((2 * (1 - cube.trigger / 8000)) ** 3, stats.uniform().cdf).pvalue > ALPHA


def test_lognormal_leverage_makes_a_lognormal_distance_without_maintenance(venue, longs):
    scenario = venue({"longs": longs(leverage={"kind": "lognormal", "mean": 12, "sigma": 0.5})})
    distance = 1 - build_crowd(scenario, 6).trigger / 8000
    law = stats.lognorm(s=0.5, scale=np.exp(0.125) / 12)
    assert stats.kstest(distance, between(law, 0, 1)).pvalue > ALPHA


def test_changing_the_mean_moves_every_trader_along_its_own_luck(venue, longs):
    leverage = {"kind": "lognormal", "sigma": 0.3}
    low = leverages(venue({"longs": longs(leverage=leverage | {"mean": 10})}))
    high = leverages(venue({"longs": longs(leverage=leverage | {"mean": 20})}))
    np.testing.assert_allclose(high, 2 * low, rtol=1e-12)
