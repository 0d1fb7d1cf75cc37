import math

import pytest

pytest.importorskip("mesa", reason="the model is one of Mesa's: pip install -e '.[mesa]'")

from cascade_sim.mesa_bridge import CascadeModel, TraderAgent
from cascade_sim.mesa_bridge.collector import STATEMENT


class InAndOut(TraderAgent):
    """Buys and sells in turns of a minute; at its leverage a fall liquidates it."""

    def step(self):
        if self.tick % 60 == 7 * self.account and self.available > 0.01 * self.deposit:
            worth = self.available * (self.mark if self.market.inverse else 1.0)
            (self.sell if self.account % 2 else self.buy)(notional=5.0 * worth)
        elif self.tick % 60 == 30 + self.account:
            self.close()


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_collected_accounts_are_what_each_account_says(contract):
    money = 1e3 if contract == "inverse" else 1e5
    model = CascadeModel("textbook/two_clusters", overrides={"market.contract": contract})
    kinds = [InAndOut(model, cash=money * (1 + place), leverage=10.0) for place in range(4)]
    said = []
    while model.running:
        model.step()
        said += [tuple(getattr(strategy, name) for name in STATEMENT) for strategy in kinds]
    frame = model.datacollector.get_agent_vars_dataframe()[list(STATEMENT)]
    collected = list(frame.itertuples(index=False, name=None))
    assert len(collected) == len(said)
    for one, other in zip(collected, said, strict=True):
        assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(one, other, strict=True))
    assert (frame["position"] > 0).any()
    assert (frame["position"] < 0).any()
    assert frame["liquidations"].max() >= 1
