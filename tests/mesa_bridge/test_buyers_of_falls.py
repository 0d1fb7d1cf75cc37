import math

import pytest

pytest.importorskip("mesa")

from strategy_markets import DENSITY, mid_after, quiet, sales, ticks, two_clusters

from cascade_sim.mesa_bridge.strategies import BackstopBidder, DipBuyer

FALL = sales(30, 60, "2M")


def drawdown(model):
    return model.run.summary["max_drawdown"]


@pytest.fixture(scope="module")
def alone():
    model = quiet(FALL)
    model.run_model()
    return model


def test_a_dip_buyer_never_spends_more_than_its_capital():
    capital = 10e6
    model = quiet(FALL)
    buyer = DipBuyer(model, cash=capital, dip=0.005, steps=4)
    spent = [capital - buyer.cash for _ in ticks(model)]
    assert spent == sorted(spent)
    assert 0.99 * capital < spent[-1] <= capital
    assert buyer.position * buyer.entry_price == pytest.approx(spent[-1])


def test_a_dip_buyer_lessens_the_drawdown(alone):
    model = quiet(FALL)
    buyer = DipBuyer(model, cash=10e6, dip=0.005, steps=4)
    model.run_model()
    sold = -model.run.timeline["flow"].sum()
    assert buyer.mid == pytest.approx(mid_after(buyer.position - sold), rel=1e-9)
    assert drawdown(model) < 0.95 * drawdown(alone)
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_dip_buyer_buys_one_share_a_step_and_none_above_the_step():
    model = quiet(FALL)
    buyer = DipBuyer(model, cash=4e6, dip=0.005, steps=4)
    lowest = buyer.mid
    for _ in ticks(model):
        assert buyer.taken <= math.log(lowest / buyer.reference) / math.log(0.995) + 1e-9
        lowest = min(lowest, buyer.mid)
        if buyer.position:
            assert buyer.entry_price <= 100.0 * 0.995
    assert buyer.taken == 4


@pytest.mark.parametrize("buyer", [DipBuyer, BackstopBidder])
def test_buyers_of_falls_never_spend_more_than_their_capital_on_an_inverse_contract(buyer):
    capital = 10_000.0
    model = quiet(FALL, {"market.contract": "inverse"})
    trader = buyer(model, capital, **({"dip": 0.005} if buyer is DipBuyer else {"nearest": 0.005, "farthest": 0.02}))
    spent = [capital - trader.cash for _ in ticks(model)]
    assert 0.5 * capital < max(spent) <= capital
    assert trader.collateral <= capital * (1.0 + 1e-12)
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_spent_dip_buyer_buys_no_more():
    model = quiet(FALL)
    buyer = DipBuyer(model, cash=1e6, dip=0.002, steps=2)
    held = [buyer.position for _ in ticks(model)]
    spent = next(tick for tick, quantity in enumerate(held) if quantity == held[-1])
    assert model.run.timeline["mid"].iloc[spent:].min() < 0.99 * model.run.timeline["mid"].iloc[spent]


def test_a_backstop_bidder_takes_over_what_is_sold_by_force_and_the_chain_stops():
    """The sale ends at 2.1 %; 700,000 units of the near cluster meet the bid at 3 %, and what is left ends at 4.6 %."""
    capital = 20e6
    model = two_clusters()
    bidder = BackstopBidder(model, cash=capital, nearest=0.03, farthest=0.03, bids=1)
    model.run_model()
    bid = 97.0
    assert bidder.position == pytest.approx(capital / bid)
    assert bidder.entry_price == pytest.approx(bid)
    summary = model.run.summary
    assert summary["liquidated_count"] == 700
    landing = (420_000 + 700_000 - capital / bid) / DENSITY
    assert summary["max_drawdown"] == pytest.approx(1.0 - math.exp(-landing), rel=1e-9)
    assert summary["conservation_error"] < 1e-9


def test_bids_that_nobody_reaches_cost_nothing():
    model = two_clusters(shock="39M")
    bidder = BackstopBidder(model, cash=20e6, nearest=0.03)
    model.run_model()
    assert bidder.equity == 20e6
    assert len(bidder.open_orders) == 5


def test_a_backstop_bidder_sells_on_at_its_markup_when_the_price_has_recovered_and_bids_anew():
    recovery = {"market.book.refill": {"half_life": "20s"}, "clock.duration": "20min"}
    model = two_clusters(recovery)
    bidder = BackstopBidder(model, cash=20e6, nearest=0.03, farthest=0.03, bids=1, markup=0.01)
    taken = max(bidder.position for _ in ticks(model))
    assert bidder.position == 0.0
    assert bidder.profit >= 0.01 * taken * 97.0 * (1.0 - 1e-9)
    assert len(bidder.open_orders) == 1


def test_bids_follow_the_price_up_and_never_down():
    model = quiet([{"at": "30s", "buy": "20M"}, {"at": "2min", "sell": "20M"}])
    bidder = BackstopBidder(model, cash=1e6, nearest=0.02)
    highest = [max(order.price for order in bidder.open_orders) for _ in ticks(model) if bidder.open_orders]
    assert highest == sorted(highest)
    assert highest[-1] > highest[0]
    assert bidder.position == 0.0
