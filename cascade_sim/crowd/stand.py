"""Who can hold a position: leverage and entry are drawn, and drawn again by those who cannot stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.entry import Draw as EntryDraw
from cascade_sim.crowd.leverage import Draw as LeverageDraw
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario
from cascade_sim.units import format_quantity

TURNS = 500

LuckOf = Callable[[int, npt.NDArray[np.intp] | None], Luck]
Refusal = Callable[[Floats, int], ScenarioError]


def draw_until_all_stand(
    block: Positions,
    leverages: LeverageDraw,
    entries: EntryDraw,
    rules: MarginRules,
    backing: float,
    luck_of: LuckOf,
    refusal: Refusal,
) -> Floats:
    """Give some positions their entry price and margin, such that all of them can be held.

    Who cannot stand (leverage outside [1, the venue's maximum], liquidatable at the worst mark since the
    opening) draws leverage and entry again. Leverage above the maximum of the position's own bracket is
    lowered to it.

    Parameters
    ----------
    block : Positions
        Sides are given, and quote notionals at entry stand in the quantity column; every other column is
        written, and quantities are put in their place.
    leverages, entries : callable
        From `Luck` to leverages, and to entry prices.
    rules : MarginRules
    backing : float
        Cross margin: balance that stands behind each position, as a multiple of its own collateral.
    luck_of : callable
        From a turn and the traders that are meant (None: all of the block) to their luck.
    refusal : callable
        From the leverages of those who found no position, and the number of turns, to the error raised.

    Returns
    -------
    ndarray of float64, shape (len(block),)
        Leverage of each position, without what stands behind it.

    Raises
    ------
    ScenarioError
        If some traders find no possible position in `TURNS` turns.
    """
    notional, leverage = block.quantity.copy(), np.empty(len(block))
    waiting: npt.NDArray[np.intp] | None = None
    with np.errstate(over="ignore", divide="ignore"):  # an infinite leverage is drawn again like any other
        for turn in range(TURNS):
            luck = luck_of(turn, waiting)
            drawn_leverage = leverages(luck)
            price, worst = entries(luck)
            rows = slice(None) if waiting is None else waiting
            leverage[rows] = rules.lowered(drawn_leverage, notional[rows])
            drawn = _positions(block.side[rows], notional[rows], price, leverage[rows], backing, rules)
            for column, values in zip(block.columns(), drawn.columns(), strict=True):
                column[rows] = values
            stands = (drawn_leverage >= 1.0) & (drawn_leverage <= rules.max_leverage)
            stands &= drawn.trigger >= 0.0  # not NaN: the numbers could be used
            stands &= ~rules.liquidatable(drawn.side, drawn.trigger, worst)
            if stands.all():
                return leverage
            failed = np.flatnonzero(~stands)
            waiting = failed if waiting is None else waiting[failed]
            if not luck.asked:  # nothing is left to chance, so another turn ends the same
                break
        else:
            turn = TURNS
    raise refusal(drawn_leverage[failed], turn)


def _positions(
    side: npt.NDArray[np.int8], notional: Floats, price: Floats, leverage: Floats, backing: float, rules: MarginRules
) -> Positions:
    quantity = rules.quantity(notional, price)
    collateral = rules.initial_value(quantity, price) / leverage
    if backing:
        collateral *= 1.0 + backing
    drawn = Positions(side, quantity, price, collateral, np.empty(price.size), np.empty(price.size))
    rules.fill_triggers(drawn)
    return drawn


def nobody_stands(
    scenario: Scenario, rules: MarginRules, who: str, leverage: Floats, turns: int, key: str, entry_key: str | None
) -> ScenarioError:
    """Return the error that says why traders found no position.

    Parameters
    ----------
    scenario : Scenario
    rules : MarginRules
    who : str
        Who and how many they are.
    leverage : ndarray of float64, shape (n,)
        The last that each of them drew.
    turns : int
        How often they drew.
    key, entry_key : str
        Dotted keys of their leverage and of their entry prices; no `entry_key` where they open at the market.
    """
    low, high = int(np.sum(leverage < 1.0)), int(np.sum(leverage > rules.max_leverage))
    under_water = leverage.size - low - high
    sunk = f"liquidatable by the start, at {format_quantity(rules.start_price)}"
    cure = "lower the leverage or exchange.maintenance, or move the entries nearer to market.price"
    if entry_key is None:
        sunk, cure = "liquidatable as soon as they open", "lower the leverage or exchange.maintenance"
    causes = [
        (low, "leverage below 1", "raise the leverage"),
        (
            high,
            f"leverage above exchange.max_leverage of {rules.max_leverage:g}",
            "lower the leverage or raise exchange.max_leverage",
        ),
        (under_water, sunk, cure),
    ]
    where = key if entry_key is None or max(low, high) >= under_water else entry_key
    tries = f"in {turns} draws" if turns == TURNS else "however often it is drawn"
    found = ", ".join(f"{reason} ({number:,})" for number, reason, _ in causes if number)
    fix = max(causes, key=lambda cause: cause[0])[2]
    return ScenarioError([scenario.problem(where, f"{who} found no possible position {tries}: {found}", fix)])
