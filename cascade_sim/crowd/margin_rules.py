"""A venue's margin rules, applied to the crowd's arrays."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cascade_sim.crowd.arrays import Floats, Positions
from cascade_sim.errors import ScenarioError
from cascade_sim.kernels import margin as kernels
from cascade_sim.mechanics.margin import brackets
from cascade_sim.scenario import Scenario
from cascade_sim.units import format_percent


@lru_cache(maxsize=256)
def _table(rows: tuple[tuple[float, float], ...]) -> tuple[Floats, Floats]:
    return brackets(0.0, rows)


def bracket_table(scenario: Scenario) -> tuple[Floats, Floats]:
    """Return the maintenance rates of a scenario's brackets, with the fee for closing, and their amounts."""
    rates, amounts = _table(tuple(scenario.exchange.brackets))
    return rates.copy(), amounts.copy()


@dataclass(frozen=True)
class MarginRules:
    """What a scenario says of margin.

    Attributes
    ----------
    inverse, on_entry : bool
        Contract kind; whether maintenance is taken on the entry notional.
    rates, amounts : ndarray of float64, shape (brackets,)
        Maintenance rates, with the fee for closing where the venue counts it in, and amounts.
    start_price : float
        The mark at the start.
    max_leverage : float
        The largest finite number where the venue has no maximum.
    floors, bracket_leverage : ndarray of float64, shape (brackets,)
        Quote notional above which each bracket begins, and the largest leverage in it (infinity: no maximum).
    """

    inverse: bool
    on_entry: bool
    rates: Floats
    amounts: Floats
    start_price: float
    max_leverage: float
    floors: Floats
    bracket_leverage: Floats

    @classmethod
    def of(cls, scenario: Scenario) -> MarginRules:
        """Return the rules of a scenario.

        Raises
        ------
        ScenarioError
            If the fee for closing brings a maintenance rate to 1 or above.
        """
        exchange = scenario.exchange
        highest = exchange.brackets[-1][1]
        if highest >= 1.0:
            message = f"with the fee for closing a rate is {format_percent(highest)}, not below 100%"
            fix = "lower the rates or exchange.fees.taker"
            raise ScenarioError([scenario.problem("exchange.maintenance", message, fix)])
        return cls(
            scenario.market.contract == "inverse",
            exchange.maintenance.basis == "entry",
            *bracket_table(scenario),
            scenario.market.price,
            sys.float_info.max if exchange.max_leverage is None else exchange.max_leverage,
            np.array([floor for floor, _ in exchange.brackets]),
            np.array(exchange.bracket_leverage),
        )

    def lowered(self, leverage: Floats, notional: Floats) -> Floats:
        """Return leverages, lowered to the maximum of the bracket in which a quote notional lies.

        A bracket holds notionals above its floor, up to and including the next one's.
        """
        if self.bracket_leverage.min() >= self.max_leverage:
            return leverage
        bracket = np.maximum(np.searchsorted(self.floors, notional, side="left") - 1, 0)
        return np.minimum(leverage, self.bracket_leverage[bracket])

    def quantity(self, notional: Floats, entry_price: Floats) -> Floats:
        """Return the quantities whose entry notional is given: base units, or contracts of one quote unit."""
        return notional.copy() if self.inverse else notional / entry_price

    def initial_value(self, quantity: Floats, entry_price: Floats) -> Floats:
        """Return the entry notional in margin currency, which leverage divides."""
        return quantity / entry_price if self.inverse else quantity * entry_price

    def fill_triggers(self, positions: Positions) -> int:
        """Write triggers and bankruptcy values from side, quantity, entry price and collateral.

        Returns
        -------
        int
            -1, or the first position whose numbers cannot be used; such positions get NaN.
        """
        given = positions.side, positions.quantity, positions.entry_price, positions.collateral
        kernels.bankruptcy_values(*given, self.inverse, positions.bankruptcy)
        return kernels.liquidation_prices(
            *given, self.inverse, self.on_entry, self.rates, self.amounts, positions.trigger
        )

    def fill_collateral(self, positions: Positions) -> int:
        """Write collateral and bankruptcy values from side, quantity, entry price and trigger.

        Returns
        -------
        int
            As `fill_triggers`.
        """
        return kernels.place_at_triggers(
            positions.side,
            positions.quantity,
            positions.entry_price,
            positions.trigger,
            self.inverse,
            self.on_entry,
            self.rates,
            self.amounts,
            positions.collateral,
            positions.bankruptcy,
        )

    def liquidatable(self, side: npt.NDArray[np.int8], trigger: Floats, mark: Floats | float) -> npt.NDArray[np.bool_]:
        """Tell who fires at a mark: longs at or below their trigger, shorts at or above it."""
        return np.where(side > 0, trigger >= mark, trigger <= mark)
