"""What a person sees: each function takes a run and returns a matplotlib figure; none touches pyplot or global settings."""

from cascade_sim.plots.saving import save
from cascade_sim.plots.timeline import timeline

__all__ = ["save", "timeline"]
