"""A scenario as a Mesa model is the same run, bit for bit, as long as no strategy trades."""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from small_runs import POLICIES, assert_same_frame, crash, inverse

import cascade_sim as cs

pytest.importorskip("mesa")

from cascade_sim.mesa_bridge import CascadeModel, TraderAgent
from cascade_sim.mesa_bridge.passed_over import passed_over


class Idle(TraderAgent):
    """Looks at everything and does nothing."""

    def step(self):
        self.seen = (
            self.mark,
            self.mid,
            self.index,
            self.depth,
            self.position,
            self.cash,
            self.equity,
            self.open_orders,
        )


def assert_same(model: CascadeModel, scenario: cs.Scenario, seed: int | None = None) -> None:
    expected = cs.run(scenario, seed, counterfactuals=False)
    run = model.run
    assert_same_frame(run.timeline, expected.timeline)
    cohort = run.liquidations["cohort"].cat.set_categories(expected.liquidations["cohort"].cat.categories)
    assert_same_frame(run.liquidations.assign(cohort=cohort), expected.liquidations)
    assert run.summary == expected.summary
    assert_same_frame(run.crowd_map, expected.crowd_map)


def test_two_hours_of_march_2020_are_the_run_bit_for_bit():
    scenario = cs.load_scenario("march_2020", {"clock.duration": "2h"})
    model = CascadeModel(scenario)
    model.run_model()
    assert model.steps == 7_200
    assert len(model.run.liquidations) > 0
    assert_same(model, scenario)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("policy", POLICIES)
def test_strategies_that_send_nothing_change_no_bit(policy, contract):
    changes = inverse() if contract == "inverse" else {}
    scenario = crash(changes | {"exchange.liquidation": POLICIES[policy], "record.every": "7s"})
    model = CascadeModel(scenario, seed=5)
    strategies = [Idle(model, cash=1_000.0) for _ in range(3)]
    model.run_model()
    assert all(strategy.equity == 1_000.0 for strategy in strategies)
    assert len(model.run.liquidations) > 0
    assert_same(model, scenario, 5)


def test_positions_whose_terms_change_are_the_run_bit_for_bit():
    scenario = cs.load_scenario("endogenous", {"clock.duration": "20min"})
    model = CascadeModel(scenario)
    Idle(model, cash=1.0)
    model.run_model()
    assert_same(model, scenario)


@pytest.mark.parametrize("every", ["1s", "7s"])
def test_the_data_collector_has_the_timeline_tick_by_tick(every):
    model = CascadeModel(crash({"record.every": every}))
    model.run_model()
    collected = model.datacollector.get_model_vars_dataframe()
    expected = cs.run(crash({"record.every": "1s"})).timeline
    assert set(collected.columns) == set(expected.columns)
    for column in expected.columns:
        wanted, found = expected[column].to_numpy(), collected[column].to_numpy()
        if every == "1s":
            assert np.array_equal(found, wanted), column
        elif column != "ledger_error":  # sums of a row, taken apart again: to rounding
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9, err_msg=column)


def test_the_run_so_far_is_the_first_part_of_the_whole_run():
    model = CascadeModel(crash())
    for _ in range(200):
        model.step()
    assert model.running
    assert len(model.run.timeline) == 200
    assert_same_frame(model.run.timeline, cs.run(crash()).timeline.iloc[:200])


def test_the_model_stops_at_the_end_of_the_clock_and_stays_there():
    model = CascadeModel(crash())
    model.run_model()
    assert not model.running
    before = model.world.state.tobytes()
    model.step()
    assert not model.running
    assert model.world.state.tobytes() == before


class Impatient(TraderAgent):
    """Presses Ctrl-C in its 101st step, once."""

    pressed = False

    def step(self):
        if self.tick == 100 and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(("timeout", "done"), [(10.0, 101), (None, 100)])
def test_a_run_that_is_interrupted_while_strategies_act_goes_on_to_the_same_bits(timeout, done):
    model = CascadeModel(crash(), step_timeout=timeout)
    Impatient(model, cash=1.0)
    with pytest.raises(KeyboardInterrupt):
        model.run_model()
    assert model.market.tick == len(model.datacollector.get_model_vars_dataframe()) == done
    model.run_model()
    assert_same(model, crash())


def test_a_run_that_is_interrupted_while_a_tick_is_collected_has_that_tick_whole():
    pressed = []

    def press(model):
        if model.market.tick == 200 and not pressed:
            pressed.append(True)
            signal.raise_signal(signal.SIGINT)

    model = CascadeModel(crash(), model_reporters={"press": press})
    with pytest.raises(KeyboardInterrupt):
        model.run_model()
    assert model.market.tick == len(model.datacollector.get_model_vars_dataframe()) == 200
    model.run_model()
    assert len(model.datacollector.get_model_vars_dataframe()) == 600
    assert_same(model, crash())


def test_the_seed_is_the_scenarios_unless_another_is_given():
    scenario = crash()
    assert CascadeModel(scenario).seed == scenario.seed
    assert CascadeModel(scenario, seed=9).seed == CascadeModel(scenario, rng=9).seed == 9
    assert CascadeModel(scenario, np.int64(4)).seed == 4
    with pytest.raises(cs.StrategyError, match="give one of them"):
        CascadeModel(scenario, seed=1, rng=2)
    with pytest.raises(cs.StrategyError, match="whole number"):
        CascadeModel(scenario, seed=1.5)


