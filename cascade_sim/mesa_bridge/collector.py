"""Mesa's data collector, with the timeline's columns tick by tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import DataCollector

from cascade_sim.engine.frames import DEPTH_WITHIN, TIMELINE_UNITS, columns_left_out
from cascade_sim.engine.lending_frames import chain_now
from cascade_sim.engine.lending_units import chain_columns
from cascade_sim.engine.world import World
from cascade_sim.errors import StrategyError
from cascade_sim.kernels.depth import depth_within
from cascade_sim.kernels.record import row_so_far
from cascade_sim.kernels.state import ROW, SHAPE_INFINITE
from cascade_sim.mesa_bridge.books import statements
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.mesa_bridge.model import CascadeModel

# Sums over a row's ticks; everything else is a level at its end.
FLOWS = (
    "flow", "forced_sell", "forced_buy", "liquidations_long", "liquidations_short", "rounds", "adl", "halted",
    "entries", "exits", "top_ups", "vault_taken", "absorbed", "keeper_sold",
)  # fmt: skip
COUNTS = ("liquidations_long", "liquidations_short", "rounds", "halted")
# What every strategy's account is collected with.
STATEMENT = ("position", "cash", "equity", "profit", "collateral", "liquidation_price", "liquidations")


class RowByRow:
    """The timeline's columns of a world, tick by tick, however seldom the world itself records."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        self._world = world
        self._scratch = np.empty((1, len(ROW)))
        self._flows = np.array([ROW.index(name) for name in FLOWS])
        self._seen = np.zeros(len(FLOWS))
        self._every_tick = int(world.rules["row_ticks"][0]) == 1
        left_out = {*columns_left_out(world), "distance_bid", "distance_ask"}
        self._kept = [place for place, name in enumerate(ROW) if name not in left_out]
        self._counts = [place for place, name in enumerate(ROW) if name in COUNTS]
        self._deep = int(world.rules["shape"][0]) != SHAPE_INFINITE
        self._depth = np.empty(2)
        names = [ROW[place] for place in self._kept]
        chain = chain_columns(scenario) if world.lending is not None else ()
        self.columns = ["tick", *names, *chain, *(("bid_depth", "ask_depth") if self._deep else ())]

    def values(self) -> list[float]:
        """Return the values of the tick that has just been done, in the order of ``columns``."""
        world, state = self._world, self._world.state[0]
        finished = int(state["row_left"]) == int(world.rules["row_ticks"][0])
        if finished or world.tick == world.ticks:
            rows = world.log.rows[int(state["row"]) - 1 : int(state["row"])]
        else:
            rows = self._scratch
            row_so_far(world.rules, world.state, rows)
        row = rows[0]
        if not self._every_tick:
            since = row[self._flows]
            row = row.copy()
            row[self._flows] = since - self._seen
            self._seen = np.zeros(len(FLOWS)) if finished else since
        numbers: list[Any] = row.tolist()
        for place in self._counts:
            numbers[place] = int(numbers[place])
        found = [world.tick - 1, *(numbers[place] for place in self._kept), *chain_now(world)]
        return [*found, *self._depths(rows).tolist()] if self._deep else found

    def _depths(self, rows: np.ndarray) -> np.ndarray:
        tape, depth = self._world.tape, self._depth
        multiplier = rows[:, ROW.index("depth_multiplier")]
        for place, (side, direction) in enumerate((("bid", -1.0), ("ask", 1.0))):
            columns = rows[:, ROW.index(side)], rows[:, ROW.index(f"distance_{side}")], multiplier
            depth_within(
                self._world.rules, tape.table_distance, tape.table_quantity, direction, DEPTH_WITHIN, *columns,
                depth[place : place + 1],
            )  # fmt: skip
        return depth


def _refuse(whose: str, reporters: dict[str, Any] | None, taken: set[str]) -> None:
    for name in reporters or {}:
        if name in taken:
            raise StrategyError(f"the {whose} reporter {name!r} is collected already; give it another name")


class TimelineCollector(DataCollector):
    """Collects the timeline's columns, one row a tick, and the accounts of all strategies.

    Further reporters are Mesa's own. ``get_model_vars_dataframe`` has one row a tick, ``get_agent_vars_dataframe``
    one row a tick and strategy.

    Raises
    ------
    StrategyError
        A reporter has the name of a column that is collected already.

    Notes
    -----
    The columns are written without a call and a deep copy each, which would take longer than the rest of a step.
    """

    def __init__(self, model_reporters: dict[str, Any] | None, agent_reporters: dict[str, Any] | None) -> None:
        _refuse("model", model_reporters, {"tick", *TIMELINE_UNITS})
        _refuse("agent", agent_reporters, set(STATEMENT))
        super().__init__(model_reporters, {name: name for name in STATEMENT} | (agent_reporters or {}))
        self.model_vars: dict[str, list[Any]]
        self._rows: RowByRow | None = None
        self._columns: list[list[float]] = []

    def collect(self, model: CascadeModel) -> None:
        """Collect the tick that has just been done."""
        if self._rows is None:
            self._rows = RowByRow(model.world, model.scenario)
            _refuse("model", self.model_reporters, set(self._rows.columns))
            self.model_vars = {**{name: [] for name in self._rows.columns}, **self.model_vars}
            self._columns = [self.model_vars[name] for name in self._rows.columns]
        for column, value in zip(self._columns, self._rows.values(), strict=True):
            column.append(value)
        times = getattr(self, "_collection_steps", None)
        if times is not None and not self.model_reporters:  # where Mesa counts collections, it counts reporters' only
            times.append(model.time)
        if self.model_reporters or model.accounts:
            super().collect(model)
        if times is None and model.steps in self._agent_records:
            # Mesa's batch_run looks for the strategies' rows under the place of the model's, which is from 0.
            self._agent_records[model.ticks_done - 1] = self._agent_records.pop(model.steps)

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """Return one row a tick: the timeline's columns, then the model reporters'."""
        import pandas as pd

        return pd.DataFrame(self.model_vars)

    def _record_agents(self, model: CascadeModel) -> Iterable[tuple[Any, ...]]:
        others = list(self.agent_reporters.values())[len(STATEMENT) :]
        when = getattr(model, "time", model.steps)
        rows = statements(model.world, len(model.accounts)) if model.accounts else []
        for strategy in model.strategies:
            held, cash, equity, collateral, liquidation_price, liquidations = rows[strategy.account]
            profit = equity - strategy.deposit
            known = held, cash, equity, profit, collateral, liquidation_price, int(liquidations)
            yield (when, strategy.unique_id, *known, *(report(strategy) for report in others))
