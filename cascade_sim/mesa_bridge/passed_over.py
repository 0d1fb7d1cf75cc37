"""The model's scenario, where Mesa has a use of its own for that name."""

from __future__ import annotations

import copy

from cascade_sim.scenario import Scenario


class PassedOver(Scenario):
    """A scenario that is false, so that Mesa 3.5 passes it over; else it is as any other.

    Its SolaraViz takes a true ``model.scenario`` for an object of Mesa's own, refuses any other, and on Reset would
    give the new model an empty one in place of its scenario.
    """

    def __bool__(self) -> bool:
        return False


def passed_over(scenario: Scenario) -> Scenario:
    """Return a scenario as one that Mesa passes over."""
    quiet = copy.copy(scenario)
    object.__setattr__(quiet, "__class__", PassedOver)
    return quiet
