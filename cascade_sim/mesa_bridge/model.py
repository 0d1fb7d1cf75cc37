"""The market as a Mesa model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from cascade_sim.crowd import Crowd as Positions
from cascade_sim.engine.advance import advance
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.lending_frames import loans_frame
from cascade_sim.engine.memory import refuse_what_does_not_fit
from cascade_sim.engine.run import Run
from cascade_sim.engine.simulate import build_world
from cascade_sim.engine.world import World
from cascade_sim.errors import StrategyError
from cascade_sim.mesa_bridge.collector import TimelineCollector
from cascade_sim.mesa_bridge.crowd import Crowd
from cascade_sim.mesa_bridge.desk import OrderDesk
from cascade_sim.mesa_bridge.market import Market
from cascade_sim.mesa_bridge.parameters import with_parameters
from cascade_sim.mesa_bridge.passed_over import passed_over
from cascade_sim.mesa_bridge.turns import Turns
from cascade_sim.scenario import Scenario, load_scenario
from cascade_sim.simulation import BASE, Simulation, collect, shown

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.trader import TraderAgent

ROOM = 64
STRATEGIES = "strategies"


def _seed_of(scenario: Scenario, seed: Any, rng: Any) -> int:
    if seed is not None and rng is not None:
        raise StrategyError("the model was given seed and rng; give one of them")
    given = rng if seed is None else seed
    if given is None:
        return scenario.seed
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 0:
        raise StrategyError(f"the model's seed is {given!r}; give a whole number from 0")
    return int(given)


class CascadeModel(mesa.Model):
    """A scenario as a Mesa model: one step is one tick, by the same loop as ``cs.run``.

    Parameters
    ----------
    scenario : Scenario, str or path
        A scenario, its file, or the name of a bundled one.
    seed : int, optional
        Seed of every random stream and of Mesa's generators; the scenario's own if left out.
    rng : int, optional
        Another name for the seed, which newer versions of Mesa use.
    overrides : mapping, optional
        Dotted keys and values, as ``--set`` takes them.
    room : int, optional
        Strategies that may join after the first step. Left out: 64 if there is a strategy by then, else none.
    step_timeout : float or None
        Seconds that a strategy's step may take; None: for ever.
    model_reporters, agent_reporters : mapping, optional
        Beside the timeline's columns and the accounts of strategies; as Mesa's `DataCollector` takes them.
    leverage, depth, clustering, shock, fund, policy : optional
        Plain parameters for ``mesa.batch_run`` and sliders; see `with_parameters`.

    Attributes
    ----------
    crowd : Crowd
        The agent that owns the scenario's positions.
    strategies : AgentSet
        All `TraderAgent`; by default they act in an order drawn anew every tick.

    Raises
    ------
    ScenarioError, DataError, RunError
        As ``cs.run``.

    Notes
    -----
    Without strategies, or while they send nothing, the run is ``cs.run``'s, bit for bit.
    """

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str] = "textbook/two_clusters",
        seed: int | None = None,
        *,
        rng: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        room: int | None = None,
        step_timeout: float | None = 10.0,
        model_reporters: dict[str, Any] | None = None,
        agent_reporters: dict[str, Any] | None = None,
        leverage: float | str | None = None,
        depth: float | str | None = None,
        clustering: float | str | None = None,
        shock: float | str | None = None,
        fund: float | str | None = None,
        policy: str | None = None,
    ) -> None:
        if not isinstance(scenario, Scenario):
            scenario = load_scenario(scenario)
        if overrides:
            scenario = scenario.with_overrides(overrides)
        self._scenario = with_parameters(
            scenario, leverage=leverage, depth=depth, clustering=clustering, shock=shock, fund=fund, policy=policy
        )
        self.seed = _seed_of(self._scenario, seed, rng)
        super().__init__(rng=self.seed)
        self.room = room
        self.turns = Turns(step_timeout)
        self.accounts: list[TraderAgent] = []
        self.strategies = mesa.agent.AgentSet([], random=self.random)
        refuse_what_does_not_fit([self._scenario])
        self._simulation = Simulation(self._scenario, self.seed, counterfactuals=False)
        self._simulation.crowd(BASE)
        self._world: World | None = None
        self._market: Market | None = None
        self._desk: OrderDesk | None = None
        self.crowd = Crowd(self)
        self.datacollector = TimelineCollector(model_reporters, agent_reporters)

    @property
    def scenario(self) -> Scenario:
        """The scenario with its parameters and overrides."""
        return self._scenario

    @scenario.setter
    def scenario(self, mesas_own: Any) -> None:
        """Leave aside the object that Mesa keeps under this name since 3.5."""
        self._scenario = passed_over(self._scenario)

    @property
    def positions(self) -> Positions:
        """The crowd as it was built, strategies as a last cohort."""
        built = self._simulation.crowd(BASE)
        if self.world.desk is None:
            return built
        names, accounts = [*built.cohort_names, STRATEGIES], self.world.desk.accounts.size
        theirs = np.full(accounts, len(built.cohort_names), np.int32)
        return replace(
            built,
            cohort_names=names,
            cohort_start=np.append(built.cohort_start, built.cohort_start[-1]),
            entrant_cohort=np.concatenate([built.entrant_cohort, theirs]),
        )

    @property
    def world(self) -> World:
        """The arrays of the run, built when they are first asked for."""
        if self._world is None:
            room = self.room if self.room is not None else ROOM if self.accounts else 0
            crowd = self._simulation.crowd(BASE)
            accounts = max(room, len(self.accounts))
            self._world = build_world(self._scenario, self.seed, crowd, accounts=accounts)
            if self._world.desk is not None:
                for place, strategy in enumerate(self.accounts):
                    self._world.desk.accounts["cash"][place] = strategy.deposit
        return self._world

    @property
    def market(self) -> Market:
        """Prices, depth and time."""
        if self._market is None:
            self._market = Market(self.world)
        return self._market

    @property
    def desk(self) -> OrderDesk:
        """Where strategies' orders go."""
        if self._desk is None:
            self._desk = OrderDesk(self.world)
        return self._desk

    @property
    def ticks_done(self) -> int:
        """Ticks that are done."""
        return 0 if self._world is None else self._world.tick

    def open_account(self, strategy: TraderAgent) -> int:
        """Give a strategy its account; returns the account's place.

        Raises
        ------
        StrategyError
            The market is running, and has no room for another strategy.
        """
        place = len(self.accounts)
        has_room = self._world is not None and self._world.desk is not None and place < self._world.desk.accounts.size
        if self._world is not None and not has_room:
            if self._world.tick > 0 or (self._desk is not None and self._desk.asked):
                fix = f"make it before the first step, or the model with room={place + 1}"
                raise strategy.error(f"the market is running and has no room for another strategy; {fix}")
            self._world = self._market = self._desk = None
            for other in self.accounts:
                other.forget_books()
        self.accounts.append(strategy)
        self.strategies.add(strategy)
        if has_room:
            self._world.desk.accounts["cash"][place] = strategy.deposit  # type: ignore[union-attr]
        return place

    def deregister_agent(self, agent: Any) -> None:
        """Take an agent out of the model's sets; a strategy's account stays in the books."""
        super().deregister_agent(agent)
        self.strategies.discard(agent)

    def act(self) -> None:
        """Let the strategies act, in an order drawn anew; override it for another of Mesa's schedules."""
        self.strategies.shuffle_do("step")

    def step(self) -> None:
        """Let the strategies act, do one tick, and collect it.

        Raises
        ------
        StrategyError
            A strategy failed; nothing of the tick has happened, and what strategies asked for in it is taken back.
        """
        try:
            self._do_tick()
        except BaseException:
            self._schedule_next_step()
            raise

    def _let_act(self) -> None:
        asked = self.desk.asked
        try:
            self.act()
        except BaseException:
            # Those who acted before the one that failed act once more when the tick is tried again.
            self.desk.take_back(asked)
            raise

    def _do_tick(self) -> None:
        world = self.world
        if world.tick >= world.ticks:
            self.running = False
            return
        if self.accounts:
            self._let_act()
        advance(world, 1)
        if self.accounts:
            self.desk.after_tick()
        self.datacollector.collect(self)
        self.running = world.tick < world.ticks

    def _schedule_next_step(self) -> None:
        """Put the next step on Mesa's clock: from 3.5 on Mesa does so only after a step that did not fail."""
        schedule = getattr(self, "_default_schedule", None)
        if schedule is not None:
            schedule.pause()
            schedule.resume()

    def run_model(self, progress: bool = False) -> None:
        """Step to the end of the clock; after Ctrl-C, which is heard between two ticks, calling it again goes on.

        Parameters
        ----------
        progress : bool
            Whether to show a progress bar with the time left on standard error.
        """
        # A strategy that may take for ever must be stopped in the middle of its step.
        held = interrupts_held() if self.turns.timeout_s is not None else nullcontext(lambda: None)
        with shown(self.scenario.name, self.world.ticks - self.world.tick, progress) as told, held as listen:
            while self.running:
                self.step()
                if told is not None:
                    told(1)
                listen()

    @property
    def run(self) -> Run:
        """The run so far, as ``cs.run`` gives it, without counterfactuals; strategies are a cohort of that name."""
        run = collect(self.world, self.scenario, self.seed, self.positions)
        run.crowd_map = self._simulation.crowd_map()
        run.loans = loans_frame(self.world, self.scenario)
        return run
