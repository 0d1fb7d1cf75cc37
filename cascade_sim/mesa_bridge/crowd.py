"""The crowd as one Mesa agent: it owns the arrays of all positions, and no object stands for a trader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from cascade_sim.engine.standing import crowd_slots, liquidatable_between, sides_and_triggers

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.mesa_bridge.model import CascadeModel

_KINDS = ["liquidation", "margin_call", "stop_loss"]


class Crowd(mesa.Agent):
    """The leveraged positions of the scenario, those of strategies left out.

    ``len(crowd)`` is the number of open positions.
    """

    model: CascadeModel

    def step(self) -> None:
        """Do nothing: what happens to the crowd happens in the market's tick."""

    def __len__(self) -> int:
        return crowd_slots(self.model.world).size

    def __bool__(self) -> bool:
        return True  # Mesa asks whether the agent is there, not whether anybody is left in it

    @property
    def open_interest(self) -> float:
        """Open quantity of both sides, base units (linear) or contracts (inverse)."""
        state = self.model.world.state[0]
        theirs = sum(abs(strategy.position) for strategy in self.model.accounts)
        return float(state["open_long"]) + float(state["open_short"]) - theirs

    def liquidatable_between(self, low: float, high: float) -> float:
        """Return the quantity whose liquidation price lies between two prices, both ends included.

        Parameters
        ----------
        low, high : float
            Quote per base.

        Returns
        -------
        float
            Base units (linear) or contracts (inverse), both sides. Who would first answer a margin call or be stopped
            out is not counted.
        """
        return liquidatable_between(self.model.world, low, high)

    def to_frame(self) -> pd.DataFrame:
        """Return the open positions, one row each, in the order in which the crowd was built.

        Returns
        -------
        pandas.DataFrame
            ``trader, cohort, side`` (long, short), ``quantity`` (base units or contracts), ``entry_price,
            bankruptcy_price, trigger_price`` (quote per base; NaN while there is none) and ``trigger``: what happens
            there (liquidation, margin_call, stop_loss).
        """
        import pandas as pd

        return pd.DataFrame(self._columns(crowd_slots(self.model.world)))

    def sample(self, n: int) -> pd.DataFrame:
        """Return ``n`` open positions drawn at random without replacement, by the model's generator.

        Parameters
        ----------
        n : int
            All of them if there are not as many.

        Returns
        -------
        pandas.DataFrame
            As `to_frame`.
        """
        import pandas as pd

        slots = crowd_slots(self.model.world)
        drawn = self.model.rng.choice(slots, size=min(n, slots.size), replace=False)
        return pd.DataFrame(self._columns(drawn))

    def _columns(self, slots: np.ndarray) -> dict[str, Any]:
        import pandas as pd

        world, crowd = self.model.world, self.model.positions
        slots = slots[np.argsort(world.positions.index[slots], kind="stable")]
        position = world.positions.index[slots].astype(np.int64)
        side, trigger, kind = sides_and_triggers(world, slots)
        entry, bankruptcy = world.positions.entry[position], world.positions.bankruptcy[slots]
        if self.model.market.inverse:
            with np.errstate(divide="ignore"):
                entry, bankruptcy = -1.0 / entry, np.where(bankruptcy < 0.0, -1.0 / bankruptcy, np.inf)
        names = list(crowd.cohort_names)
        return {
            "trader": crowd.trader_of(position),
            "cohort": pd.Categorical.from_codes(crowd.cohort_of(position), categories=names),
            "side": pd.Categorical.from_codes((side < 0).astype(np.int8), categories=["long", "short"]),
            "quantity": world.positions.quantity[slots],
            "entry_price": entry,
            "bankruptcy_price": bankruptcy,
            "trigger_price": trigger,
            "trigger": pd.Categorical.from_codes(kind.astype(np.int8), categories=_KINDS),
        }
