"""Which figures of a comparison are shown, under which question, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cascade_sim.sweeps.compared.result import Comparison

_QUESTIONS = {
    "How many were liquidated": ("liquidated_count", "liquidated_notional", "open_interest_cleared", "adl_notional"),
    "How much of it was forced": ("feedback_share", "forced_share", "absorbed_share"),
    "Who paid": ("losses_paid", "collateral_lost", "fund_paid", "adl_forgone", "socialised_loss", "bad_debt"),
}


def median_of(result: Comparison, figure: str, variant: str | None = None) -> float:
    """Return a figure's median under a variant, by default of the run as it is; NaN where there is none."""
    key = (figure, variant or result.variants[0])
    return float(result.table.at[key, "median"]) if key in result.table.index else np.nan


def rises(result: Comparison) -> bool:
    """Tell whether the run as it is, in the median, rises by more than it falls, in logarithms."""
    fall, rise = median_of(result, "max_drawdown"), median_of(result, "max_runup")
    return bool(np.log1p(rise) > -np.log1p(-min(fall, 1.0 - 1e-12)))


def headlines(result: Comparison) -> dict[str, list[str]]:
    """Return the figures that a comparison shows, by question; what no seed has, or has as 0, is left out."""
    deep = ("max_runup", "max_drawdown") if rises(result) else ("max_drawdown", "low_mark")
    questions = {"How high" if rises(result) else "How deep": deep, **_QUESTIONS}
    shown = {question: [key for key in keys if says_something(result, key)] for question, keys in questions.items()}
    return {question: keys for question, keys in shown.items() if keys}


def says_something(result: Comparison, figure: str) -> bool:
    """Tell whether any seed has a figure that is not 0."""
    if figure not in result.outputs:
        return False
    values = result.frame[figure].to_numpy(np.float64)
    return bool((np.isfinite(values) & (values != 0.0)).any())
