"""Sobol indices through the whole machine: real runs of the textbook case whose log fall is a sum of its causes."""

from __future__ import annotations

import numpy as np
import pytest

import cascade_sim as cs
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.plan import Task, plan_of, seed_of
from cascade_sim.sweeps.result import SweepResult
from cascade_sim.sweeps.rows import Rows
from cascade_sim.sweeps.sensitivity import sobol
from cascade_sim.sweeps.spec import Sweep
from cascade_sim.sweeps.work import run_tasks


def log_of_log_fall(drawdown: np.ndarray) -> np.ndarray:
    return np.log(-np.log1p(-drawdown))


@pytest.fixture(scope="module")
def result() -> SweepResult:
    asked = Sweep(
        name="case A1",
        scenario=cs.load_scenario("textbook/uniform", {"crowd.longs.traders": 1_000, "clock.duration": "2min"}),
        vary={
            "flow.orders.0.sell": {"dist": "loguniform", "low": "5M", "high": "20M"},
            "crowd.longs.open_interest": {"dist": "uniform", "low": "100M", "high": "800M"},
            "exchange.maintenance.rate": {"dist": "uniform", "low": "1%", "high": "5%"},
        },
        design="sobol",
        samples=64,
        outputs=["max_drawdown"],
    )
    points = points_of(asked)
    tasks = [Task(point, changes, (0,), (seed_of(0, 0),)) for point, changes in enumerate(points)]
    return SweepResult(asked, Rows(asked, points).frame(run_tasks(plan_of(asked), tasks).columns))


def test_every_run_falls_as_far_as_the_closed_form(result):
    # y = (Q / D) / (1 - R), with Q / D = sell / 20M x 1 % and R = OI / 1B; 1,000 traders,
    # 0.05 % apart, may stop a position early or late, and 1 / (1 - R) = 5 times as far.
    points = result.points
    exact = points["flow.orders.0.sell"] / 20e6 * 0.01 / (1.0 - points["crowd.longs.open_interest"] / 1e9)
    fallen = -np.log1p(-result.frame["max_drawdown"].to_numpy())
    assert fallen == pytest.approx(exact.to_numpy(), rel=0.03)


def test_real_runs_have_additive_indices_and_nothing_for_a_key_that_does_nothing(result):
    table = sobol(result, transform=log_of_log_fall)
    sale, interest, rate = (table.loc[key] for key in result.keys)
    for line in (sale, interest):
        assert abs(line["ST"] - line["S1"]) <= line["S1_conf"] + line["ST_conf"]
    assert table["S1"].sum() == pytest.approx(1.0, abs=table["S1_conf"].max())
    assert (rate["S1"], rate["ST"]) == (0.0, 0.0)
    # Var(ln Q) = ln(4)^2 / 12 for a log-uniform sale; the rest is ln(1 - R) for R uniform between 0.1 and 0.8.
    ratio = 0.1 + 0.7 * (np.arange(10_000) + 0.5) / 10_000
    parts = np.array([np.log(4.0) ** 2 / 12.0, np.log1p(-ratio).var()])
    for line, share in zip((sale, interest), parts / parts.sum(), strict=True):
        assert abs(line["ST"] - share) <= 1.5 * line["ST_conf"]


def test_indices_of_real_runs_are_those_of_the_closed_form_at_the_same_points(result):
    simulated = sobol(result, transform=log_of_log_fall)
    points, twin = result.points, SweepResult(result.sweep, result.frame.copy())
    fall = points["flow.orders.0.sell"] / 20e6 * 0.01 / (1.0 - points["crowd.longs.open_interest"] / 1e9)
    twin.frame["max_drawdown"] = -np.expm1(-fall.to_numpy())
    exact = sobol(twin, transform=log_of_log_fall)
    assert simulated[["S1", "ST"]].to_numpy() == pytest.approx(exact[["S1", "ST"]].to_numpy(), abs=0.01)
