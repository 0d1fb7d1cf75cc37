"""The summaries of many runs, key by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cascade_sim.engine.batch import Batch
from cascade_sim.metrics.cascade import add_amplification
from cascade_sim.metrics.keys import COUNTERFACTUAL, KEYS, Terms
from cascade_sim.metrics.lending_figures import LENDING, names_a_pool
from cascade_sim.metrics.outcome import Outcome
from cascade_sim.scenario import Scenario

# What `add_amplification` compares.
_EXCURSIONS = ("max_drawdown", "max_runup")


def summarise_many(
    batch: Batch, scenario: Scenario, keys: Sequence[str], without: Batch | None = None
) -> dict[str, list[Any]]:
    """Return some of the summary's keys for every run of a batch.

    Parameters
    ----------
    batch : Batch
    scenario : Scenario
        The one that the batch was run with.
    keys : sequence of str
        Of `metrics.definitions.SUMMARY`.
    without : Batch, optional
        The same seeds without forced selling: the counterfactual of ``amplification`` and ``feedback_share``.

    Returns
    -------
    dict of str to list
        A column a key, in the order asked for, with a number or text a run, equal to what `summarise` says of it, and
        None where it is null, as what needs a counterfactual is without one, and all that lending says.

    Raises
    ------
    KeyError
        If there is no such key, or it is read off recorded rows (`definitions.AFTER_LOW`), which a batch does not keep.
    """
    terms = Terms.of(scenario)
    outcomes = [Outcome._make(row) for row in batch.outcomes.tolist()]
    columns: dict[str, list[Any]] = {}
    for key in keys:
        if key in COUNTERFACTUAL or key in LENDING or names_a_pool(key):
            columns[key] = [None] * len(outcomes)
        else:
            says = KEYS[key]
            columns[key] = [says(outcome, terms) for outcome in outcomes]
    if without is not None and any(key in columns for key in COUNTERFACTUAL):
        pairs = zip(batch.outcomes[list(_EXCURSIONS)], without.outcomes[list(_EXCURSIONS)], strict=True)
        for number, (row, other) in enumerate(pairs):
            summary = dict(zip(_EXCURSIONS, row.item(), strict=True))
            add_amplification(summary, dict(zip(_EXCURSIONS, other.item(), strict=True)))
            for key in COUNTERFACTUAL:
                if key in columns:
                    columns[key][number] = summary.get(key)
    return columns
