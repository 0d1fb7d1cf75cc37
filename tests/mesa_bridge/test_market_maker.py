import math

import pytest

pytest.importorskip("mesa")

from strategy_markets import quiet, ticks

from cascade_sim.mesa_bridge.strategies import MarketMaker

NOISE = {"flow.noise": {"notional_per_second": "2M"}, "market.book.half_spread": "0.05%"}
LIMIT = 30_000


def maker_in(model, **settings):
    return MarketMaker(model, cash=2e6, **({"size": 10_000, "inventory_limit": LIMIT, "half_spread": 2e-4} | settings))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_market_maker_never_exceeds_its_inventory_limit(seed):
    model = quiet(changes=NOISE, seed=seed)
    maker = maker_in(model)
    held = [abs(maker.position) for _ in ticks(model)]
    assert max(held) <= LIMIT * (1.0 + 1e-12)
    assert max(held) > 0.9 * LIMIT


def test_a_market_maker_is_filled_from_both_sides_and_the_ledger_closes():
    model = quiet(changes=NOISE)
    maker = maker_in(model, calm=1.0)
    held = [maker.position for _ in ticks(model)]
    assert min(held) < 0.0 < max(held)
    assert model.run.summary["conservation_error"] < 1e-9


def test_a_market_maker_earns_its_spread_on_a_round_trip():
    """It stands inside of the makers' spread: a sale and a purchase of its size never come to them."""
    h, size = 4e-4, 10_000
    orders = [{"at": "1min", "sell": "0.9M"}, {"at": "2min", "buy": "1.1M"}]
    model = quiet(orders, {"market.book.half_spread": "0.05%"})
    maker = maker_in(model, half_spread=h, skew=0.0, size=size)
    held = [maker.position for _ in ticks(model)]
    bought, sold = 9_000, 11_000
    assert held[70] == pytest.approx(bought)
    assert held[-1] == pytest.approx(bought - size)
    assert sold > size
    gain = bought * 100.0 * (math.exp(h) - math.exp(-h))
    assert maker.cash + maker.collateral == pytest.approx(2e6 + gain)


def test_quotes_lean_against_the_inventory_and_stay_around_the_mid():
    model = quiet(changes=NOISE)
    maker = maker_in(model, calm=1.0)
    leanings = []
    seen = maker.mid, maker.position
    for _ in ticks(model):
        quotes = {order.side: order.price for order in maker.open_orders}
        if len(quotes) == 2 and seen[1]:
            assert quotes["buy"] <= seen[0] <= quotes["sell"]
            leanings.append((seen[1], quotes["buy"] * quotes["sell"] / seen[0] ** 2))
        seen = maker.mid, maker.position
    assert leanings
    for position, centre in leanings:
        assert centre == pytest.approx(math.exp(-2.0 * 2e-4 * position / LIMIT), rel=1e-9)


def test_a_market_maker_has_no_quotes_after_a_volatile_tick():
    """A sale in second 60 moves the mid by 1 % (half of 2 %); the quotes are gone a tick later, and back after 15 s."""
    model = quiet([{"at": "1min", "sell": "40M"}], {"market.book.refill.half_life": "never"})
    maker = maker_in(model, pause=15, calm=0.005)
    quoting = {tick: bool(maker.open_orders) for tick in ticks(model)}
    jump = 1 + next(tick for tick, moved in enumerate(model.run.timeline["mid"].pct_change().abs() > 0.005) if moved)
    assert all(quoting[tick] for tick in range(1, jump))
    assert not any(quoting[tick] for tick in range(jump + 1, jump + 15))
    assert all(quoting[tick] for tick in range(jump + 17, 300))
