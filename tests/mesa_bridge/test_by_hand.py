import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mesa", reason="the model by hand is one of Mesa's: pip install -e '.[mesa]'")

from naive import mesa_by_hand

import cascade_sim as cs
from cascade_sim.crowd import build_crowd

ROOT = Path(__file__).resolve().parents[2]
SAME = {"mark": "mark", "bid": "bid", "ask": "ask", "fund": "insurance_fund", "round": "rounds"}
FALL_AND_SQUEEZE = cs.Scenario(
    name="A fall and a squeeze",
    clock={"duration": "10min", "tick": "1s"},
    market={
        "price": 100,
        "book": {
            "shape": "linear",
            "depth": {"within": "1%", "notional": "2M"},
            "half_spread": "0.01%",
            "refill": {"half_life": "2min"},
        },
        "index": {"path": {"kind": "gbm", "volatility": "20%"}},
    },
    exchange={"maintenance": {"rate": "1%"}, "insurance_fund": "50M", "adl": False},
    crowd={
        "longs": {
            "side": "long",
            "traders": 200,
            "open_interest": "10M",
            "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.5},
            "size": {"kind": "pareto", "exponent": 1.5},
        },
        "shorts": {
            "side": "short",
            "traders": 150,
            "open_interest": "8M",
            "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.5},
        },
    },
    flow={"orders": [{"at": "1min", "sell": "7M", "over": "20s"}, {"at": "5min", "buy": "15M", "over": "20s"}]},
)


def both(scenario, seed):
    """Return the model by hand and the engine's run, both at their end."""
    model = mesa_by_hand.Market(scenario, seed)
    model.run_model()
    return model, cs.run(scenario, seed, counterfactuals=False)


def assert_the_same(model, run, seed):
    """Every tick's prices, fund and rounds to the bit; who was liquidated, in which tick and round, in their order."""
    frame = model.datacollector.get_model_vars_dataframe()
    for name, column in SAME.items():
        np.testing.assert_array_equal(frame[name].to_numpy(), run.timeline[column].to_numpy(), err_msg=name)
    tick, of_tick, number = np.array(model.liquidations, np.int64).reshape(-1, 3).T
    crowd = build_crowd(run.scenario, seed)
    np.testing.assert_array_equal(tick, run.liquidations["tick"])
    np.testing.assert_array_equal(of_tick, run.liquidations["round"])
    np.testing.assert_array_equal(crowd.cohort_of(number), run.liquidations["cohort"].cat.codes)
    np.testing.assert_array_equal(crowd.trader_of(number), run.liquidations["trader"])


@pytest.mark.parametrize("seed", range(5))
def test_one_agent_a_trader_gives_the_prices_and_liquidations_of_the_engine_to_the_bit(seed):
    model, run = both(FALL_AND_SQUEEZE, seed)
    assert_the_same(model, run, seed)
    assert set(run.liquidations["side"]) == {"long", "short"}
    assert run.timeline["rounds"].max() >= 3
    assert run.timeline["insurance_fund"].min() > 0.0


@pytest.mark.parametrize("name", ["two_clusters", "short_squeeze"])
def test_cascades_of_the_textbook_come_out_by_hand_too(name):
    traders = {f"crowd.{cohort}.traders": 400 for cohort in cs.load_scenario(f"textbook/{name}").crowd}
    fund = {"exchange.adl": False, "exchange.insurance_fund": "1B"}
    scenario = cs.load_scenario(f"textbook/{name}").with_overrides(traders | fund)
    model, run = both(scenario, 0)
    assert_the_same(model, run, 0)
    assert len(model.liquidations) + len(model.agents) == len(build_crowd(scenario, 0))
    assert len(model.liquidations) >= 100


def test_a_rule_that_the_page_leaves_out_is_seen_in_the_prices():
    changed = FALL_AND_SQUEEZE.with_overrides({"market.book.refill.permanent": "10%"})
    model, run = both(changed, 0)
    mark = model.datacollector.get_model_vars_dataframe()["mark"].to_numpy()
    assert np.abs(mark / run.timeline["mark"].to_numpy() - 1.0).max() > 1e-3


def test_the_notebook_shows_the_page_that_is_tested():
    notebook = json.loads((ROOT / "notebooks" / "07_mesa_by_hand.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    page = Path(mesa_by_hand.__file__).read_text(encoding="utf-8")
    assert page.strip() in cells, "copy tests/naive/mesa_by_hand.py into the cell that defines the model"
