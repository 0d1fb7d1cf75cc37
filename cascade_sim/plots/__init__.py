"""What a person sees: each function takes a run and returns a matplotlib figure, without pyplot."""

from cascade_sim.plots.compare import compare
from cascade_sim.plots.depth import depth
from cascade_sim.plots.liquidation_map import liquidation_map
from cascade_sim.plots.saving import save
from cascade_sim.plots.timeline import timeline

__all__ = ["compare", "depth", "liquidation_map", "save", "timeline"]
