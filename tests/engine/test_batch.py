"""Batches of small worlds beside the same worlds one by one: equal to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import NO_FORCED_SELLING, START, crash

import cascade_sim as cs
from cascade_sim.crowd import build_crowd
from cascade_sim.crowd.many import build_crowds
from cascade_sim.engine import batch
from cascade_sim.engine.advance import advance, sort_crowd
from cascade_sim.engine.batch import MOST_TRADERS, batchable, in_trigger_orders, run_batch
from cascade_sim.engine.order import in_trigger_order
from cascade_sim.engine.simulate import build_world
from cascade_sim.errors import ScenarioError
from cascade_sim.kernels.outcome import OUTCOME
from cascade_sim.metrics.cascade import summarise
from cascade_sim.metrics.definitions import AFTER_LOW, SUMMARY
from cascade_sim.metrics.many import summarise_many
from cascade_sim.scenario import Scenario

SEEDS = (0, 3, 7, 2**40 + 1)
SMALL = {
    "clock": {"start": START, "duration": "90s", "tick": "1s"},
    "crowd.longs.traders": 60,
    "crowd.shorts.traders": 40,
    "flow.orders": [{"at": "20s", "sell": "4M", "over": "5s"}, {"at": "50s", "buy": "6M"}],
    "record.every": "7s",
}
# Every payment changes the triggers under brackets: the crowd is sorted anew, by Python.
FUNDED = {
    "exchange.funding": {"kind": "clamp", "interval": "30s", "period": "30s"},
    "exchange.maintenance": {"tiers": [[0, "0.5%"], ["50k", "1%"], ["200k", "2%"]]},
    "exchange.adl": False,
}


KEPT = [key for key in SUMMARY if key not in AFTER_LOW]  # a batch keeps no rows


def one_by_one(scenario: Scenario, seeds) -> dict[str, list]:
    columns: dict[str, list] = {key: [] for key in KEPT}
    for seed in seeds:
        crowd = build_crowd(scenario, seed)
        world = build_world(scenario, seed)
        advance(world, world.ticks)
        summary = summarise(world, scenario, float(crowd.quantity.sum()))
        for key in KEPT:
            columns[key].append(summary[key])
    return columns


def assert_same_as_one_by_one(scenario: Scenario, seeds=SEEDS, **how) -> dict[str, list]:
    assert batchable(scenario)
    found = summarise_many(run_batch(scenario, seeds, **how), scenario, KEPT)
    expected = one_by_one(scenario, seeds)
    for key in KEPT:
        assert found[key] == expected[key], key
        assert [type(value) for value in found[key]] == [type(value) for value in expected[key]], key
    return found


def one_of(*values):
    return st.sampled_from(values)


@st.composite
def cohorts(draw, side: str) -> dict:
    cohort = {"side": side, "traders": draw(one_of(40, 1, 7, 150)), "open_interest": draw(one_of("6M", "1M", "20M"))}
    cohort["size"] = draw(
        one_of({"kind": "equal"}, {"kind": "pareto", "exponent": 1.3}, {"kind": "lognormal", "sigma": 1.5})
    )
    if draw(st.booleans()):
        placed = {"placed": draw(one_of("even", "random"))}
        cohort["liquidation"] = draw(
            one_of(
                {"kind": "uniform", "from": "0.1%", "to": "8%", **placed},
                {"kind": "exponential", "scale": "2%", **placed},
                {"kind": "gaussian", "at": "3%", "width": "1%", **placed},
                {"kind": "points", "at": ["2%"], **placed},
            )
        )
        return cohort
    cohort["leverage"] = draw(
        one_of(
            {"kind": "lognormal", "mean": 25, "sigma": 0.8},
            {"kind": "pareto", "minimum": 3, "mean": 15},
            {"kind": "beta", "low": 1, "high": 80, "mean": 20, "concentration": 3},
            {"kind": "discrete", "weights": {5: 0.25, 50: 0.5, 100: 0.25}},
            {"kind": "fixed", "value": 20},
        )
    )
    cohort["entry"] = draw(
        one_of(
            {"kind": "market"},
            {"kind": "lognormal", "width": "3%"},
            {"kind": "clusters", "at": [7900, 8050], "width": "0.5%", "snap": {"to": 50, "share": "40%"}},
            {"kind": "path", "points": [[-3600, 8100], [-60, 7990]], "holding": "1h"},
        )
    )
    cohort["margin"], cohort["wallet"] = draw(one_of(("isolated", 0), ("isolated", 0), ("cross", 0.5)))
    return cohort


@st.composite
def scenarios(draw) -> Scenario:
    """Any scenario that qualifies: crowds of every kind, both contracts, books, noise, outages, policies, backstops."""
    inverse = draw(st.booleans())
    depth = {"within": "1%", "notional": draw(one_of("2M", "600k"))}
    book = draw(
        one_of(
            {"shape": "linear", "depth": depth, "refill": {"half_life": "20s", "permanent": "30%"}},
            {"shape": "power", "exponent": 2, "depth": depth},
            {"shape": "table", "levels": [["0.5%", 150], ["3%", 900]]},
            {"shape": "linear", "depth": depth, "withdrawal": {"volatility": "1%"}, "half_spread": "0.02%"},
        )
    )
    path = draw(
        one_of(
            {"kind": "constant"},
            {"kind": "gbm", "volatility": "30%"},
            {
                "kind": "jumps",
                "volatility": "10%",
                "rate": 200,
                "mean": "-1%",
                "deviation": "1%",
                "at": [["40s", "-3%"]],
            },
            {"kind": "waypoints", "points": [[0, 8000], ["60s", 7700]]},
        )
    )
    mark = draw(one_of({"kind": "last"}, {"kind": "mid"}, {"kind": "index"}, {"kind": "index_ema", "half_life": "5s"}))
    exchange = {
        "maintenance": draw(one_of({"rate": "0.5%"}, {"rate": "0.5%", "basis": "entry"})),
        "max_leverage": draw(one_of(None, 100)),
        "insurance_fund": draw(one_of(0, "20k", "1M")) if not inverse else draw(one_of(0, 2.5)),
        "adl": draw(st.booleans()),
        "liquidation": draw(
            one_of(
                {"policy": "market"},
                {"policy": "market", "delay": "3s"},
                {"policy": "limit"},
                {"policy": "paced", "half_life": "20s"},
                {"policy": "none"},
                {"policy": "market", "absorb": {"share": "50%", "capital": "1M" if not inverse else 100}},
            )
        ),
        "outages": draw(one_of([], [{"from": "25s", "to": "35s"}])),
        "halt": draw(one_of(None, {"move": "3%", "over": "30s", "for": "10s"})),
    }
    crowd = {"longs": draw(cohorts("long")), "more": draw(cohorts("long")), "shorts": draw(cohorts("short"))}
    flow = {"orders": SMALL["flow.orders"]}
    if draw(st.booleans()):
        flow["noise"] = {"notional_per_second": "100k"}
    return Scenario(
        name="drawn",
        clock=SMALL["clock"],
        market={
            "price": 8000,
            "contract": "inverse" if inverse else "linear",
            "book": book,
            "mark": mark,
            "index": {"path": path, "pull": {"half_life": "60s"}},
        },
        exchange=exchange,
        crowd={name: crowd[name] for name in draw(one_of(["longs", "shorts"], ["longs", "more", "shorts"], ["more"]))},
        flow=flow,
        record={"every": draw(one_of("1s", "7s"))},
    )


@settings(max_examples=60)
@given(scenarios(), st.integers(1, 3), one_of(1, 40_000, 10**8))
def test_a_batch_is_its_runs_one_by_one_whatever_the_rules_threads_and_blocks(scenario, threads, block_bytes):
    assert_same_as_one_by_one(scenario, SEEDS, threads=threads, block_bytes=block_bytes)


def test_threads_and_blocks_change_no_bit():
    scenario = crash(SMALL)
    seeds = range(60)
    whole = run_batch(scenario, seeds, block_bytes=10**9).outcomes
    assert whole["liquidations"].max() > 0
    for threads in (1, 2, 5):
        for block_bytes in (1, 100_000, 10**9):
            assert run_batch(scenario, seeds, threads, block_bytes).outcomes.tobytes() == whole.tobytes()


@pytest.mark.parametrize("socialised", [False, True])
def test_worlds_that_have_to_be_sorted_anew_are_finished_to_the_same_bits(socialised, monkeypatch):
    sorted_anew = []
    monkeypatch.setattr(batch, "sort_crowd", lambda world: (sorted_anew.append(world), sort_crowd(world)))
    changes = (
        {"exchange.adl": False, "exchange.insurance_fund": 0, "exchange.socialise": True} if socialised else FUNDED
    )
    found = assert_same_as_one_by_one(crash(SMALL | changes), (1, 2, 3))
    assert len(sorted_anew) == 3
    assert min(found["liquidated_count"]) > 0


def test_triggers_that_agree_to_a_part_in_a_billion_are_sorted_in_full(monkeypatch):
    """Prices by the thousand in one bucket of the radix sort, with two far ones that make the buckets wide."""
    near = {
        "kind": "points",
        "at": ["2%", "2.00000001%", "2.00000002%", "1400%"],
        "weights": [0.333, 0.333, 0.333, 0.001],
    }
    placed = {"side": "long", "traders": 2701, "open_interest": "3M", "liquidation": near | {"placed": "random"}}
    scenario = crash(SMALL | {"crowd.longs": None, "crowd.shorts": None, "crowd.near": placed})
    assert_same_as_one_by_one(scenario, (1, 2))
    built, in_full = build_crowds(scenario, (1, 2)), []
    monkeypatch.setattr(batch, "in_trigger_order", lambda *crowd: (in_full.append(crowd), in_trigger_order(*crowd))[1])
    together = in_trigger_orders(built, built.entry_price)
    assert len(in_full) == 2
    for world in range(2):
        columns = (getattr(built, name)[world] for name in ("trigger", "quantity", "bankruptcy", "entry_price"))
        alone = in_trigger_order(built.side, *columns)
        for one, other in zip(together[:4], alone[:4], strict=True):
            assert np.array_equal(one[world], other)


def test_a_crowd_that_owes_nothing_to_chance_is_built_once():
    even = {"kind": "uniform", "to": "8%"}
    cohort = {"side": "long", "traders": 300, "open_interest": "6M", "liquidation": even}
    changes = SMALL | {"crowd.longs": None, "crowd.shorts": None, "crowd.even": cohort}
    assert build_crowds(crash(changes), SEEDS).trigger.shape == (1, 300)
    assert_same_as_one_by_one(crash(changes))
    assert_same_as_one_by_one(crash(changes | {"market.index.path": {"kind": "constant"}, "flow.noise": None}))


def test_a_market_without_a_crowd_can_be_run_in_a_batch():
    assert_same_as_one_by_one(crash(SMALL | {"crowd.longs": None, "crowd.shorts": None}))


def test_with_a_batch_without_forced_selling_the_amplification_is_that_of_a_run():
    scenario = crash(SMALL | NO_FORCED_SELLING)
    without = run_batch(scenario.counterfactual("no_forced_selling"), SEEDS)
    keys = ("amplification", "max_drawdown", "feedback_share")
    found = summarise_many(run_batch(scenario, SEEDS), scenario, keys, without)
    runs = [cs.run(scenario, seed).summary for seed in SEEDS]
    assert found == {key: [summary[key] for summary in runs] for key in keys}
    assert None not in found["amplification"]


def test_no_seeds_give_an_empty_batch():
    scenario = crash(SMALL)
    assert summarise_many(run_batch(scenario, ()), scenario, ["max_drawdown"]) == {"max_drawdown": []}


def test_one_seed_whose_crowd_cannot_be_built_fails_the_batch():
    """Of four traders who draw a possible entry once in 200 times, some find none in some seeds."""
    entry, leverage = {"kind": "lognormal", "at": 9240, "width": "5%"}, {"kind": "fixed", "value": 50}
    cohort = {"side": "long", "traders": 4, "open_interest": "1M", "leverage": leverage, "entry": entry}
    scenario = crash(SMALL | {"crowd.longs": None, "crowd.shorts": None, "crowd.hard": cohort})
    failing = []
    for seed in range(12):
        try:
            build_crowd(scenario, seed)
        except ScenarioError:
            failing.append(seed)
    assert 0 < len(failing) < 12
    with pytest.raises(ScenarioError, match="found no possible position"):
        run_batch(scenario, range(12))
    assert_same_as_one_by_one(scenario, [seed for seed in range(12) if seed not in failing])


UNFIT = {
    "a liquidation map": {"record.heatmap": {"every": "10s"}},
    "stop-loss orders": {"crowd.longs.stop_loss": {"from": "1%", "to": "2%"}},
    "partial liquidation": {"exchange.liquidation": {"policy": "partial", "partial": {"by": "share", "share": "25%"}}},
    "a throttle": {"exchange.throttle": {"notional": "1M", "over": "1min"}},
    "too many traders": {"crowd.longs.traders": MOST_TRADERS},
}


@pytest.mark.parametrize("changes", UNFIT.values(), ids=UNFIT)
def test_what_needs_the_general_path_is_refused(changes):
    scenario = crash(SMALL | changes)
    assert not batchable(scenario)
    with pytest.raises(ValueError, match="one by one"):
        run_batch(scenario, (1,))


def test_every_field_of_an_outcome_is_a_plain_number():
    assert all(kind.kind in "if" for kind, _ in OUTCOME.fields.values())
