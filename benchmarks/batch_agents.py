"""The runs of a batch as Mesa models for `mesa.batch_run`: an agent a trader, the same crowd, book, sale and rounds."""

from __future__ import annotations

import math

from agents import Trader
from mesa import DataCollector, Model

from cascade_sim.crowd import build_crowd
from cascade_sim.engine.rules import depth_scale
from cascade_sim.scenario import Scenario


class SmallExchange(Model):
    """One sale into a flat book; who is liquidated sells into it too, round after round, until nobody is left.

    The crowd comes from this package's array code, which is quicker than drawing it agent by agent.
    """

    scenario: Scenario  # set before `batch_run`, which hands on plain parameters only

    def __init__(self, world: int) -> None:
        super().__init__(seed=world)
        scenario = self.scenario
        crowd = build_crowd(scenario, world)
        self.start = self.price = scenario.market.price
        self.depth, self.sold, self.forced, self.count = depth_scale(scenario, -1.0), 0.0, 0.0, 0
        order = scenario.flow.orders[0]
        self.due = int(scenario.clock.seconds(order.at) / scenario.clock.tick)
        self.sale = -order.signed_notional / self.price
        self.ticks = scenario.clock.ticks
        for trigger, quantity in zip(crowd.trigger.tolist(), crowd.quantity.tolist(), strict=True):
            Trader(self, trigger, quantity)
        self.datacollector = DataCollector(model_reporters={"count": "count", "price": "price"})

    def step(self) -> None:
        if self.steps - 1 == self.due:
            self.sell(self.sale)
        while True:
            self.forced = 0.0
            self.agents.do("check")
            if self.forced == 0.0:
                break
            self.sell(self.forced)
        self.datacollector.collect(self)
        if self.steps == self.ticks:
            self.running = False
            self.remove_all_agents()  # Mesa holds on to every model, and a growing heap would slow the next one down

    def sell(self, quantity: float) -> None:
        self.sold += quantity
        self.price = self.start * math.exp(-self.sold / self.depth)
