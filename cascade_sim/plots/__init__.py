"""What a person sees: each function takes a run and returns a matplotlib figure, without pyplot."""

from cascade_sim.plots.cascade_sizes import cascade_sizes
from cascade_sim.plots.compare import compare
from cascade_sim.plots.depth import depth
from cascade_sim.plots.heatmap import heatmap
from cascade_sim.plots.liquidation_map import liquidation_map
from cascade_sim.plots.rounds import rounds
from cascade_sim.plots.saving import save
from cascade_sim.plots.timeline import timeline
from cascade_sim.plots.waterfall import waterfall

__all__ = [
    "cascade_sizes",
    "compare",
    "depth",
    "heatmap",
    "liquidation_map",
    "rounds",
    "save",
    "timeline",
    "waterfall",
]
