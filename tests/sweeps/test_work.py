"""What a worker does: rows are the summaries of the runs, whoever else is run before or after them."""

import random

import pytest
from small_runs import crash

import cascade_sim as cs
from cascade_sim.sweeps import work
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.plan import Task, plan_of, tasks_of
from cascade_sim.sweeps.spec import DEFAULT_OUTPUTS, OUTPUTS
from cascade_sim.sweeps.work import run_tasks

LEVERAGE, DEPTH = "crowd.longs.leverage.mean", "market.book.depth.notional"


def swept(base=None, vary=None, **settings):
    vary = vary or {LEVERAGE: [8, 20], DEPTH: [5e6, 20e6]}
    return cs.Sweep(name="test", scenario=base or crash(), vary=vary, **{"replicates": 2, **settings})


def rows(sweep, order=None):
    tasks = list(tasks_of(sweep, points_of(sweep)))
    if order is not None:
        tasks = [
            task._replace(replicates=(each,), seeds=(seed,))
            for task in tasks
            for each, seed in zip(task.replicates, task.seeds, strict=True)
        ]
        random.Random(order).shuffle(tasks)
    done = run_tasks(plan_of(sweep), tasks)
    names = [name for name in done.columns if name != "wall_s"]
    return sorted(zip(*(done.columns[name] for name in names), strict=True)), names


def test_a_row_is_what_the_run_of_its_point_and_seed_says():
    sweep = swept(outputs=list(OUTPUTS))
    points = points_of(sweep)
    found, names = rows(sweep)
    assert len(found) == 8
    for row in (dict(zip(names, each, strict=True)) for each in found):
        scenario = sweep.base.bare().with_overrides(
            points[row["point"]] | {"compare.no_forced_selling": {"exchange.liquidation.policy": "none"}}
        )
        summary = cs.run(scenario, seed=row["seed"]).summary
        assert {key: row[key] for key in OUTPUTS} == {key: summary[key] for key in OUTPUTS}
        assert row["cascade"] == (summary["max_drawdown"] >= sweep.threshold)
        assert row["status"] == summary["status"]


@pytest.mark.parametrize("outputs", [DEFAULT_OUTPUTS, ("amplification", "feedback_share", "bad_debt")])
def test_runs_that_are_done_at_once_are_as_runs_one_by_one(outputs):
    sweep = swept(replicates=9, common_luck=False, outputs=list(outputs))
    assert repr(rows(sweep)) == repr(rows(sweep, order=0))


@pytest.mark.parametrize("order", range(3))
def test_rows_do_not_depend_on_the_order_of_the_runs(order):
    sweep = swept()
    assert repr(rows(sweep, order)) == repr(rows(sweep))


def test_a_crowd_that_is_used_again_is_as_it_was_built():
    sweep = swept(vary={DEPTH: [2e6, 5e6, 20e6]}, replicates=1)
    plan = plan_of(sweep)
    together = run_tasks(plan, tasks_of(sweep, points_of(sweep)))
    for place, task in enumerate(tasks_of(sweep, points_of(sweep))):
        work._last.key = None
        alone = run_tasks(plan, [task])
        for key in DEFAULT_OUTPUTS:
            assert together.columns[key][place] == alone.columns[key][0]


def test_a_point_that_cannot_be_is_a_row_with_its_error_and_stops_no_other():
    sweep = swept()
    tasks = [
        Task(0, {LEVERAGE: 0.5}, (0, 1), (1, 2)),
        Task(1, {LEVERAGE: 10}, (0,), (1,)),
    ]
    done = run_tasks(plan_of(sweep), tasks)
    assert done.columns["status"][:2] == ["failed", "failed"]
    assert all(LEVERAGE in error for error in done.columns["error"][:2])
    assert done.columns["max_drawdown"][:2] == [None, None]
    assert (done.columns["status"][2], done.columns["error"][2]) == ("completed", None)
    assert done.failures == 2


def test_an_error_that_nobody_foresaw_is_a_row_too(monkeypatch):
    def broken(*_):
        raise TypeError("no such thing")

    monkeypatch.setattr(work, "build_crowd", broken)
    monkeypatch.setattr(work._last, "key", None)
    done = run_tasks(plan_of(swept()), [Task(0, {LEVERAGE: 10}, (0,), (1,))])
    assert "unexpected TypeError: no such thing" in done.columns["error"][0]


def test_ctrl_c_is_no_failed_run(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "build_crowd", interrupted)
    monkeypatch.setattr(work._last, "key", None)
    with pytest.raises(KeyboardInterrupt):
        run_tasks(plan_of(swept()), [Task(0, {LEVERAGE: 10}, (0,), (1,))])
