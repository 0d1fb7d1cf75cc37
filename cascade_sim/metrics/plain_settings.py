"""The settings in which cascade theory has a closed form."""

from __future__ import annotations

import math
from typing import Any

from cascade_sim.scenario import Scenario


def market_is_plain(scenario: Scenario) -> bool:
    """Tell whether the price moves only by eating a `linear` or `power` book, and the mark with it."""
    market: Any = scenario.market
    book, index = market.book, market.index
    return (
        book.shape in ("linear", "power")
        and book.half_spread == 0.0
        and book.refill.half_life == math.inf
        and book.withdrawal is None
        and market.mark.kind == "last"
        and index.path.kind == "constant"
        and index.pull.half_life == math.inf
        and index.follow.half_life == math.inf
    )


def venue_is_plain(scenario: Scenario) -> bool:
    """Tell whether who is triggered is sold in the market in the same tick."""
    exchange = scenario.exchange
    liquidation = exchange.liquidation
    braked = exchange.outages or exchange.halt or exchange.price_band or exchange.throttle
    at_once = liquidation.policy == "market" and liquidation.delay == 0.0 and liquidation.absorb is None
    return at_once and not braked and exchange.funding is None


def has_one_order(scenario: Scenario) -> bool:
    """Tell whether one order within the run, sent at once, is all that trades beside the crowd."""
    flow, clock = scenario.flow, scenario.clock
    if flow.noise or flow.momentum or flow.value or len(flow.orders) != 1:
        return False
    order = flow.orders[0]
    return round(order.over / clock.tick) <= 1 and clock.seconds(order.at) <= clock.duration - clock.tick


def fund_suffices(scenario: Scenario, direction: float, move: float, forced: float) -> bool:
    """Tell whether losses never stop a sale: no deleveraging, or a fund above the largest loss there can be.

    Positions lose what lies between their bankruptcy price and the fill. With ``u(p) = p`` (linear) or ``-1/p``
    (inverse) nobody's bankruptcy lies nearer than maintenance ``m`` allows, ``u(p0) -+ m |u(p0)|``, and no fill lies
    beyond the last price.
    """
    if not scenario.exchange.adl:
        return True
    price, rate = scenario.market.price, scenario.exchange.lowest_rate
    inverse = scenario.market.contract == "inverse"
    start = -1.0 / price if inverse else price
    end = start * math.exp(-direction * move if inverse else direction * move)
    loss = direction * (end - start) - rate * abs(start)
    return forced * max(loss, 0.0) <= scenario.exchange.insurance_fund
