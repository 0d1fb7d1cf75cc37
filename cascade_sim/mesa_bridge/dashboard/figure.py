"""A chart on the page: its words, and a figure of Apache ECharts.

ECharts comes with solara (the package solara-assets), so the page asks no other machine for it, and it is drawn in the
browser, which leaves Python to the market. How often the page is redrawn: benchmarks/dashboard.py.
"""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

import PIL.Image
import solara

from cascade_sim.mesa_bridge.dashboard.chart import Image, Spec
from cascade_sim.mesa_bridge.dashboard.echarts import BOX, option_of, right_of

_STYLE = (Path(__file__).parent / "figure.css").read_text(encoding="utf-8")


@solara.component
def Figure(spec: Spec) -> Any:
    """Draw a chart below its title, note and legend."""
    inside = {**BOX, "right": right_of(spec)}
    place = "; ".join(f"{side}: {pixels}px" for side, pixels in inside.items())
    with solara.Div(classes=["cascade-chart"], attributes={"data-name": spec.name}) as main:
        solara.Style(_STYLE)
        solara.HTML(tag="div", classes=["heading"], unsafe_innerHTML=_heading(spec))
        with solara.Div(classes=["place"]):
            if spec.image is not None:
                back = f"{place}; background: {spec.image.unrecorded}"
                solara.HTML(classes=["cells"], style=back, unsafe_innerHTML=_cells(spec, spec.image))
            described = {"role": "img", "aria-label": f"{spec.title}. {spec.note}", "style": f"height: {spec.height}px"}
            solara.FigureEcharts(option=option_of(spec), attributes=described, responsive=True)
            Live()
            if spec.empty:
                solara.HTML(classes=["empty"], style=place, unsafe_innerHTML=escape(spec.empty))
    return main


@solara.component_vue("live.vue")
def Live() -> None:
    """Count how often the figure beside it is drawn, and keep what it says at the pointer when it changes."""


def _heading(spec: Spec) -> str:
    entries = "".join(
        f'<span><i class="{shape}" style="background: {colour}"></i>{escape(label)}</span>'
        for label, colour, shape in spec.legend
    )
    return (
        f'<b>{escape(spec.title)}</b> <span class="note">{escape(spec.note)}</span><span class="key">{entries}</span>'
    )


def _cells(spec: Spec, image: Image) -> str:
    """Return the cells as a picture that is stretched to what they cover of the axes."""
    if not image.cells.size:
        return ""
    across, up = spec.x.max - spec.x.min, spec.left.max - spec.left.min
    left, width = (image.x0 - spec.x.min) / across, (image.x1 - image.x0) / across
    bottom, height = (image.y0 - spec.left.min) / up, (image.y1 - image.y0) / up
    shares = {"left": left, "width": width, "bottom": bottom, "height": height}
    style = "; ".join(f"{name}: {100 * share:.4f}%" for name, share in shares.items())
    return f'<img alt="" style="{style}" src="data:image/png;base64,{base64.b64encode(png(image)).decode("ascii")}">'


def png(image: Image) -> bytes:
    """Return the cells as a PNG of one pixel each."""
    picture = PIL.Image.fromarray(image.cells.T[::-1].copy())
    picture.putpalette(image.colours)
    buffer = io.BytesIO()
    picture.save(buffer, format="png", compress_level=1)
    return buffer.getvalue()
