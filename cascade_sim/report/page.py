"""The page itself: what it holds, put through its template and written as a whole."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cascade_sim.engine.folder import write_whole
from cascade_sim.plots.headline import headline_tiles
from cascade_sim.plots.reading import names_of
from cascade_sim.report.origin import origin_of
from cascade_sim.report.pictures import drawn_pictures
from cascade_sim.report.rows import counterfactual_rows, event_rows, figure_rows, reported_rows
from cascade_sim.report.story import story, unfinished, when

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run


def write_report(run: Run, path: str | os.PathLike[str]) -> Path:
    """Write one HTML file about a run: what happened, pictures, tables, the scenario, how to repeat it.

    The file needs nothing else: pictures and style are inside it, there is no script, and nothing is fetched. The
    same run gives the same bytes.

    Parameters
    ----------
    run : Run
    path : str or os.PathLike
        The file to write; its folder exists. It is written under a temporary name and renamed.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    return write_whole(Path(path), report_html(run).encode("utf-8"), "the report")


def report_html(run: Run) -> str:
    """Return the page about a run; everything that comes from the scenario is escaped."""
    room = files("cascade_sim.report")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((room / "template.html").read_text(encoding="utf-8"))
    return template.render(
        name=run.scenario.name,
        description=run.scenario.description.strip(),
        when=when(run),
        status=unfinished(run),
        story=story(run),
        tiles=headline_tiles(run.summary, names_of(run)),
        pictures=drawn_pictures(run),
        reported=reported_rows(run),
        counterfactuals=counterfactual_rows(run),
        events=event_rows(run),
        figures=figure_rows(run),
        scenario=run.scenario.to_yaml(),
        origin=origin_of(run),
        style=Markup((room / "style.css").read_text(encoding="utf-8")),
    )
