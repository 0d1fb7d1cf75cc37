from __future__ import annotations

import numpy as np
import pytest
from made_sweeps import failed, made

from cascade_sim.sweeps.risk import risk
from cascade_sim.sweeps.words import failure_lines, risk_lines, sweep_lines


def some(points: int = 3, replicates: int = 4):
    drawn = np.random.default_rng(1).uniform(0.0, 0.4, size=(points, replicates))
    return made(
        {"crowd.longs.leverage.mean": np.linspace(5.0, 50.0, points), "exchange.extends": ["venues/okx"] * points},
        {"max_drawdown": drawn, "bad_debt": 1e6 * drawn, "liquidated_notional": 1e8 * drawn},
    )


def test_a_sweep_says_statistics_risk_and_failures():
    lines = list(sweep_lines(failed(some(), [0, 5]), 200))
    text = "\n".join(lines)
    assert lines[0] == "max_drawdown by point; a cascade is a drawdown of 20% or more"
    assert "crowd.longs.leverage.mean" in lines[2]
    assert all(name in lines[2] for name in ("runs", "failed", "mean", "q50", "P(cascade)", "95 %"))
    assert "missing" not in lines[2]
    assert "point 0, over 1h, from 3 runs (1 left out): 95 % VaR of insolvent debt" in text
    assert "2 of 12 runs failed:" in lines
    assert "  2 x the book is empty (point 0, 1)" in lines


def test_no_line_is_wider_than_asked_for_where_columns_can_give_way():
    for width in (80, 120):
        assert max(map(len, sweep_lines(failed(some(), [0], "word " * 60), width))) <= width


def test_many_points_are_cut_and_the_rest_is_counted():
    lines = list(sweep_lines(some(45), 200))
    assert "and 15 more points in the file" in lines
    assert "most at risk, 30 of 45 points:" in lines
    worst = int(risk(some(45))["value_at_risk"].idxmax())
    assert lines[lines.index("most at risk, 30 of 45 points:") + 1].startswith(f"point {worst}, over 1h")


def test_failures_are_counted_by_message_the_most_frequent_first():
    result = failed(failed(some(20), range(40), "a"), range(40, 43), "b")
    assert list(failure_lines(result, 80)) == [
        "43 of 80 runs failed:",
        "  40 x a (point 0, 1, 2, 3, 4, ...)",
        "  3 x b (point 10)",
    ]
    for row in range(80):
        failed(result, [row], f"message {row:02d}")
    assert list(failure_lines(result, 80))[-1] == "  and 70 other messages"
    assert list(failure_lines(some(), 80)) == []


def test_a_sweep_of_one_run_has_dashes_for_intervals():
    lines = list(sweep_lines(some(1, 1), 200))
    assert "–" in lines[4]


@pytest.mark.parametrize("value", [None, "bad_debt"])
def test_the_output_can_be_chosen(value):
    lines = list(sweep_lines(some(), 200, value))
    assert lines[0].startswith(value or "max_drawdown")
    assert ("mean, quote" in lines[2]) == (value == "bad_debt")


def test_pooled_risk_is_one_line_and_its_notes():
    result = made({"x": np.arange(30.0)}, {"bad_debt": np.ones((30, 1))}, design="latin_hypercube")
    lines = list(risk_lines(risk(result, pooled=True), 300))
    assert lines[0].startswith("all runs, over 1h, from 30 runs: 95 % VaR of insolvent debt 1 quote")
    assert [line.startswith("note: ") for line in lines[1:]] == [True, True]
