from __future__ import annotations

import math

import numpy as np
import pytest

from cascade_sim.crowd import build_crowd, crowd_map, generate
from cascade_sim.errors import ScenarioError
from cascade_sim.mechanics.margin import bankruptcy_price, liquidation_price

RULES = {"maintenance": {"rate": "0.5%"}, "max_leverage": 100}
WILD = {
    "leverage": {"kind": "lognormal", "mean": 15, "sigma": 1.0},
    "entry": {"kind": "lognormal", "width": "4%", "snap": {"to": 100, "share": "20%"}},
    "size": {"kind": "pareto", "exponent": 1.3},
}
MAP = {"leverage": None, "liquidation": {"kind": "uniform", "to": "10%", "placed": "random"}}


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.columns(), other.columns(), strict=True))


@pytest.fixture
def mixed(longs):
    return {
        "calm": longs(),
        "wild": longs(**WILD),
        "shorts": longs(side="short", traders=5000, **WILD),
        "mapped": longs(traders=3000, **MAP),
    }


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_every_cohort_has_its_open_interest(venue, mixed, contract):
    crowd = build_crowd(venue(mixed, contract=contract, **RULES), 1)
    for name in mixed:
        rows = crowd.cohort(name)
        notional = rows.quantity if contract == "inverse" else rows.quantity * rows.entry_price
        assert math.fsum(notional) == pytest.approx(100e6, rel=1e-12)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("basis", ["mark", "entry"])
def test_nobody_is_liquidatable_at_the_start(venue, mixed, contract, basis):
    rules = RULES | {"maintenance": {"tiers": [(0, "0.5%"), ("50k", "2%")], "basis": basis}}
    crowd = build_crowd(venue(mixed, contract=contract, **rules), 1)
    assert np.all(crowd.trigger[crowd.side > 0] < 8000)
    assert np.all(crowd.trigger[crowd.side < 0] > 8000)
    assert np.all(np.isfinite(crowd.bankruptcy))
    assert np.all(crowd.quantity > 0)
    assert np.all(crowd.collateral > 0)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_triggers_and_bankruptcies_are_those_of_the_margin_rules(venue, mixed, contract):
    crowd = build_crowd(venue(mixed, contract=contract, **RULES), 1)
    given = crowd.side, crowd.quantity, crowd.entry_price, crowd.collateral
    prices = liquidation_price(*given, rate=0.005, contract=contract)
    np.testing.assert_allclose(crowd.trigger, prices, rtol=1e-13)
    value = crowd.bankruptcy if contract == "linear" else -1 / crowd.bankruptcy
    ruin = bankruptcy_price(*given, contract=contract)
    np.testing.assert_allclose(value[np.isfinite(ruin)], ruin[np.isfinite(ruin)], rtol=1e-12)


def test_leverage_stays_within_one_and_the_venue_maximum(venue, mixed):
    scenario = venue(mixed, **RULES)
    columns = crowd_map(build_crowd(scenario, 1), scenario)
    drawn = columns["cohort"] != "mapped"
    assert columns["leverage"][drawn].min() >= 1 - 1e-12
    assert columns["leverage"][drawn].max() <= 100 * (1 + 1e-12)


def test_same_seed_gives_the_same_bits_and_another_seed_another_crowd(venue, mixed):
    scenario = venue(mixed, **RULES)
    assert same(build_crowd(scenario, 9), build_crowd(scenario, 9))
    assert not same(build_crowd(scenario, 9), build_crowd(scenario, 10))


def test_adding_or_changing_a_cohort_leaves_the_others_as_they_were(venue, mixed, longs):
    before = build_crowd(venue(mixed, **RULES), 1)
    changed = {"new": longs(**WILD)} | mixed | {"calm": longs(traders=123, **WILD)}
    after = build_crowd(venue(changed, **RULES), 1)
    assert after.cohort_names == ["new", "calm", "wild", "shorts", "mapped"]
    for name in ("wild", "shorts", "mapped"):
        assert same(before.cohort(name), after.cohort(name))
    assert not same(after.cohort("new"), after.cohort("wild"))


