"""Estimators on runs of the package's own engine whose branching ratio is known (validation.md VE-6).

The slow test is the whole audit, 500 samples of 1,000 liquidations at every ratio, and takes about two minutes; the
ordinary run has 25 samples of 400. Seeds are fixed.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "docs" / "make"))

import branching_worlds as worlds

FEW = 25
# Judged by the criteria of the audit; the others are reported.
JUDGED = (
    "structural",
    "generation",
    "generation, interval by clusters",
    "Hawkes in ticks, delay of one tick",
    "Hawkes in ticks, paced",
    "Hawkes in ticks, paced, pace known",
    "Hawkes in time, paced",
)


@lru_cache(maxsize=4)
def market(ratio: float, policy: str, absorbed: float = 0.0) -> worlds.Stream:
    rules = {"at once": worlds.AT_ONCE, "next tick": worlds.NEXT_TICK, "paced": worlds.PACED}[policy]
    rate = {"at once": 0.5 / (1.0 - ratio), "next tick": 0.2, "paced": 0.05}[policy]
    return worlds.stream(ratio, rules, FEW, 400, rate=rate, absorbed=absorbed)


def assert_no_bias(estimates, truth: float) -> None:
    """Within four standard errors of the average, and covered more often than not by far."""
    found = worlds.audited(estimates, truth)
    assert abs(found.bias) <= 4.0 * found.error + 0.005
    assert found.coverage >= 0.8


@pytest.mark.parametrize("ratio", [0.15, 0.5])
def test_structure_and_generations_find_the_ratio_of_a_run(ratio):
    found = market(ratio, "at once")
    assert found.run.summary["status"] == "completed"
    assert_no_bias(worlds.structural_of(found, FEW), ratio)
    assert_no_bias(worlds.each(found, FEW, worlds.by_rounds), ratio)
    assert_no_bias(worlds.each(found, FEW, worlds.by_clusters), ratio)


def test_the_flow_finds_the_ratio_of_a_run_whose_sales_are_delayed_or_paced():
    ratio = 0.5
    found = market(ratio, "next tick")
    assert_no_bias(worlds.each(found, FEW, worlds.in_ticks(found.ticks, 0.0)), ratio)
    assert_no_bias(worlds.each(found, FEW, worlds.autoregressive(found.ticks, 1, 1)), ratio)
    found = market(ratio, "paced")
    assert_no_bias(worlds.each(found, FEW, worlds.in_ticks(found.ticks, worlds.DELAY)), ratio)
    assert_no_bias(worlds.each(found, FEW, worlds.in_time(found.ticks)), ratio)


def test_what_a_vault_absorbs_is_not_in_the_ratio_that_generations_show():
    found = market(0.5, "at once", 0.626)
    assert_no_bias(worlds.each(found, FEW, worlds.by_rounds), (1.0 - 0.626) * 0.5)


def test_a_feed_of_one_a_second_hides_most_of_the_feedback():
    found = market(0.5, "paced")
    shown = worlds.each(found, FEW, worlds.in_time(found.ticks, shown=worlds.one_a_second))
    assert np.mean([one.value for one in shown]) < 0.4


@pytest.mark.slow
def test_every_judged_estimator_is_unbiased_and_covers_as_often_as_it_says():
    import branching

    assert branching.SAMPLES == 500
    for name, by_ratio in branching.audit().items():
        for ratio, found in by_ratio.items():
            if name in JUDGED:
                assert abs(found.bias) <= 0.02, (name, ratio, found)
                assert 0.90 <= found.coverage <= 0.98, (name, ratio, found)


@pytest.mark.slow
def test_with_a_vault_generations_and_flow_find_what_is_left():
    import branching

    for name, by_ratio in branching.absorbed().items():
        for ratio, found in by_ratio.items():
            assert abs(found.bias) <= 0.02, (name, ratio, found)
            assert 0.90 <= found.coverage <= 0.98, (name, ratio, found)