def test_mesa_passes_over_the_models_scenario_and_it_is_still_one():
    scenario = crash()
    quiet = passed_over(scenario)
    assert not quiet
    assert isinstance(quiet, cs.Scenario)
    assert quiet.hash == scenario.hash
    assert quiet.with_overrides({"seed": 9}).seed == 9
    assert_same_frame(cs.run(quiet).timeline, cs.run(scenario).timeline)


def test_solara_viz_builds_the_model_anew_with_its_scenario_and_its_sliders():
    viz = pytest.importorskip("mesa.visualization.solara_viz", reason="needs solara")
    model = CascadeModel("uncertain_market", leverage=9)
    chosen = {"scenario": "uncertain_market", "leverage": 7}
    if not hasattr(viz, "_build_model_init_kwargs"):  # before Mesa 3.5
        viz._check_model_params(type(model).__init__, chosen)
    else:
        viz._check_model_params(model, chosen)
        rules = {"add_scenario_when_empty": True, "require_model_accepts_scenario": True}
        assert viz._build_model_init_kwargs(model, chosen, **rules) == chosen
    assert type(model)(**chosen).scenario.crowd["longs"].leverage.mean == 7.0


def test_parameters_and_overrides_change_the_scenario():
    model = CascadeModel("uncertain_market", overrides={"clock.duration": "1min"}, depth=5e6, leverage=7)
    assert model.scenario.clock.duration == 60.0
    assert model.scenario.market.book.depth.notional == 5e6
    assert model.scenario.crowd["longs"].leverage.mean == 7.0


def test_a_wrong_parameter_says_what_to_change():
    with pytest.raises(cs.ScenarioError, match=r"^leverage=0\.5 crowd.longs.leverage.mean: .*below 1"):
        CascadeModel("uncertain_market", leverage=0.5)


class Recorder(TraderAgent):
    def step(self):
        self.model.order.append(self.unique_id)


def test_strategies_act_in_an_order_drawn_anew_every_tick_and_the_same_for_a_seed():
    def orders(seed: int) -> list[list[int]]:
        model, found = CascadeModel(crash(), seed=seed), []
        for _ in range(5):
            Recorder(model, cash=1.0)
        for _ in range(20):
            model.order = []
            model.step()
            found.append(model.order)
        return found

    first = orders(1)
    assert first == orders(1)
    assert len({tuple(order) for order in first}) > 10
    assert all(sorted(order) == sorted(first[0]) for order in first)


def test_another_schedule_is_one_method():
    class InTurn(CascadeModel):
        def act(self):
            self.agents_by_type[Recorder].do("step")

    model = InTurn(crash())
    ids = [Recorder(model, cash=1.0).unique_id for _ in range(4)]
    model.order = []
    model.step()
    assert model.order == ids


def test_agents_do_may_call_every_agent_of_the_model():
    class Everybody(CascadeModel):
        def act(self):
            self.agents.do("step")

    model = Everybody(crash())
    agent = Recorder(model, cash=1.0)
    model.order = []
    model.step()
    assert model.order == [agent.unique_id]


def test_strategies_accounts_are_collected_one_row_a_tick():
    model = CascadeModel(crash(), agent_reporters={"name": lambda agent: type(agent).__name__})
    agents = [Idle(model, cash=cash) for cash in (5.0, 6.0)]
    for _ in range(3):
        model.step()
    frame = model.datacollector.get_agent_vars_dataframe()
    assert len(frame) == 6
    assert frame.loc[(slice(None), agents[1].unique_id), "cash"].tolist() == [6.0] * 3
    assert set(frame["name"]) == {"Idle"}
    assert {"position", "equity", "profit", "collateral", "liquidation_price", "liquidations"} <= set(frame.columns)


def test_model_reporters_stand_beside_the_timeline():
    model = CascadeModel(crash(), model_reporters={"left": lambda m: len(m.crowd)})
    for _ in range(3):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["left"].tolist() == [700, 700, 700]
    assert frame["tick"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["mark", "tick", "bid_depth"])
def test_a_model_reporter_may_not_have_the_name_of_a_column(name):
    with pytest.raises(cs.StrategyError, match=f"model reporter '{name}'"):
        CascadeModel(crash(), model_reporters={name: lambda model: 0})


def test_an_agent_reporter_may_not_have_the_name_of_an_account_column():
    with pytest.raises(cs.StrategyError, match="agent reporter 'equity'"):
        CascadeModel(crash(), agent_reporters={"equity": lambda agent: 0})


def test_the_package_does_not_import_mesa():
    program = "import sys, cascade_sim, cascade_sim.cli; sys.exit('mesa' in sys.modules or 'solara' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_strategies_that_join_late_need_room():
    model = CascadeModel(crash())
    model.step()
    with pytest.raises(cs.StrategyError, match="room=1"):
        Idle(model, cash=1.0)
    assert len(model.strategies) == 0
    roomy = CascadeModel(crash(), room=1)
    roomy.step()
    late, mark = Idle(roomy, cash=7.0), roomy.market.mark
    roomy.step()
    assert late.cash == 7.0
    assert late.seen[0] == mark != late.mark


def test_a_strategy_made_after_a_look_at_the_market_has_its_cash():
    model = CascadeModel(crash())
    price = model.market.mark
    agents = [Idle(model, cash=cash) for cash in (1.0, 2.0)]
    assert model.market.mark == price
    assert [agent.cash for agent in agents] == [1.0, 2.0]


def test_an_empty_market_needs_no_crowd_to_be_left():
    model = CascadeModel("textbook/two_clusters")
    model.run_model()
    assert len(model.crowd) == 0
    assert model.crowd
    assert isinstance(model.crowd.to_frame(), pd.DataFrame)
