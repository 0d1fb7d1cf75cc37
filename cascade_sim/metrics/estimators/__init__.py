"""The branching ratio of a run or of recorded liquidations: by structure, by generations, and by their flow."""

from cascade_sim.metrics.estimators import fano, feed, generation, hawkes, inar, structural
from cascade_sim.metrics.estimators.of_run import estimate
from cascade_sim.metrics.estimators.result import Estimate

__all__ = ["Estimate", "estimate", "fano", "feed", "generation", "hawkes", "inar", "structural"]
