"""The same work with one Mesa agent a trader, and as a mesa-frames agent set where that is installed."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
from loops import Problem
from mesa import Agent, Model


class Trader(Agent):
    def __init__(self, model: Exchange, trigger: float, quantity: float) -> None:
        super().__init__(model)
        self.trigger = trigger
        self.quantity = quantity

    def check(self) -> None:
        model = self.model
        if model.price <= self.trigger:
            model.forced += self.quantity
            model.count += 1
            self.remove()


class Exchange(Model):
    def __init__(self, problem: Problem) -> None:
        super().__init__(seed=0)
        self.price, self.forced, self.count = math.inf, 0.0, 0
        for trigger, quantity in zip(problem.trigger.tolist(), problem.quantity.tolist(), strict=True):
            Trader(self, trigger, quantity)


class MesaObjects:
    name = "Mesa, an object a trader"
    largest = 100_000
    most_checks = 1.2e7

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = Exchange(problem)
        self.shift = 0.0

    @property
    def count(self) -> int:
        return self.model.count

    def skip_to(self, gone: np.ndarray, shift: float) -> None:
        leaving = set((gone + 1).tolist())  # Mesa numbers its agents from 1
        for trader in list(self.model.agents):
            if trader.unique_id in leaving:
                trader.remove()
        self.model.count, self.shift = gone.size, shift

    def advance(self, first: int, last: int) -> None:
        model, depth = self.model, self.problem.depth
        for index in self.problem.path[first:last].tolist():
            model.price = index * math.exp(self.shift)
            model.forced = 0.0
            model.agents.do("check")
            self.shift -= model.forced / depth

    def close(self) -> None:
        """Let the agents go: Mesa holds on to every model, and a growing heap would slow the next run down."""
        self.model.remove_all_agents()


def mesa_frames_contestant() -> type | None:
    """The contestant, or None where mesa-frames is not installed."""
    if find_spec("mesa_frames") is None:
        return None
    import mesa_frames
    import polars

    # The package renamed both classes after its first release.
    agent_set = getattr(mesa_frames, "AgentSetPolars", None) or mesa_frames.AgentSet
    model_base = getattr(mesa_frames, "ModelDF", None) or mesa_frames.Model

    class Traders(agent_set):
        def check(self, price: float) -> tuple[float, int]:
            hit = self.agents.filter(polars.col("trigger") >= price)
            if hit.height:
                self.agents = self.agents.filter(polars.col("trigger") < price)
            return float(hit["quantity"].sum()), hit.height

        def step(self) -> None:
            raise NotImplementedError

    class MesaFrames:
        name = "mesa-frames"
        largest = 10_000_000
        most_checks = 1.2e9

        def __init__(self, problem: Problem) -> None:
            self.problem = problem
            self.traders = Traders(model_base())
            columns = {"trigger": problem.trigger, "quantity": problem.quantity}
            if agent_set.__name__ == "AgentSetPolars":
                columns["unique_id"] = np.arange(problem.trigger.size)
            self.traders += polars.DataFrame(columns)
            self.shift, self.count = 0.0, 0

        def skip_to(self, gone: np.ndarray, shift: float) -> None:
            stays = np.ones(self.problem.trigger.size, np.bool_)
            stays[gone] = False
            fresh = MesaFrames(self.problem)
            self.traders = fresh.traders
            self.traders.agents = self.traders.agents.filter(polars.Series(stays))
            self.shift, self.count = shift, gone.size

        def advance(self, first: int, last: int) -> None:
            for index in self.problem.path[first:last].tolist():
                forced, count = self.traders.check(index * math.exp(self.shift))
                self.shift -= forced / self.problem.depth
                self.count += count

        def close(self) -> None:
            del self.traders

    return MesaFrames