def test_leverage_cap_changes_nobody_whom_it_does_not_concern(venue, longs):
    """Also where traders are drawn again: a trader's luck is its own, turn by turn."""
    capped_leverage = WILD["leverage"] | {"cap": 20}
    free = build_crowd(venue({"c": longs(**WILD)}, **RULES), 1)
    capped = build_crowd(venue({"c": longs(**WILD | {"leverage": capped_leverage})}, **RULES), 1)
    before, after = (crowd.quantity * crowd.entry_price / crowd.collateral for crowd in (free, capped))
    assert np.sum(before > 20) > 1000
    assert after.max() <= 20 * (1 + 1e-12)
    differs = (free.trigger != capped.trigger) | (free.entry_price != capped.entry_price)
    held_by_the_cap = np.isclose(after, 20, rtol=1e-12)
    assert not np.any(differs & ~held_by_the_cap)
    assert np.mean(differs) < 0.5


def test_rows_do_not_depend_on_the_block_they_are_built_in(venue, mixed, monkeypatch):
    scenario = venue(mixed, **RULES)
    whole = build_crowd(scenario, 1)
    monkeypatch.setattr(generate, "BLOCK", 777)
    assert same(whole, build_crowd(scenario, 1))


def test_fewer_traders_are_the_first_of_the_many_up_to_scale(venue, longs):
    many, few = (build_crowd(venue({"c": longs(traders=n, **WILD)}, **RULES), 1) for n in (40_000, 1000))
    np.testing.assert_array_equal(few.entry_price, many.entry_price[:1000])
    np.testing.assert_allclose(few.trigger, many.trigger[:1000], rtol=1e-12)


def test_cohorts_are_contiguous_and_an_empty_crowd_is_legal(venue, mixed):
    crowd = build_crowd(venue(mixed, **RULES), 1)
    assert crowd.cohort_start.tolist() == [0, 20_000, 40_000, 45_000, 48_000]
    assert crowd.cohort_start.dtype == np.int64
    assert (crowd.side.dtype, crowd.quantity.dtype) == (np.int8, np.float64)
    assert crowd.nbytes == 41 * len(crowd)
    empty = build_crowd(venue({}), 1)
    assert len(empty) == 0
    assert empty.cohort_start.tolist() == [0]


def test_crowd_map_has_names_prices_and_leverage(venue, longs):
    scenario = venue({"a": longs(traders=3), "b": longs(side="short", traders=2)}, contract="inverse")
    columns = crowd_map(build_crowd(scenario, 1), scenario)
    assert list(columns) == ["side", "trigger_price", "quantity", "leverage", "cohort"]
    assert columns["cohort"].tolist() == ["a", "a", "a", "b", "b"]
    assert columns["side"].tolist() == [1, 1, 1, -1, -1]
    np.testing.assert_allclose(columns["leverage"], 5, rtol=1e-14)
    np.testing.assert_allclose(columns["trigger_price"], [8000 * 5 / 6] * 3 + [8000 * 5 / 4] * 2, rtol=1e-14)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"entry": {"kind": "lognormal", "width": "0.1%", "at": 20_000}},
            r"crowd\.c\.entry: 20,000 of 20,000 .*in 500 draws.*nearer to market\.price",
        ),
        (
            {"leverage": {"kind": "beta", "high": 300, "a": 500, "b": 500}},
            r"crowd\.c\.leverage: .*above exchange\.max_leverage of 100.*raise exchange\.max_leverage",
        ),
    ],
)
def test_a_cohort_that_nobody_can_join_is_refused_with_its_key(venue, longs, changes, message):
    rules = {"maintenance": {"rate": "1%"}, "max_leverage": 100}
    with pytest.raises(ScenarioError, match=message):
        build_crowd(venue({"c": longs(**changes)}, **rules), 1)


def test_a_cohort_without_chance_is_refused_at_once(venue, longs):
    tiers = [(0, "0.5%"), ("1k", "30%")]
    message = r"crowd\.c\.entry: 20,000 of 20,000 .*however often it is drawn: liquidatable by the start, at 8000"
    with pytest.raises(ScenarioError, match=message):
        build_crowd(venue({"c": longs()}, maintenance={"tiers": tiers}), 1)
