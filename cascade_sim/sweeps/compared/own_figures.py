"""Figures that a comparison adds to the summary: the forced share of what was traded, and all that was paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run

_FORCED = ("forced_sell", "forced_buy")
_OTHERS = ("flow", "entries", "exits", "absorbed")
PAID = ("collateral_lost", "fund_paid", "adl_forgone", "socialised_loss", "bad_debt")


class Figure(NamedTuple):
    """What a figure means, and the key of the summary that has its unit, or the unit."""

    definition: str
    unit: str = ""
    unit_of: str = ""


FORCED_SHARE, LOSSES_PAID = "forced_share", "losses_paid"
OWN_FIGURES = {
    FORCED_SHARE: Figure(
        "forced quantity over all quantity that orders took from the book: forced, exogenous (net within each recorded "
        "row), what absorbed forced trades in a tracked replay, and what traders opened and closed of their own will; "
        "null where nothing was traded",
        "fraction",
    ),
    LOSSES_PAID: Figure(f"all that was paid for liquidations: the sum of {', '.join(PAID)}", unit_of="bad_debt"),
}


def own_figures(run: Run) -> dict[str, Any]:
    """Return the figures of `OWN_FIGURES` for a run."""
    forced, others = (_traded(run, names) for names in (_FORCED, _OTHERS))
    paid = [run.summary[key] for key in PAID]
    return {
        FORCED_SHARE: forced / (forced + others) if forced + others > 0.0 else None,
        LOSSES_PAID: None if None in paid else sum(paid),
    }


def _traded(run: Run, columns: tuple[str, ...]) -> float:
    return sum(float(np.abs(run.timeline[name].to_numpy()).sum()) for name in columns if name in run.timeline)


def own_units(units: Mapping[str, str]) -> dict[str, str]:
    """Return the units of `OWN_FIGURES`, given the summary's."""
    return {key: figure.unit or units[figure.unit_of] for key, figure in OWN_FIGURES.items()}
