"""The crowd as one agent: it tells who stands where, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import crash

import cascade_sim as cs

pytest.importorskip("mesa")

from cascade_sim.mesa_bridge import CascadeModel, TraderAgent


def test_before_the_first_tick_it_is_the_crowd_that_was_built():
    scenario = crash()
    model, built = CascadeModel(scenario), cs.run(scenario).crowd_map
    frame = model.crowd.to_frame()
    assert len(model.crowd) == len(frame) == len(built) == 700
    assert np.array_equal(frame["quantity"], built["quantity"])
    assert np.array_equal(frame["trigger_price"], built["trigger_price"])
    assert (frame["side"] == np.where(built["side"] > 0, "long", "short")).all()
    assert model.crowd.open_interest == pytest.approx(built["quantity"].sum(), rel=1e-12)
    assert frame["trader"].tolist() == [*range(400), *range(300)]
    assert set(frame["trigger"]) == {"liquidation"}


def test_bankruptcy_lies_beyond_the_trigger_and_the_trigger_beyond_the_mark():
    model = CascadeModel(crash())
    frame = model.crowd.to_frame()
    long = frame["side"] == "long"
    sign = np.where(long, 1.0, -1.0)
    assert (sign * (frame["trigger_price"] - frame["bankruptcy_price"]) > 0).all()
    assert (sign * (model.market.mark - frame["trigger_price"]) > 0).all()


@pytest.mark.parametrize("with_strategy", [False, True])
@pytest.mark.parametrize("scenario", ["crash", "endogenous"])
def test_what_is_liquidatable_between_two_prices_is_what_the_frame_says(scenario, with_strategy):
    chosen = crash() if scenario == "crash" else cs.load_scenario("endogenous", {"clock.duration": "30min"})
    model = CascadeModel(chosen)
    if with_strategy:
        agent = TraderAgent(model, cash=1e6, leverage=5)
        agent.buy(notional=1e6)
    rng = np.random.default_rng(1)
    for _ in range(6):
        for _ in range(60):
            model.step()
        frame = model.crowd.to_frame()
        frame = frame[frame["trigger"] == "liquidation"]
        for _ in range(20):
            low, high = np.sort(model.market.mark * np.exp(rng.normal(0.0, 0.08, 2)))
            inside = frame["trigger_price"].between(low, high)
            wanted = frame.loc[inside, "quantity"].sum()
            assert model.crowd.liquidatable_between(low, high) == pytest.approx(wanted, rel=1e-12, abs=1e-12)


def test_both_ends_of_a_range_count():
    model = CascadeModel("textbook/two_clusters")
    frame = model.crowd.to_frame()
    near = frame["trigger_price"].max()
    at_it = frame.loc[frame["trigger_price"] == near, "quantity"].sum()
    assert at_it > 0.0
    assert model.crowd.liquidatable_between(near, near) == pytest.approx(at_it, rel=1e-12)
    assert model.crowd.liquidatable_between(near * (1 + 1e-12), near * 1.001) == 0.0


def test_open_interest_and_length_fall_with_liquidations_and_match_the_frame():
    model = CascadeModel(crash())
    before = len(model.crowd), model.crowd.open_interest
    model.run_model()
    frame = model.crowd.to_frame()
    assert len(model.crowd) == len(frame) < before[0]
    assert model.crowd.open_interest == pytest.approx(frame["quantity"].sum(), rel=1e-9)
    assert model.crowd.open_interest < before[1]


def test_a_strategys_position_is_not_the_crowds():
    model = CascadeModel("textbook/two_clusters", overrides={"flow.orders.0.at": "1h"})
    count, interest = len(model.crowd), model.crowd.open_interest
    agent = TraderAgent(model, cash=1e6, leverage=10)
    agent.buy(notional=5e6)
    model.step()
    assert agent.position > 0.0
    assert len(model.crowd) == len(model.crowd.to_frame()) == count
    assert model.crowd.open_interest == pytest.approx(interest, rel=1e-12)
    assert model.run.timeline["open_interest"].iloc[-1] == pytest.approx(interest + agent.position, rel=1e-12)


def test_a_sample_is_drawn_without_replacement_and_the_same_for_a_seed():
    first, second = (CascadeModel(crash(), seed=2).crowd.sample(50) for _ in range(2))
    assert first.equals(second)
    assert len(first.drop_duplicates(["cohort", "trader"])) == 50
    assert len(CascadeModel(crash()).crowd.sample(10_000)) == 700
