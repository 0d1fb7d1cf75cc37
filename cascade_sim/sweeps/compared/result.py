"""The result of a comparison: one row a seed and variant, and what the seeds say together."""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario import Scenario
from cascade_sim.sweeps.compared.asked import VARIANT, ComparedSeeds

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Comparison:
    """A scenario as it is and under each of its ``compare`` entries, over many seeds; from `cascade_sim.compare`.

    Attributes
    ----------
    scenario : Scenario
        What was run.
    variants : tuple of str
        ``as_it_is``, then the names of the ``compare`` entries.
    frame : pandas.DataFrame
        One row a seed and variant: ``variant``, ``seed``, the numbers of the summary (NaN where null),
        ``forced_share``, ``losses_paid``, ``status``, ``error``. Units in ``attrs["units"]``.
    """

    def __init__(self, asked: ComparedSeeds, rows: pd.DataFrame) -> None:
        self.scenario: Scenario = asked.base
        self.variants = asked.variants
        self.definitions = asked.definitions()
        columns = [VARIANT, "seed", *asked.outputs, "status", "error"]
        self.frame = rows[columns].copy()
        self.frame.attrs = {"units": {key: unit for key, unit in rows.attrs["units"].items() if key in columns}}
        self._outputs = asked.outputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The columns of `frame` that are figures."""
        return self._outputs

    @property
    def seeds(self) -> list[int]:
        """The seeds, those that failed included."""
        return sorted(set(self.frame["seed"].tolist()))

    @property
    def units(self) -> dict[str, str]:
        """Units of the figures."""
        return dict(self.frame.attrs["units"])

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of seeds that failed, with their errors."""
        return self.frame[self.frame["error"].notna()]

    @cached_property
    def table(self) -> pd.DataFrame:
        """What the seeds say together, one row a figure and variant; see `sweeps.compared.table.table_of`."""
        from cascade_sim.sweeps.compared.table import table_of

        return table_of(self)

    @cached_property
    def headlines(self) -> dict[str, list[str]]:
        """The figures that the table and the picture show, by the question that they answer."""
        from cascade_sim.sweeps.compared.headlines import headlines

        return headlines(self)

    def words(self, width: int = 100) -> str:
        """Return the table of the headline figures as text, ``width`` characters wide."""
        from cascade_sim.sweeps.compared.words import comparison_lines

        return "\n".join(comparison_lines(self, width))

    def plot(self, **options: Any) -> Figure:
        """Draw it; see `cascade_sim.plots.comparison`."""
        from cascade_sim.plots import comparison

        return comparison(self, **options)

    def __repr__(self) -> str:
        failed = self.failures["seed"].nunique()
        return (
            f"<Comparison {self.scenario.name!r}: {len(self.seeds)} seeds of {len(self.variants)} variants"
            f"{f', {failed} seeds failed' if failed else ''}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.words())}</pre>"
