import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("mesa")

from strategy_markets import DENSITY, notional_between, two_clusters

import cascade_sim as cs
from cascade_sim.mesa_bridge import CascadeModel
from cascade_sim.mesa_bridge.strategies import LiquidationHunter

NEAR, FAR = 0.02, 0.05
CASH = 7.85e6
# The fund pays whatever a sale brings too little, so that all are sold and nobody else bears it; nothing refills.
BOOK = {
    "name": "A book",
    "clock": {"duration": "10s", "tick": "1s"},
    "market": {"price": 100, "book": {"shape": "linear", "depth": {"within": "1%", "notional": "20M"}}},
    "exchange": {"maintenance": {"rate": "1%"}, "insurance_fund": "500M"},
}
NEAR_MASS, FAR_MASS = 700_000, 300_000


def hunted(cash, changes=None, **settings):
    model = two_clusters(changes, shock=0)
    hunter = LiquidationHunter(model, cash=cash, leverage=10, **settings)
    model.run_model()
    return model, hunter


@pytest.fixture(scope="module")
def hunt():
    """Enough to margin a sale of 40M and the bid for it, and not for 41M: it pushes to the near cluster, at 2 %."""
    return hunted(CASH)


def test_a_hunter_gains_what_the_chain_of_two_clusters_yields(hunt):
    """It sells 400,000 units from 100 down to 2 %, and buys them at 5 %, where the clusters' 1,000,000 units end."""
    _, hunter = hunt
    sold = DENSITY * NEAR
    assert math.isclose(NEAR_MASS + FAR_MASS, DENSITY * (FAR - NEAR) + sold)
    gain = notional_between(0.0, NEAR) - sold * 100.0 * math.exp(-FAR)
    assert hunter.profit == pytest.approx(gain, rel=1e-5)
    assert gain == pytest.approx(1_553_476, abs=1.0)
    assert hunter.position == 0.0
    assert hunter.cash == pytest.approx(CASH + gain, rel=1e-6)


def test_the_price_lands_on_the_hunters_bid(hunt):
    model, _ = hunt
    assert model.run.timeline["mark"].min() == pytest.approx(100.0 * math.exp(-FAR), rel=1e-6)


def test_the_hunter_sets_off_both_clusters_and_pays_what_they_get(hunt):
    """Of the forced sellers' million, the book takes what stands between 2 % and 5 %, the hunter the rest at 5 %."""
    model, _ = hunt
    summary = model.run.summary
    forced = notional_between(NEAR, FAR) + DENSITY * NEAR * 100.0 * math.exp(-FAR)
    assert summary["liquidated_count"] == 1000
    assert summary["liquidated_notional"] == pytest.approx(forced, rel=1e-5)


def test_the_ledger_closes_after_a_hunt(hunt):
    model, _ = hunt
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_richer_hunter_sells_more_on_the_way_and_gains_more(hunt):
    """With all of the chain's million to sell, it walks down to 5 % itself and hands everything over there."""
    _, poor = hunt
    _, rich = hunted(2.5e7)
    assert rich.profit == pytest.approx(notional_between(0.0, FAR) - 1e6 * 100.0 * math.exp(-FAR), rel=1e-4)
    assert rich.profit > poor.profit


@pytest.mark.parametrize(
    ("cash", "changes"),
    [
        (7.7e6, {}),
        (CASH, {"crowd.near.open_interest": "20M"}),
        (CASH, {"market.mark.kind": "index"}),
        (CASH, {"market.book.depth.notional": "60M"}),
    ],
    ids=["it cannot reach the first", "the first is too small", "the mark stands still", "the book is too deep"],
)
def test_a_hunter_does_nothing_where_no_cluster_is_worth_it(cash, changes):
    model, hunter = hunted(cash, changes)
    assert hunter.profit == 0.0
    assert (model.run.timeline["mark"] == 100.0).all()


def test_a_hunter_does_nothing_where_triggers_lie_evenly_and_thinner_than_half_of_the_book():
    """At R = 1/2 forced selling gives back half of every push at its end, and half is bought back above: no gain."""
    model = CascadeModel("textbook/uniform", seed=1, shock=0)
    hunter = LiquidationHunter(model, cash=1e7)
    model.run_model()
    assert hunter.profit == 0.0
    assert model.run.summary["liquidated_count"] == 0


def test_a_hunter_gains_less_where_its_victims_are_deleveraged():
    """Without a fund the venue soon closes its short at the bankruptcy price instead, 1 % below the trigger."""
    model, hunter = hunted(CASH, {"exchange.insurance_fund": 0}, every=1e6)
    sold, closed = DENSITY * NEAR, model.run.timeline["adl"].sum()
    assert 0.5 * sold < closed < sold
    bankruptcy = 0.99 * 100.0 * math.exp(-NEAR)
    bought_back = DENSITY * 100.0 * math.expm1((sold - closed) / DENSITY)
    gain = notional_between(0.0, NEAR) - closed * bankruptcy - bought_back
    assert hunter.profit == pytest.approx(gain, rel=1e-4)
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_hunter_that_misjudged_buys_back_in_the_end():
    """The venue sells at leisure, so nobody reaches the bid in time; it closes in the market and has lost."""
    slow = {"exchange.liquidation": {"policy": "paced", "half_life": "never"}, "clock.duration": "2min"}
    model, hunter = hunted(CASH, slow, patience=20)
    assert hunter.position == 0.0
    assert not hunter.open_orders
    assert hunter.profit < 0.0
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_hunter_gains_what_the_chain_yields_on_an_inverse_contract_too():
    """In contracts and base currency: ``D`` contracts per log-distance, each worth ``-1/p``."""
    model, hunter = hunted(83_000, {"market.contract": "inverse", "exchange.insurance_fund": 500_000})
    density = 20e6 / -math.log(0.99)
    sold = density * NEAR
    gain = sold * math.exp(FAR) / 100.0 - density * math.expm1(NEAR) / 100.0
    assert hunter.profit == pytest.approx(gain, rel=1e-5)
    assert model.run.summary["liquidated_count"] == 1000
    assert model.run.summary["conservation_error"] < 1e-9


CLUSTERS = st.lists(
    st.tuples(st.integers(2, 18), st.integers(1, 80)), min_size=1, max_size=4, unique_by=lambda cluster: cluster[0]
)


@settings(max_examples=25)
@given(clusters=CLUSTERS, means=st.integers(5, 30))
def test_on_any_map_of_clusters_a_hunter_gets_what_it_foresees(clusters, means):
    """But for what its bid missed: that it buys in the market, where it moves the ask."""
    crowd = {
        f"at_{place}": {
            "side": "long",
            "traders": 10,
            "open_interest": f"{mass}M",
            "liquidation": {"kind": "points", "at": [f"{0.5 * place}%"]},
        }
        for place, mass in clusters
    }
    model = CascadeModel(cs.Scenario(**BOOK, crowd=crowd))
    hunter = LiquidationHunter(model, cash=1e6 * means, leverage=10, patience=3, every=60)
    push = hunter.best_push()
    model.run_model()
    if push is None:
        assert hunter.profit == 0.0
        assert model.run.summary["liquidated_count"] == 0
    else:
        missed = model.run.timeline["ask"].max() / 100.0
        moved = DENSITY * 100.0 * (missed - 1.0 - math.log(missed))
        assert hunter.profit == pytest.approx(push.gain - moved, rel=1e-8)
        assert hunter.position == 0.0
