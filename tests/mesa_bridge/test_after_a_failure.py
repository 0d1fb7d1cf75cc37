import pytest

pytest.importorskip("mesa", reason="the model is one of Mesa's: pip install -e '.[mesa]'")

import cascade_sim as cs
from cascade_sim.mesa_bridge import CascadeModel, StrategyError, TraderAgent


class FailsOnce(TraderAgent):
    failed = False

    def step(self):
        if self.tick == 5 and not self.failed:
            self.failed = True
            raise ValueError("a slip")


def test_a_model_goes_on_with_the_tick_in_which_a_strategy_failed():
    model = CascadeModel("textbook/two_clusters")
    FailsOnce(model, cash=1e6)
    with pytest.raises(StrategyError, match="FailsOnce 2 in tick 5: step raised ValueError: a slip"):
        model.run_model()
    assert model.ticks_done == 5
    model.step()
    assert model.ticks_done == 6
    model.run_model()
    untouched = cs.run(cs.load_scenario("textbook/two_clusters"), counterfactuals=False)
    assert (model.run.timeline["mark"].to_numpy() == untouched.timeline["mark"].to_numpy()).all()


class Buys(TraderAgent):
    def step(self):
        self.buy(10)


class InOrder(CascadeModel):
    def act(self):
        self.strategies.do("step")


def test_a_tick_that_is_tried_again_has_everybodys_orders_once():
    model = InOrder("textbook/two_clusters")
    buyer = Buys(model, cash=1e6)
    FailsOnce(model, cash=1e6)
    with pytest.raises(StrategyError):
        model.run_model()
    assert not buyer.open_orders
    model.step()
    assert buyer.position == 60.0
