"""Who holds leverage: cohorts of a scenario turned into arrays of positions."""

from cascade_sim.crowd.arrays import Crowd, Positions
from cascade_sim.crowd.build import build_crowd
from cascade_sim.crowd.crowd_map import crowd_map

__all__ = ["Crowd", "Positions", "build_crowd", "crowd_map"]
