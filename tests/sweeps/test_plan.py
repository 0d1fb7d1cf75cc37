"""Tasks and seeds: who shares luck, and in which order runs are handed out."""

import itertools

import pytest
from small_runs import crash

import cascade_sim as cs
from cascade_sim.engine.simulate import crowd_signature
from cascade_sim.sweeps.design import points_of
from cascade_sim.sweeps.plan import plan_of, seed_of, tasks_of, touches_crowd
from cascade_sim.sweeps.rows import column_of

LEVERAGE, DEPTH = "crowd.longs.leverage.mean", "market.book.depth.notional"


def swept(traders=100, **settings):
    base = crash({"crowd.longs.traders": traders})
    vary = {LEVERAGE: [8, 10], DEPTH: [10e6, 20e6, 30e6]}
    return cs.Sweep(name="test", scenario=base, vary=vary, **{"replicates": 3, **settings})


def runs_of(sweep, finished=frozenset()):
    return [
        (task.point, replicate, seed)
        for task in tasks_of(sweep, points_of(sweep), finished)
        for replicate, seed in zip(task.replicates, task.seeds, strict=True)
    ]


def test_every_run_is_handed_out_once():
    for traders in (100, 50_000):
        runs = [(point, replicate) for point, replicate, _ in runs_of(swept(traders))]
        assert sorted(runs) == [(point, replicate) for point in range(6) for replicate in range(3)]


def test_with_common_luck_a_replicate_has_one_seed_at_all_points():
    seeds = {}
    for _, replicate, seed in runs_of(swept()):
        seeds.setdefault(replicate, set()).add(seed)
    assert all(len(each) == 1 for each in seeds.values())
    assert len(set.union(*seeds.values())) == 3


def test_without_common_luck_no_two_runs_share_a_seed():
    seeds = [seed for _, _, seed in runs_of(swept(common_luck=False))]
    assert len(set(seeds)) == len(seeds) == 18


def test_sweeps_with_neighbouring_seeds_share_no_run():
    assert not {seed_of(1, each) for each in range(100)} & {seed_of(2, each) for each in range(100)}


def test_what_is_finished_is_not_handed_out_again():
    done = frozenset({(0, 0), (0, 1), (0, 2), (4, 1)})
    runs = {(point, replicate) for point, replicate, _ in runs_of(swept(), done)}
    assert not runs & done
    assert len(runs) == 14


def test_runs_of_a_large_crowd_follow_each_other():
    order = [(point // 3, replicate) for point, replicate, _ in runs_of(swept(50_000))]
    changes = sum(one != other for one, other in itertools.pairwise(order))
    assert changes == 5  # two crowds, three replicates: six crowds in all


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("market.book.depth.notional", "7M"),
        ("market.mark", {"kind": "mid"}),
        ("market.index.path", {"kind": "gbm", "volatility": "3%", "per": "1d"}),
        ("exchange.insurance_fund", "1M"),
        ("exchange.liquidation.delay", "1s"),
        ("exchange.adl", True),
        ("flow.orders.0.sell", "3M"),
        ("record.every", "2s"),
    ],
)
def test_what_is_said_to_leave_the_crowd_alone_does(key, value):
    base = crash()
    assert not touches_crowd(key)
    assert crowd_signature(base.with_overrides({key: value})) == crowd_signature(base)


@pytest.mark.parametrize(
    "key",
    ["crowd.longs.traders", "clock.tick", "market.price", "market.contract", "exchange", "exchange.extends", "market"],
)
def test_what_may_change_the_crowd_is_said_to(key):
    assert touches_crowd(key)


def test_a_counterfactual_is_planned_only_where_an_output_needs_it():
    assert plan_of(swept()).without_forced is None
    assert plan_of(swept(outputs=["amplification"])).without_forced == {"exchange.liquidation.policy": "none"}


def test_only_the_runs_that_keep_names_are_kept_whole():
    sweep = swept(keep=[{LEVERAGE: 10, DEPTH: 20e6, "replicate": 2}, {LEVERAGE: 8, DEPTH: 10e6}])
    kept = {task.point: task.keep for task in tasks_of(sweep, points_of(sweep)) if task.keep}
    assert kept == {0: (0,), 4: (2,)}


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (["5M", 1e6], [5e6, 1e6]),
        (["2%", 0.01], [0.02, 0.01]),
        ([30, "1min"], [30.0, 60.0]),
        (["2%", "1min"], ["2%", "1min"]),
        (["1h", "never"], ["1h", "never"]),
        ([{"kind": "mid"}], ['{"kind": "mid"}']),
    ],
)
def test_a_column_holds_numbers_where_all_its_values_are_of_one_kind(values, column):
    assert column_of(values) == column
