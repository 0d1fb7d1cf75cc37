"""All six shipped strategies beside each other, in one small crash."""

import importlib
import math

import pytest

pytest.importorskip("mesa")

from small_runs import assert_same_run, crash, inverse

from cascade_sim.mesa_bridge import CascadeModel, StrategyError, TraderAgent, strategies
from cascade_sim.mesa_bridge.strategies import (
    BackstopBidder,
    DipBuyer,
    IndexArbitrageur,
    LiquidationHunter,
    MarketMaker,
    MomentumTrader,
)

# Money and sizes: about 2 % of the crowd each. Inverse contracts count both otherwise.
LINEAR = 200_000, 10.0
INVERSE = 25.0, 80_000.0


def six(changes=None, seed=5):
    scenario = crash({"exchange.insurance_fund": "2M"} | (changes or {}))
    model = CascadeModel(scenario, seed=seed)
    cash, size = INVERSE if scenario.market.contract == "inverse" else LINEAR
    MarketMaker(model, cash, size=0.1 * size, inventory_limit=size)
    DipBuyer(model, cash)
    MomentumTrader(model, cash, position_limit=size)
    IndexArbitrageur(model, cash, position_limit=size)
    LiquidationHunter(model, 2.0 * cash)
    BackstopBidder(model, cash)
    return model


def state_of(trader):
    return trader.cash, trader.position, trader.equity, trader.liquidations


@pytest.fixture(scope="module")
def both():
    models = six(), six()
    for model in models:
        model.run_model()
    return models


def test_the_same_seed_gives_the_same_run_twice(both):
    one, other = both
    assert_same_run(one.run, other.run)
    assert [state_of(trader) for trader in one.strategies] == [state_of(trader) for trader in other.strategies]


def test_another_seed_gives_another_run(both):
    model = six(seed=6)
    model.run_model()
    assert model.run.summary["max_drawdown"] != both[0].run.summary["max_drawdown"]


def test_the_ledger_closes_with_all_six(both):
    assert both[0].run.summary["conservation_error"] < 1e-9
    assert both[0].run.summary["quantity_error"] < 1e-9


def test_each_of_the_six_trades_in_the_crash(both):
    for trader in both[0].strategies:
        assert trader.profit != 0.0, type(trader).__name__


def test_all_six_run_on_an_inverse_contract():
    model = six(inverse() | {"exchange.insurance_fund": 250})
    model.run_model()
    assert model.run.summary["conservation_error"] < 1e-9
    assert sum(trader.profit != 0.0 for trader in model.strategies) >= 5


def test_a_halt_makes_no_strategy_pile_up_orders():
    model = six({"exchange.halt": {"move": "2%", "over": "1min", "for": "2min"}})
    while model.running:
        model.step()
        assert all(len(trader.open_orders) < 20 for trader in model.strategies)
    assert model.run.timeline["halted"].any()


BOOKS = {
    "square root": {"shape": "power", "exponent": 2, "depth": {"within": "1%", "notional": "2M"}},
    "table that ends": {"shape": "table", "levels": [[0.01, 250], [0.05, 2_500]]},
    "linear book that ends": {"shape": "linear", "depth": {"within": "1%", "notional": "2M", "until": "6%"}},
    "no impact": {"shape": "infinite"},
}


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_all_six_run_in_any_book(book):
    model = six({"market.book": book, "clock.duration": "5min"})
    model.run_model()
    assert model.run.summary["conservation_error"] < 1e-9


@pytest.mark.parametrize("mark", ["mid", "index", "index_ema"])
def test_all_six_run_under_any_mark(mark):
    model = six({"market.mark": {"kind": mark}, "clock.duration": "5min"})
    model.run_model()
    assert model.run.summary["conservation_error"] < 1e-9


def test_strategies_that_have_lost_everything_stand_by_and_the_run_goes_on():
    model = CascadeModel(crash(), seed=5)
    ruined = [strategy(model, 0.0) for strategy in (DipBuyer, LiquidationHunter, BackstopBidder)]
    ruined += [strategy(model, 0.0, position_limit=1.0) for strategy in (MomentumTrader, IndexArbitrageur)]
    ruined.append(MarketMaker(model, 0.0, size=1.0, inventory_limit=10.0))
    model.run_model()
    assert not model.running
    assert all(trader.equity == 0.0 and not trader.open_orders for trader in ruined)


@pytest.mark.parametrize(
    ("strategy", "settings", "named"),
    [
        (MarketMaker, {"size": 0.0, "inventory_limit": 1.0}, "size is 0.0"),
        (MarketMaker, {"size": 1.0, "inventory_limit": math.nan}, "inventory_limit is nan"),
        (DipBuyer, {"dip": 1.5}, "dip is 1.5"),
        (DipBuyer, {"steps": 0}, "steps is 0"),
        (MomentumTrader, {"position_limit": -1.0}, "position_limit is -1.0"),
        (IndexArbitrageur, {"position_limit": math.inf}, "position_limit is inf"),
        (LiquidationHunter, {"rung": 0.0}, "rung is 0.0"),
        (BackstopBidder, {"nearest": -0.1}, "nearest is -0.1"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_the_strategy_joins(strategy, settings, named):
    model = CascadeModel()
    with pytest.raises(StrategyError, match=f"{strategy.__name__}: {named}; give a"):
        strategy(model, 1e6, **settings)
    assert not model.strategies


def test_every_shipped_strategy_is_a_trader_with_a_file_of_its_own():
    for name in strategies.__all__:
        strategy = getattr(strategies, name)
        assert issubclass(strategy, TraderAgent)
        assert strategy.__name__ == name
        assert importlib.import_module(strategy.__module__).__doc__
    assert dir(strategies) == strategies.__all__


def test_a_name_that_is_no_strategy_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Whale"):
        strategies.Whale  # noqa: B018
