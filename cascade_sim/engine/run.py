"""A run: what was asked, what happened, and what it says."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Run:
    """One simulated scenario with its counterfactuals.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    summary : dict
        Headline numbers, JSON-able, with ``units`` and ``definitions`` beside them.
    timeline : pandas.DataFrame
        One row per recorded tick, indexed by UTC time; units in ``attrs["units"]``.
    liquidations : pandas.DataFrame
        One row per liquidation, in firing order. With lending those of loans are among them, and a column ``kind``
        (position, fixed_spread, auction) tells them apart.
    counterfactuals : dict of str to Run
        The scenario's ``compare`` entries, run with the same luck and flow.
    crowd_map : pandas.DataFrame or None
        The crowd before the run: side, trigger_price, quantity, leverage, cohort.
    heatmap : pandas.DataFrame or None
        The liquidation map over time, where ``record.heatmap`` asks for it: one row per frame, indexed by the UTC time
        of its end, one column per price bin, labelled by the bin's middle. Values are the quote notional of the open
        positions whose liquidation price lies in the bin.
    push : pandas.DataFrame or None
        What a tracked replay pushed: one row a tick with a recorded price, columns tick, before, after, kind,
        absorbs and log_recorded. A later run sends it again (``flow.replay: {mode: push}``).
    lending : pandas.DataFrame or None
        With lending, one row for everything that keepers did on the chain, in that order: liquidations, auctions
        started, bids, purchases, sales; None without.
    auctions : pandas.DataFrame or None
        With lending, one row per auction.
    keepers : pandas.DataFrame or None
        With lending, one row per keeper: what it had, paid, holds and gained.
    loans : pandas.DataFrame or None
        With lending, one row per loan, as it stood at the start and at the end; of the base run only.
    made_with : dict or None
        For a run that was read from a folder: the ``versions`` it was made with, and the SHA-256 of its ``data`` files.
    """

    scenario: Scenario
    seed: int
    summary: dict[str, Any]
    timeline: pd.DataFrame
    liquidations: pd.DataFrame
    counterfactuals: dict[str, Run] = field(default_factory=dict)
    crowd_map: pd.DataFrame | None = None
    heatmap: pd.DataFrame | None = None
    push: pd.DataFrame | None = None
    lending: pd.DataFrame | None = None
    auctions: pd.DataFrame | None = None
    keepers: pd.DataFrame | None = None
    loans: pd.DataFrame | None = None
    made_with: dict[str, Any] | None = None

    def save(self, folder: str | Path) -> Path:
        """Write the run into a folder; see `cascade_sim.engine.store.save_run`.

        Parameters
        ----------
        folder : str or Path
            Made if it does not exist. Every file is written under a temporary name and renamed.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            The folder holds something that is not a run, is in use, or the disk is full.
        """
        from cascade_sim.engine.store import save_run

        return save_run(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Run:
        """Read a run back from a folder.

        Parameters
        ----------
        folder : str or Path
            Where `save` (or ``cascade-sim run --out``) wrote it.

        Returns
        -------
        Run

        Raises
        ------
        RunError
            The folder is not a run, or parts of it are missing or damaged.
        """
        from cascade_sim.engine.store import load_run

        return load_run(Path(folder))

    def __repr__(self) -> str:
        return (
            f"<Run {self.scenario.name!r} seed {self.seed}: {len(self.timeline)} rows, "
            f"{len(self.liquidations)} liquidations, {self.summary.get('status', 'not summarised')}>"
        )

    def _repr_html_(self) -> str:
        rows = []
        units = self.summary.get("units", {})
        for key, value in self.summary.items():
            if isinstance(value, dict):
                continue
            shown = "–" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)
            cells = (key, shown, units.get(key, ""))
            rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
        title = html.escape(f"{self.scenario.name} (seed {self.seed})")
        return f"<table><caption>{title}</caption><tbody>{''.join(rows)}</tbody></table>"
