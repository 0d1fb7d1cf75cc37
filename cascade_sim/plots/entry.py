"""One picture of an album: what it is called, how to read it, and whether a run or a sweep has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _no_settings(_shown: Any) -> dict[str, Any]:
    return {}


class Entry(NamedTuple):
    """One picture of an album.

    Attributes
    ----------
    name : str
        The function of `cascade_sim.plots` that draws it, and its file without the ending.
    heading : str
        What it is called.
    reading : str
        How to read it, in one sentence.
    finding : callable
        From a run, or the result of a sweep, to one sentence that says what the picture shows, for whoever cannot see
        it.
    needs : str
        What there must be for the picture to say something; completes "it needs".
    has : callable
        From a run or result to whether it has that.
    at_once : bool
        Whether ``cascade-sim run`` draws it; ``plot`` and ``report`` draw all.
    settings : callable
        From a run or result to keyword arguments of the function.
    """

    name: str
    heading: str
    reading: str
    finding: Callable[[Any], str]
    needs: str
    has: Callable[[Any], bool]
    at_once: bool = False
    settings: Callable[[Any], dict[str, Any]] = _no_settings

    def draw(self, shown: Any, width: float | None = None) -> Figure:
        """Draw it (``compare``: for several runs, too), ``width`` inches wide or as wide as it is by itself."""
        settings = self.settings(shown) if width is None else {**self.settings(shown), "width": width}
        figure: Figure = getattr(plots, self.name)(shown, **settings)
        return figure
