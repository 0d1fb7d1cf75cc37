"""What a user writes: scenario files, their models and their messages."""

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.clock import Clock
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.events import Event
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.flow import Flow
from cascade_sim.scenario.loading import load_scenario
from cascade_sim.scenario.market import Market
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.overrides import parse_assignments
from cascade_sim.scenario.record import Record
from cascade_sim.scenario.reported import Reported

__all__ = [
    "Clock",
    "Cohort",
    "Event",
    "Exchange",
    "Flow",
    "Market",
    "Problem",
    "Record",
    "Reported",
    "Scenario",
    "ScenarioError",
    "load_scenario",
    "parse_assignments",
]
