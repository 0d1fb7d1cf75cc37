import numpy as np
import pytest

pytest.importorskip("mesa")

from strategy_markets import mid_after, quiet, sales, ticks

from cascade_sim.mesa_bridge.strategies import IndexArbitrageur, MomentumTrader

FALL = sales(60, 30, "2M")
WAVES = [{"at": f"{20 + 40 * k}s", "sell" if k % 2 else "buy": "30M", "over": "10s"} for k in range(7)]


def run(orders):
    model = quiet(orders)
    model.run_model()
    return model


def gaps(model):
    line = model.run.timeline
    return np.abs(np.log(line["mid"] / line["index"]))


def test_a_momentum_trader_deepens_a_fall():
    alone = run(FALL)
    model = quiet(FALL)
    trader = MomentumTrader(model, cash=10e6, position_limit=200_000)
    held = [trader.position for _ in ticks(model)]
    assert model.run.summary["max_drawdown"] > 1.1 * alone.run.summary["max_drawdown"]
    assert min(held) == held[-1] == pytest.approx(-200_000)
    sold = -model.run.timeline["flow"].sum()
    assert trader.mid == pytest.approx(mid_after(-200_000 - sold), rel=1e-9)
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_momentum_trader_keeps_to_its_limit_and_its_order_size():
    model = quiet(WAVES)
    trader = MomentumTrader(model, cash=10e6, position_limit=100_000, size=7_000)
    held = np.array([0.0, *(trader.position for _ in ticks(model))])
    assert np.abs(held).max() <= 100_000 * (1.0 + 1e-12)
    assert np.abs(np.diff(held)).max() <= 7_000 * (1.0 + 1e-9)
    assert held.min() < 0.0 < held.max()


def test_a_momentum_trader_in_a_flat_market_does_nothing():
    model = quiet()
    trader = MomentumTrader(model, cash=1e6, position_limit=10_000)
    model.run_model()
    assert trader.equity == 1e6


def test_an_arbitrageur_narrows_the_gap():
    alone = run(WAVES)
    model = quiet(WAVES)
    trader = IndexArbitrageur(model, cash=50e6, position_limit=2e6)
    model.run_model()
    assert gaps(model).mean() < 0.8 * gaps(alone).mean()
    assert model.run.summary["conservation_error"] < 1e-9
    assert trader.liquidations == 0


def test_an_arbitrageur_opens_beyond_its_costs_only_and_gains_while_the_index_stands():
    costs = 0.002
    model = quiet(WAVES)
    trader = IndexArbitrageur(model, cash=50e6, position_limit=2e6, costs=costs)
    for _ in ticks(model):
        if trader.position > 0.0:
            assert trader.entry_price <= 100.0 * np.exp(-costs) * (1.0 + 1e-12)
        elif trader.position < 0.0:
            assert trader.entry_price >= 100.0 * np.exp(costs) * (1.0 - 1e-12)
    assert trader.cash + trader.collateral > 50e6


def test_an_arbitrageur_leaves_a_gap_below_its_costs():
    model = quiet(WAVES)
    trader = IndexArbitrageur(model, cash=50e6, position_limit=2e6, costs=0.1)
    model.run_model()
    assert trader.equity == 50e6


def test_an_arbitrageur_never_exceeds_its_limit():
    model = quiet(WAVES)
    trader = IndexArbitrageur(model, cash=50e6, position_limit=50_000)
    held = [abs(trader.position) for _ in ticks(model)]
    assert max(held) == pytest.approx(50_000)
