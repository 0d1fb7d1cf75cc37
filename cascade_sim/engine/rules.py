"""A scenario's rules as the one-row record that the kernels read."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.engine.book_table import book_table
from cascade_sim.engine.shares import gap_shares, share_closed
from cascade_sim.engine.venue_rules import (
    backstop_rules,
    brake_rules,
    funding_rules,
    liquidation_rules,
    triggers_change,
)
from cascade_sim.kernels import state as k
from cascade_sim.kernels.book import power_moment
from cascade_sim.kernels.rules import RULES
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.book import LinearBook, PowerBook, TableBook
from cascade_sim.scenario.mark import IndexEmaMark

# "For ever": beyond this log-distance from the touch a price has lost all but 1e-13 of its value.
END_OF_PRICES = 30.0

_SHAPES = {
    "infinite": k.SHAPE_INFINITE,
    "linear": k.SHAPE_LINEAR,
    "power": k.SHAPE_POWER,
    "table": k.SHAPE_TABLE,
}
_MARKS = {"last": k.MARK_LAST, "mid": k.MARK_MID, "index": k.MARK_INDEX, "index_ema": k.MARK_INDEX_EMA}


def depth_scale(scenario: Scenario, direction: float) -> float:
    """Turn "notional within X of the touch, at the start price" into the scale of ``Q`` on one side.

    Parameters
    ----------
    scenario : Scenario
        Its book is `linear` (``Q = D x``) or `power` (``Q = D x^g``); ``D`` is returned.
    direction : float
        -1 for the bids, +1 for the asks.

    Notes
    -----
    ``within`` is a share of the price, as venues and data vendors state it: 1 % below 100 is 99, so the log-distance
    is ``-ln(1 - X)`` below and ``ln(1 + X)`` above. For a linear contract the notional is the integral of price dQ
    from the touch, which makes ``D = notional / (X touch)`` on both sides of a `linear` book; for an inverse
    contract notional is quantity, and ``D = notional / distance``.
    """
    market = scenario.market
    book = market.book
    if not isinstance(book, LinearBook | PowerBook):
        raise TypeError(f"a book of shape {book.shape} has no depth to scale")
    distance = direction * math.log1p(direction * book.depth.within)
    exponent = book.exponent if isinstance(book, PowerBook) else 1.0
    if market.contract == "inverse":
        return book.depth.notional / distance**exponent
    touch = market.price * math.exp(direction * book.half_spread)
    if isinstance(book, LinearBook):
        return book.depth.notional / (book.depth.within * touch)
    return book.depth.notional / (touch * power_moment(exponent, distance, direction))


def _book_rules(scenario: Scenario, rules: np.ndarray) -> None:
    book, tick = scenario.market.book, scenario.clock.tick
    rules["shape"] = _SHAPES[book.shape]
    rules["exponent"] = 1.0
    rules["until"] = END_OF_PRICES
    if isinstance(book, LinearBook | PowerBook):
        rules["scale_bid"] = depth_scale(scenario, -1.0)
        rules["scale_ask"] = depth_scale(scenario, 1.0)
        rules["until"] = min(book.depth.until, END_OF_PRICES)
        if isinstance(book, PowerBook):
            rules["exponent"] = book.exponent
    elif isinstance(book, TableBook):
        rules["until"] = book_table(scenario)[-1][0]
    rules["half_spread"] = book.half_spread
    rules["refill_kept"] = 1.0 - share_closed(tick, book.refill.half_life)
    rules["refill_kept_eaten"] = rules["refill_kept"] ** rules["exponent"]
    rules["permanent"] = book.refill.permanent
    if book.withdrawal is not None:
        rules["withdraws"] = 1
        rules["withdrawal_volatility"] = book.withdrawal.volatility
        rules["withdrawal_weight"] = -math.expm1(-tick / book.withdrawal.over)
        rules["withdrawal_power"] = book.withdrawal.power
        rules["withdrawal_floor"] = book.withdrawal.floor
    index = scenario.market.index
    rules["pull_share"], rules["follow_share"] = gap_shares(tick, index.pull.half_life, index.follow.half_life)


def _flow_rules(scenario: Scenario, rules: np.ndarray) -> None:
    flow, tick = scenario.flow, scenario.clock.tick
    rules["momentum_at"] = rules["value_at"] = 1.0
    if flow.momentum is not None:
        rules["momentum_notional"] = flow.momentum.notional_per_second * tick
        rules["momentum_at"] = flow.momentum.at
        rules["momentum_weight"] = -math.expm1(-tick / flow.momentum.over)
    if flow.value is not None:
        rules["value_notional"] = flow.value.notional_per_second * tick
        rules["value_at"] = flow.value.at
        if flow.value.price is not None:
            rules["value_fixed"] = 1
            rules["value_log_price"] = math.log(flow.value.price)


def rules_of(scenario: Scenario, open_interest_margin: float, defended: bool = False) -> np.ndarray:
    """Return the one-row `RULES` array of a scenario.

    Parameters
    ----------
    scenario : Scenario
        A validated scenario.
    open_interest_margin : float
        Starting open interest in the margin currency: the scale of the ledger error.
    defended : bool
        Whether anybody in the crowd defends a position, leaves or arrives.

    Returns
    -------
    ndarray of RULES, shape (1,)
    """
    row = np.zeros(1, RULES)
    rules = row[0]
    rules["contract"] = k.INVERSE if scenario.market.contract == "inverse" else k.LINEAR
    rules["moving"] = triggers_change(scenario, defended)
    rules["tick_s"] = scenario.clock.tick
    _book_rules(scenario, rules)
    mark = scenario.market.mark
    rules["mark"] = _MARKS[mark.kind]
    rules["mark_cap"] = math.inf
    if isinstance(mark, IndexEmaMark):
        rules["mark_weight"] = share_closed(scenario.clock.tick, mark.half_life)
        rules["mark_cap"] = math.inf if mark.cap is None else mark.cap
    for write in (liquidation_rules, backstop_rules, funding_rules, brake_rules):
        write(scenario, rules)
    _flow_rules(scenario, rules)
    every = scenario.record.every or scenario.clock.tick
    rules["row_ticks"] = max(1, round(every / scenario.clock.tick))
    start = scenario.clock.start
    rules["start_in_minute_s"] = start.second + start.microsecond * 1e-6
    rules["open_interest_margin"] = open_interest_margin if open_interest_margin > 0.0 else 1.0
    return row
