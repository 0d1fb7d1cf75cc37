"""The liquidation map of a run: which prices it covers, what its frames hold, and that it changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_runs import START, assert_same_frame, assert_same_run, crash, inverse

import cascade_sim as cs
from cascade_sim.crowd import build_crowd
from cascade_sim.engine.heatmap import choose_bins

RECORDED = {"record.heatmap": {"bins": 50, "every": "10s"}}


def edges(frame: pd.DataFrame) -> np.ndarray:
    width = frame.columns[1] - frame.columns[0]
    return np.append(frame.columns - width / 2, frame.columns[-1] + width / 2)


@pytest.fixture(scope="module")
def recorded() -> cs.Run:
    return cs.run(crash(RECORDED))


def test_a_run_without_a_wish_for_it_has_no_heatmap():
    assert cs.run(crash()).heatmap is None


def test_a_frame_is_stamped_with_its_end(recorded):
    times = recorded.heatmap.index
    assert times[0] == pd.Timestamp(START) + pd.Timedelta("10s")
    assert times[-1] == pd.Timestamp(START) + pd.Timedelta("10min")
    assert len(times) == 60
    assert recorded.heatmap.columns.name == "price"


def test_bins_are_round_and_equally_wide(recorded):
    width = np.diff(edges(recorded.heatmap))
    assert np.allclose(width, width[0], rtol=1e-12)
    power = 10.0 ** np.floor(np.log10(width[0]))
    assert min(abs(width[0] / power - factor) for factor in (1.0, 2.0, 2.5, 5.0)) < 1e-9
    assert edges(recorded.heatmap)[0] / width[0] == pytest.approx(round(edges(recorded.heatmap)[0] / width[0]))


def test_the_first_frame_is_the_crowd_less_what_fired(recorded):
    crowd, fired = recorded.crowd_map, recorded.liquidations
    early = fired[fired["tick"] < 10]
    assert len(early) == 0
    price = crowd["trigger_price"].to_numpy()
    expected = np.histogram(price, bins=edges(recorded.heatmap), weights=price * crowd["quantity"])[0]
    assert recorded.heatmap.iloc[0].to_numpy() == pytest.approx(expected, rel=1e-12)


def test_what_leaves_the_map_was_liquidated(recorded):
    """Nobody is deleveraged in this run, so the map loses what fires, at the price at which it fires."""
    assert recorded.timeline["adl"].sum() == 0.0
    fired = recorded.liquidations
    assert len(fired) > 50
    price = fired["trigger_price"].to_numpy()
    gone = np.histogram(price, bins=edges(recorded.heatmap), weights=price * fired["quantity"])[0]
    lost = (recorded.heatmap.iloc[0] - recorded.heatmap.iloc[-1]).to_numpy()
    assert lost == pytest.approx(gone, rel=1e-9, abs=1e-6)


def test_recording_a_heatmap_changes_nothing_else(recorded):
    plain = cs.run(crash())
    assert recorded.summary == plain.summary
    assert_same_frame(recorded.timeline, plain.timeline)
    assert_same_frame(recorded.liquidations, plain.liquidations)


def test_counterfactuals_have_their_own():
    run = cs.run(crash({**RECORDED, "compare.no_forced_selling": {"exchange.liquidation.policy": "none"}}))
    untouched = run.counterfactuals["no_forced_selling"].heatmap
    assert (untouched.iloc[0] == untouched.iloc[-1]).all()
    assert not (run.heatmap.iloc[0] == run.heatmap.iloc[-1]).all()


def test_a_saved_heatmap_comes_back_to_the_bit(recorded, tmp_path):
    recorded.save(tmp_path / "run")
    back = cs.Run.load(tmp_path / "run")
    assert_same_run(back, recorded)
    assert_same_frame(back.heatmap, recorded.heatmap)
    cs.run(crash()).save(tmp_path / "run")
    assert cs.Run.load(tmp_path / "run").heatmap is None


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_nearly_all_of_what_lies_near_is_covered(contract):
    scenario = crash({**RECORDED, **(inverse() if contract == "inverse" else {})})
    run = cs.run(scenario)
    crowd = run.crowd_map
    price, start = crowd["trigger_price"].to_numpy(), scenario.market.price
    near = np.abs(np.log(price / start)) < np.log(2.0)
    notional = crowd["quantity"] if contract == "inverse" else crowd["quantity"] * price
    assert run.heatmap.iloc[0].sum() > 0.97 * notional[near].sum()


def bins_of(changes: dict) -> tuple[float, float]:
    scenario = crash(changes)
    crowd = build_crowd(scenario, scenario.seed)
    bins = choose_bins(scenario.record.heatmap, scenario.market.price, crowd, np.array([7000.0, 9000.0]))
    return bins.low, bins.low + bins.width * bins.number


def test_the_index_path_is_covered_whatever_the_crowd_holds():
    low, high = bins_of({**RECORDED, "crowd.longs": None, "crowd.shorts": None})
    assert low <= 6300.0
    assert high >= 9900.0


def test_the_range_is_what_the_scenario_says():
    assert bins_of({"record.heatmap": {"from": 6000, "to": 8200, "bins": 110}}) == pytest.approx((6000.0, 8200.0))


def test_one_end_given_is_kept():
    assert bins_of({"record.heatmap": {"from": 6001}})[0] == pytest.approx(6001.0)
    assert bins_of({"record.heatmap": {"to": 9123}})[1] == pytest.approx(9123.0)
    low, high = bins_of({"record.heatmap": {"from": 20_000}})
    assert (low, high > low) == (20_000.0, True)


@pytest.mark.parametrize(
    ("heatmap", "words"),
    [
        ({"bins": 1}, "bins"),
        ({"every": "1.5s"}, "not a whole number of ticks"),
        ({"from": 9000, "to": 8000}, "not above 9000"),
        ({"from": 0}, "from"),
    ],
)
def test_a_map_that_cannot_be_kept_is_refused(heatmap, words):
    with pytest.raises(cs.ScenarioError, match=words):
        crash({"record.heatmap": heatmap})
