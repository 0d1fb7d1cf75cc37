"""What the panels read of a running model: a few views of its arrays, for a fraction of a millisecond."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.kernels.state import INVERSE, ROW
from cascade_sim.metrics.cascade import summarise
from cascade_sim.plots.aggregate import Floats

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.model import CascadeModel

_PLACE = {name: place for place, name in enumerate(ROW)}


class PriceBins(NamedTuple):
    """The price bins of a liquidation map: the lower edge of the first, the width of all, and how many."""

    low: float
    width: float
    number: int

    @property
    def high(self) -> float:
        """Upper edge of the last bin, quote per base."""
        return self.low + self.width * self.number


class Reading:
    """A model as it stands now.

    Parameters
    ----------
    model : CascadeModel
        Read, never changed.

    Attributes
    ----------
    times : ndarray, shape (rows,)
        Ends of the recorded rows, seconds since the start.
    duration : float
        Of the whole run, seconds.
    now : float
        Seconds since the start.
    """

    def __init__(self, model: CascadeModel) -> None:
        world, self.scenario = model.world, model.scenario
        self._model, self._world = model, world
        self._rules, self._state = world.rules[0], world.state[0]
        self.inverse = int(self._rules["contract"]) == INVERSE
        self.quote, self.base = self.scenario.market.quote or "USD", self.scenario.market.base or "coin"
        self._tick_s = float(self._rules["tick_s"])
        self.duration, self.now = world.ticks * self._tick_s, world.tick * self._tick_s
        row_ticks, rows = int(self._rules["row_ticks"]), int(self._state["row"])
        self._rows = world.log.rows[:rows]
        self.row_s = row_ticks * self._tick_s
        self.times = np.minimum((np.arange(rows) + 1) * row_ticks, world.ticks) * self._tick_s

    @property
    def start_price(self) -> float:
        """The venue's price before the first tick, quote per base."""
        return float(self.scenario.market.price)

    @property
    def mark(self) -> float:
        """Mark price, quote per base."""
        return float(self._state["mark"])

    @property
    def halted(self) -> bool:
        """Whether the last tick was an outage or a trading halt."""
        return bool(self._state["halted"])

    def column(self, name: str) -> Floats:
        """Return a column of the recorded rows (`kernels.state.ROW`)."""
        return self._rows[:, _PLACE[name]]

    def level(self, name: str) -> tuple[Floats, Floats]:
        """Return times and values of a price, from the start to now."""
        first = float(self._model.world.tape.path[0]) if name == "index" else self.start_price
        return (
            np.concatenate([[0.0], self.times, [self.now]]),
            np.concatenate([[first], self.column(name), [float(self._state[name])]]),
        )

    def notional(self, name: str) -> Floats:
        """Return a column of quantities as quote notional at the mark of each row."""
        quantity = self.column(name)
        return quantity if self.inverse else quantity * self.column("mark")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The headline figures so far, as in `Run.summary`."""
        return summarise(self._world, self.scenario, float(self._model.positions.quantity.sum()))

    @property
    def fund(self) -> float:
        """The insurance fund, margin currency."""
        return float(self._rules["fund_start"]) + float(self._state["fund_cash"])

    @property
    def bins(self) -> PriceBins | None:
        """Which prices the liquidation map covers; None where the scenario records none."""
        number = int(self._rules["heat_bins"])
        if number == 0:
            return None
        return PriceBins(float(self._rules["heat_low"]), 1.0 / float(self._rules["heat_per_price"]), number)

    @property
    def waiting(self) -> Floats:
        """Quote notional that would be liquidated in each price bin as things stand, shape (bins,)."""
        return self._world.positions.heat / float(self._rules["heat_scale"])

    @property
    def frames(self) -> Floats:
        """The same at the end of every frame that is done, shape (frames, bins)."""
        return self._world.log.frames[: int(self._state["frame"])] / float(self._rules["heat_scale"])

    @property
    def frame_s(self) -> float:
        """Time between two frames, seconds."""
        return int(self._rules["frame_ticks"]) * self._tick_s


def joined(frames: npt.NDArray[Any], most: int) -> tuple[npt.NDArray[Any], int]:
    """Join neighbouring frames by their maximum until at most ``most`` are left; return them and how many make one."""
    size = max(-(-len(frames) // most), 1)
    if size == 1:
        return frames, 1
    return np.maximum.reduceat(frames, np.arange(0, len(frames), size), axis=0), size
