"""What a person sees: functions from a run or a sweep to a matplotlib figure, without pyplot."""

from cascade_sim.plots.cascade_sizes import cascade_sizes
from cascade_sim.plots.compare import compare
from cascade_sim.plots.comparison import comparison
from cascade_sim.plots.coupling import coupling
from cascade_sim.plots.depth import depth
from cascade_sim.plots.fan_chart import fan_chart
from cascade_sim.plots.health import health
from cascade_sim.plots.heatmap import heatmap
from cascade_sim.plots.lending import lending
from cascade_sim.plots.liquidation_map import liquidation_map
from cascade_sim.plots.replay import replay
from cascade_sim.plots.rounds import rounds
from cascade_sim.plots.saving import save
from cascade_sim.plots.sobol_bars import sobol_bars
from cascade_sim.plots.survival_curves import survival_curves
from cascade_sim.plots.sweep_map import sweep_map
from cascade_sim.plots.timeline import timeline
from cascade_sim.plots.tornado import tornado
from cascade_sim.plots.waterfall import waterfall

__all__ = [
    "cascade_sizes",
    "compare",
    "comparison",
    "coupling",
    "depth",
    "fan_chart",
    "health",
    "heatmap",
    "lending",
    "liquidation_map",
    "replay",
    "rounds",
    "save",
    "sobol_bars",
    "survival_curves",
    "sweep_map",
    "timeline",
    "tornado",
    "waterfall",
]
