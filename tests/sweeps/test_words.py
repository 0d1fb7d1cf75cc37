from __future__ import annotations

import numpy as np
import pytest
from made_sweeps import failed, made

from cascade_sim.metrics.branching import wilson
from cascade_sim.sweeps.key_words import short_names
from cascade_sim.sweeps.risk import risk
from cascade_sim.sweeps.words import failure_lines, print_sweep, risk_lines, sweep_lines


def some(points: int = 3, replicates: int = 4):
    drawn = np.random.default_rng(1).uniform(0.0, 0.4, size=(points, replicates))
    return made(
        {"crowd.longs.leverage.mean": np.linspace(5.0, 50.0, points), "exchange.extends": ["venues/okx"] * points},
        {"max_drawdown": drawn, "bad_debt": 1e6 * drawn, "liquidated_notional": 1e8 * drawn},
    )


def test_a_sweep_says_statistics_risk_and_failures():
    result = failed(some(), [0, 5])
    lines = list(sweep_lines(result, 200))
    deep = int((result.frame["max_drawdown"] >= 0.2).sum())
    assert lines[0] == f"Made: {deep} of 10 runs ({10 * deep}%) fell by 20% or more"
    assert lines[2] == "max_drawdown by point"
    heads = ["point", "leverage.mean", "exchange.extends", "runs", "failed", "mean (95 %)", "q05", "P(cascade) (95 %)"]
    places = [lines[4].index(name) for name in heads]
    assert places == sorted(places)
    assert "missing" not in lines[4]
    assert "95th percentiles over 1h, with 95 % intervals" in lines
    assert "liquidations at risk, quote" in lines[lines.index("95th percentiles over 1h, with 95 % intervals") + 2]
    assert "2 of 12 runs failed:" in lines
    assert "  2 x the book is empty (point 0, 1)" in lines


def test_no_line_is_wider_than_asked_for_where_columns_can_give_way():
    for width in (80, 120):
        assert max(map(len, sweep_lines(failed(some(), [0], "word " * 60), width))) <= width


def test_many_points_are_cut_and_the_rest_is_counted():
    lines = list(sweep_lines(some(45), 200))
    assert "and 25 more points in the file" in lines
    heading = next(place for place, line in enumerate(lines) if line.endswith("the 5 points most at risk of 45"))
    worst = int(risk(some(45))["value_at_risk"].idxmax())
    assert lines[heading + 4].startswith(f"{worst} ")


def test_single_runs_have_no_intervals_and_no_risk_by_point():
    lines = list(sweep_lines(some(3, 1), 200))
    heads = lines[4].split()
    assert heads == ["point", "leverage.mean", "exchange.extends", "runs", "mean"]
    assert not any("percentiles" in line for line in lines)


def test_durations_that_vary_are_a_column():
    drawn = np.random.default_rng(1).uniform(size=(2, 80))
    result = made({"clock.duration": [60.0, 7_200.0]}, {"bad_debt": drawn}, design="latin_hypercube")
    lines = list(risk_lines(risk(result), 200))
    assert lines[0] == "95th percentiles, with 95 % intervals"
    assert "horizon" in lines[2]
    assert "2h" in lines[5]


def test_keys_are_shortened_as_far_as_they_stay_apart():
    assert short_names(["crowd.longs.leverage.mean", "market.book.depth.notional"]) == [
        "leverage.mean",
        "depth.notional",
    ]
    keys = ["crowd.longs.leverage.mean", "crowd.shorts.leverage.mean", "seed"]
    assert short_names(keys) == ["longs.leverage.mean", "shorts.leverage.mean", "seed"]
    assert short_names(["a.b", "c.b"]) == ["a.b", "c.b"]
    assert short_names([]) == []


def test_a_sweep_is_printed_as_wide_as_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    print_sweep(some())
    lines = capsys.readouterr().out.splitlines()
    assert lines == list(sweep_lines(some(), 90))


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


@pytest.mark.parametrize("value", [None, "bad_debt"])
def test_the_output_can_be_chosen(value):
    lines = list(sweep_lines(some(), 200, value))
    assert lines[2].startswith(value or "max_drawdown")
    assert ("mean, quote" in lines[4]) == (value == "bad_debt")


def test_pooled_risk_is_one_line_and_its_notes():
    result = made({"x": np.arange(30.0)}, {"bad_debt": np.ones((30, 1))}, design="latin_hypercube")
    lines = list(risk_lines(risk(result, pooled=True), 300))
    assert lines[0].startswith("all runs over 1h, from 30 runs: 95 % VaR of insolvent debt 1 quote")
    assert [line.startswith("note: ") for line in lines[1:]] == [True, True]


def grid(replicates):
    keys = {"crowd.longs.leverage.mean": [5.0] * 3 + [10.0] * 3, "market.book.depth.within": [0.01, 0.02, 0.03] * 2}
    drawdown = np.array([0.1, 0.1, 0.1, 0.3, 0.1, 0.1])[:, None].repeat(replicates, axis=1)
    drawdown[4, 0] = 0.25
    result = made(keys, {"max_drawdown": drawdown})
    result.frame.attrs["units"]["market.book.depth.within"] = "fraction"
    return result


def test_two_keys_are_a_table_with_one_down_and_one_across():
    lines = list(sweep_lines(grid(4), 120))
    assert lines[2] == "P(cascade), leverage.mean down, depth.within across"
    assert [line.split() for line in lines[4:8] if "─" not in line] == [
        ["1%", "2%", "3%"],
        ["5", "0", "0", "0"],
        ["10", "100.0%", "25.0%", "0"],
    ]
    low, high = wilson(0.25, 4)
    assert lines[8] == f"4 runs a cell; 95 % intervals (Wilson) up to ±{50 * (high - low):.1f}%"


def test_two_keys_with_one_run_a_point_show_that_run():
    lines = list(sweep_lines(grid(1), 120))
    assert lines[2] == "max_drawdown, leverage.mean down, depth.within across"
    assert lines[7].split() == ["10", "30.0%", "25.0%", "10.0%"]


def test_points_that_were_drawn_are_summed_up_by_key():
    random = np.random.default_rng(2)
    keys = {"a.x": random.uniform(size=200), "b.y": random.uniform(size=200)}
    drawdown = 0.3 * keys["a.x"][:, None]
    lines = list(sweep_lines(made(keys, {"max_drawdown": drawdown}, design="latin_hypercube"), 120))
    assert lines[2].startswith("max_drawdown where a key is low and where it is high")
    assert lines[6].split()[0] == "a.x"
    assert not any("by point" in line for line in lines)


def test_an_index_of_a_list_is_no_name_for_a_key():
    assert short_names(["market.index.path.points.2.1", "exchange.extends"])[0] == "points.2.1"
