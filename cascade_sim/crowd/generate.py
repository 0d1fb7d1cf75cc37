"""Cohorts drawn from distributions of leverage, entry price and size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.crowd.entry import entry_draw
from cascade_sim.crowd.leverage import leverage_draw
from cascade_sim.crowd.luck import Luck
from cascade_sim.crowd.margin_rules import MarginRules
from cascade_sim.crowd.size import size_draw
from cascade_sim.errors import ScenarioError
from cascade_sim.scenario import Scenario
from cascade_sim.units import format_quantity

# A block's temporaries stay in the processor's cache; results do not depend on it.
BLOCK = 2**15
TURNS = 500


def fill_sizes(positions: Positions, scenario: Scenario, name: str, seed: int) -> None:
    """Write every trader's size, up to a common scale, to the quantity column.

    Parameters
    ----------
    positions : Positions
        View of the cohort.
    scenario : Scenario
    name : str
        The cohort; sizes come from the stream ``crowd.<name>.size``.
    seed : int

    Raises
    ------
    ScenarioError
        If the distribution is so wide that its numbers overflow.
    """
    draw = size_draw(scenario.crowd[name].size)
    with np.errstate(over="ignore"):
        for start in range(0, len(positions), BLOCK):
            size = positions.quantity[start : start + BLOCK]
            size[:] = draw(Luck(seed, name, start, size.size))
        total = positions.quantity.sum()
    if not np.isfinite(total) or not np.all(positions.quantity > 0):
        message = "sizes differ so much that they cannot be computed"
        fix = "raise the exponent, or lower sigma"
        raise ScenarioError([scenario.problem(f"crowd.{name}.size", message, fix)])


def generate(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seed: int) -> None:
    """Write a cohort that is given by distributions of leverage, entry price and size.

    Sizes are entry notionals, so that scaling them to the cohort's open interest needs no knowledge of the
    entries. Who cannot stand (leverage outside [1, the venue's maximum], liquidatable at the start,
    liquidated between its opening and the start) draws leverage and entry again.

    Parameters
    ----------
    positions : Positions
        View of the cohort; every column is written.
    scenario : Scenario
    name : str
        The cohort.
    rules : MarginRules
    seed : int

    Raises
    ------
    ScenarioError
        If some traders find no possible position in 500 turns, or sizes overflow.
    DataError
        If a recorded path cannot be used.
    """
    cohort: Any = scenario.crowd[name]
    fill_sizes(positions, scenario, name, seed)
    positions.quantity[:] *= cohort.open_interest / positions.quantity.sum()
    positions.side[:] = 1 if cohort.side == "long" else -1
    with np.errstate(over="ignore", divide="ignore"):  # an infinite leverage is drawn again like any other
        _draw_until_all_stand(positions, scenario, name, rules, seed)


def _draw_until_all_stand(positions: Positions, scenario: Scenario, name: str, rules: MarginRules, seed: int) -> None:
    leverages, entries = leverage_draw(scenario.crowd[name].leverage), entry_draw(scenario, name)
    for start in range(0, len(positions), BLOCK):
        block = positions.part(slice(start, start + BLOCK))
        notional = block.quantity.copy()
        waiting: npt.NDArray[np.intp] | None = None
        for turn in range(TURNS):
            luck = Luck(seed, name, start, len(block), turn, waiting)
            leverage = leverages(luck)
            price, worst = entries(luck)
            rows = slice(None) if waiting is None else waiting
            drawn = _positions(block.side[rows], notional[rows], price, leverage, rules)
            for column, values in zip(block.columns(), drawn.columns(), strict=True):
                column[rows] = values
            stands = (leverage >= 1.0) & (leverage <= rules.max_leverage)
            stands &= drawn.trigger >= 0.0  # not NaN: the numbers could be used
            stands &= ~rules.liquidatable(drawn.side, drawn.trigger, worst)
            if stands.all():
                break
            failed = np.flatnonzero(~stands)
            waiting = failed if waiting is None else waiting[failed]
            if not luck.asked:  # nothing is left to chance, so another turn ends the same
                break
        else:
            turn = TURNS
        if not stands.all():
            raise _impossible(scenario, name, rules, leverage[failed], start, len(block), turn)


def _positions(
    side: npt.NDArray[np.int8], notional: Floats, price: Floats, leverage: Floats, rules: MarginRules
) -> Positions:
    quantity = rules.quantity(notional, price)
    collateral = rules.initial_value(quantity, price) / leverage
    drawn = Positions(side, quantity, price, collateral, np.empty(price.size), np.empty(price.size))
    rules.fill_triggers(drawn)
    return drawn


def _impossible(
    scenario: Scenario, name: str, rules: MarginRules, leverage: Floats, start: int, count: int, turns: int
) -> ScenarioError:
    low, high = int(np.sum(leverage < 1.0)), int(np.sum(leverage > rules.max_leverage))
    under_water = leverage.size - low - high
    price = format_quantity(rules.start_price)
    reasons = {
        "leverage below 1": low,
        f"leverage above exchange.max_leverage of {rules.max_leverage:g}": high,
        f"liquidatable by the start, at {price}": under_water,
    }
    fixes = {
        "raise the leverage": low,
        "lower the leverage or raise exchange.max_leverage": high,
        "lower the leverage or exchange.maintenance, or move the entries nearer to market.price": under_water,
    }
    where = "leverage" if max(low, high) >= under_water else "entry"
    tries = f"in {turns} draws" if turns == TURNS else "however often it is drawn"
    found = ", ".join(f"{reason} ({number:,})" for reason, number in reasons.items() if number)
    who = f"{leverage.size:,} of {count:,} traders (from number {start:,} on)"
    fix = max(fixes, key=lambda key: fixes[key])
    problem = scenario.problem(f"crowd.{name}.{where}", f"{who} found no possible position {tries}: {found}", fix)
    return ScenarioError([problem])
