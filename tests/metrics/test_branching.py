"""The branching ratio and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.metrics.branching import generation_ratio, poisson_score, wilson
from cascade_sim.simulation import run


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_reproduces_newcombes_published_intervals(hits, trials, low, high):
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    assert wilson(hits / trials, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_the_set_of_shares_that_a_normal_test_accepts():
    share, n, z = 0.3, 57.5, 1.7
    for end in wilson(share, n, z):
        assert (share - end) ** 2 == pytest.approx(z * z * end * (1.0 - end) / n, rel=1e-12)


def test_later_rounds_share_of_the_quantity_is_the_ratio():
    ratio, low, high = generation_ratio(np.array([4.0, 1.0, 2.0, 1.0]), np.array([1, 1, 2, 3]))
    assert ratio == 3.0 / 8.0
    assert (low, high) == poisson_score(3.0 / 8.0, 64.0 / 22.0)


def test_the_score_interval_is_the_set_of_rates_that_a_normal_test_accepts():
    rate, exposure, z = 0.8, 37.5, 1.7
    for end in poisson_score(rate, exposure, z):
        assert (rate - end) ** 2 == pytest.approx(z * z * end / exposure, rel=1e-12)
    assert poisson_score(0.0, exposure, z) == (0.0, pytest.approx(z * z / exposure))


def test_there_is_no_ratio_without_liquidations():
    assert generation_ratio(np.empty(0), np.empty(0, np.int64)) is None


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.5, 0.8])
def test_the_estimate_holds_the_ratio_of_a_uniform_map_within_its_interval(plain, ratio):
    changes = {"crowd.longs.open_interest": ratio * 1e9, "crowd.longs.liquidation.offset": (1 - ratio) / 2}
    summary = run(plain(changes | {"crowd.longs.traders": 10_000})).summary
    assert summary["branching_ratio"] == pytest.approx(ratio, abs=0.02)
    assert summary["branching_ratio_low"] < ratio < summary["branching_ratio_high"]


@pytest.mark.parametrize(
    "changes",
    [
        {"exchange.liquidation": {"policy": "paced", "half_life": "10s"}},
        {"exchange.liquidation": {"policy": "limit"}},
        {"exchange.liquidation": {"policy": "none"}},
        {"exchange.liquidation.delay": "2s"},
        {"market.mark": {"kind": "index_ema", "half_life": "1s"}},
        {"market.mark": {"kind": "index"}, "market.index.follow.half_life": "1s"},
    ],
    ids=str,
)
def test_there_is_no_ratio_where_rounds_are_not_generations(plain, changes):
    summary = run(plain(changes)).summary
    assert [summary[key] for key in ("branching_ratio", "branching_ratio_low", "branching_ratio_high")] == [None] * 3


def test_on_the_mid_only_half_the_impact_feeds_back(plain):
    summary = run(plain({"market.mark": {"kind": "mid"}, "crowd.longs.traders": 10_000})).summary
    assert summary["branching_ratio"] == pytest.approx(0.25, abs=0.01)
    assert summary["max_drawdown"] == pytest.approx(1.0 - np.exp(-0.01 / (2 - 0.5)), rel=1e-2)
