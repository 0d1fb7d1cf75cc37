"""The dashboard's charts as Mesa components: each takes a model, and is drawn again when Mesa's page is.

>>> from mesa.visualization import SolaraViz
>>> page = SolaraViz(model, components=[PricePanel, LiquidationsPanel, MapPanel, HeatmapPanel])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from cascade_sim.mesa_bridge.dashboard.chart import Spec
from cascade_sim.mesa_bridge.dashboard.figure import Figure
from cascade_sim.mesa_bridge.dashboard.heatmap_panel import heatmap_spec
from cascade_sim.mesa_bridge.dashboard.liquidations_panel import liquidations_spec
from cascade_sim.mesa_bridge.dashboard.map_panel import map_spec
from cascade_sim.mesa_bridge.dashboard.mesas import update_counter
from cascade_sim.mesa_bridge.dashboard.price_panel import price_spec
from cascade_sim.mesa_bridge.dashboard.reading import Reading


def _drawn(model: Any, spec_of: Callable[[Reading], Spec]) -> Any:
    update_counter.get()
    return Figure(spec_of(Reading(model)))


@solara.component
def PricePanel(model: Any) -> Any:
    """Draw mark and index over the run."""
    return _drawn(model, price_spec)


@solara.component
def LiquidationsPanel(model: Any) -> Any:
    """Draw what is closed by force, per bar of time and in all."""
    return _drawn(model, liquidations_spec)


@solara.component
def MapPanel(model: Any) -> Any:
    """Draw where the crowd's liquidation prices are now."""
    return _drawn(model, map_spec)


@solara.component
def HeatmapPanel(model: Any) -> Any:
    """Draw what waited at each price over time."""
    return _drawn(model, heatmap_spec)
