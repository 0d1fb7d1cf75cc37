"""Known parameters come back from the figures that they gave; what figures cannot tell is said not to be told."""

from __future__ import annotations

import math

import pytest
from fits import CROWD, DEPTH, FREE, LEVERAGE, OPEN_INTEREST, REFILL, TOLERANCES, TRUTH, planted, small
from small_runs import crash

import cascade_sim as cs


@pytest.fixture(scope="module")
def found() -> cs.CalibrationResult:
    return cs.calibrate(planted(), evaluations=100)


def test_planted_parameters_are_recovered_from_another_start(found):
    fitted = found.overrides()
    assert fitted[DEPTH] == pytest.approx(TRUTH[DEPTH], rel=0.05)
    assert fitted[REFILL] == pytest.approx(TRUTH[REFILL], rel=0.1)
    assert fitted[LEVERAGE] == pytest.approx(TRUTH[LEVERAGE], rel=0.05)
    assert found.start_point.objective > 1_000.0
    assert found.objective < 1.0
    assert found.not_identified == []


def test_the_start_is_where_the_scenario_says_and_not_the_planted_values(found):
    assert list(found.asked.values(found.start_point.unit).values()) == pytest.approx([0.4, 20.0, 12.0], rel=1e-4)


def test_intervals_hold_the_fitted_values_and_lie_within_the_ranges(found):
    for row in found.parameters.itertuples():
        assert row.low <= row.fitted <= row.high
        assert row._5 <= row.low
        assert row.high <= row.to


def test_the_fitted_scenario_runs_to_the_figures_of_the_report(found):
    summary = cs.run(found.scenario(), counterfactuals=False).summary
    for row in found.targets.itertuples():
        if row.target != "low_time":
            assert summary[row.target] == pytest.approx(row.simulated, rel=1e-12), row.target


def test_open_interest_and_depth_scaled_together_are_not_identified():
    # Everything that trades grows alike: prices stay as they are, and so does every figure without a unit.
    free = {
        "open_interest": {
            "sets": {f"crowd.{name}.open_interest": "written" for name in ("longs", "shorts")},
            "from": 0.3, "to": 3, "scale": "log", "start": 1,
        },
        "depth": {
            "sets": {
                DEPTH: 1, "flow.orders.0.sell": 2, "flow.orders.1.buy": 4.5, "flow.noise.notional_per_second": 0.01,
            },
            "from": "700k", "to": "6M", "scale": "log", "start": "2M",
        },
    }  # fmt: skip
    targets = {
        key: tolerance for key, tolerance in TOLERANCES.items() if key not in ("liquidated_notional", "peak_minute")
    }
    summary = cs.run(crash(CROWD), counterfactuals=False).summary
    scenario = small(free, {key: {"value": summary[key], "tolerance": tol} for key, tol in targets.items()})
    result = cs.calibrate(scenario, evaluations=30)
    flat, steep = result.sensitivity.values[-1], result.sensitivity.values[0]
    assert flat < 0.05 * steep
    assert [words for words in result.not_identified if "open_interest and depth together up" in words]
    assert result.parameters["identified"].tolist() == [False, False]


def test_a_dimensionless_group_is_identified_where_its_parts_are_not():
    free = {"depth_over_open_interest": {**FREE["depth_over_open_interest"], "start": "30%"}}
    result = cs.calibrate(planted(free=free), evaluations=40)
    assert result.best["depth_over_open_interest"] == pytest.approx(TRUTH[DEPTH] / OPEN_INTEREST, rel=0.02)
    assert result.not_identified == []


def test_events_of_two_sizes_are_fitted_by_one_value_of_a_group():
    truth = 0.25
    free = {"depth_over_open_interest": {"sets": {DEPTH: "open_interest"}, "from": "5%", "to": 2, "scale": "log"}}
    events = []
    for size in (1.0, 3.0):
        cohorts = {"crowd.longs.open_interest": 8e6 * size, "crowd.shorts.open_interest": 6e6 * size}
        whole = crash(CROWD | cohorts | {"name": f"event of size {size:g}"})
        summary = cs.run(whole.with_overrides({DEPTH: truth * 14e6 * size}), counterfactuals=False).summary
        targets = {key: {"value": summary[key], "tolerance": TOLERANCES[key]} for key in ("max_drawdown", "low_time")}
        events.append(whole.with_overrides({"calibrate": {"free": free, "targets": targets}}))
    result = cs.calibrate(events, evaluations=30)
    assert result.best["depth_over_open_interest"] == pytest.approx(truth, rel=0.02)
    names = [event.name for event in result.asked.events]
    assert [result.overrides(name)[DEPTH] / truth for name in names] == pytest.approx([14e6, 42e6], rel=0.02)
    figures = [f"{name}.{key}" for name in names for key in targets]
    assert list(result.frame.columns) == ["phase", *free, "objective", *figures, "failed"]


def test_the_same_call_gives_the_same_evaluations():
    first, second = (cs.calibrate(planted(), evaluations=25) for _ in range(2))
    assert first.frame.equals(second.frame)


def test_figures_are_means_over_seeds_and_the_seeds_are_the_same_at_every_point():
    free = {"refill": FREE["refill"]}
    targets = {"max_drawdown": {"value": "6%", "tolerance": "1%"}}
    scenario = small(free, targets)
    result = cs.calibrate(scenario, evaluations=5, seeds=3)
    at_best = result.scenario()
    drawdowns = [cs.run(at_best, seed=seed, counterfactuals=False).summary["max_drawdown"] for seed in (3, 4, 5)]
    assert result.targets["simulated"][0] == pytest.approx(math.fsum(drawdowns) / 3, rel=1e-12)
    assert result.targets["spread"][0] > 0.0


@pytest.mark.slow
def test_planted_parameters_are_recovered_by_a_larger_crowd_over_seeds():
    bigger = {"crowd.longs.traders": 20_000, "crowd.shorts.traders": 15_000}
    summaries = [cs.run(crash({**TRUTH, **bigger}), seed=seed, counterfactuals=False).summary for seed in range(3, 7)]
    keys = [key for key in TOLERANCES if key != "low_time" and all(each[key] is not None for each in summaries)]
    targets = {
        key: {"value": sum(each[key] for each in summaries) / len(summaries), "tolerance": TOLERANCES[key]}
        for key in keys
    }
    result = cs.calibrate(small(targets=targets, **bigger), evaluations=150, seeds=4)
    fitted = result.overrides()
    for key, value in TRUTH.items():
        assert fitted[key] == pytest.approx(value, rel=0.1), key
