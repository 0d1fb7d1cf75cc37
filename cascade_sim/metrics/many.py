"""The summaries of many runs, key by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cascade_sim.engine.batch import Batch
from cascade_sim.metrics.keys import COUNTERFACTUAL, KEYS, Terms
from cascade_sim.metrics.outcome import Outcome
from cascade_sim.scenario import Scenario


def summarise_many(batch: Batch, scenario: Scenario, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return some of the summary's keys for every run of a batch.

    Parameters
    ----------
    batch : Batch
    scenario : Scenario
        The one that the batch was run with.
    keys : sequence of str
        Of `metrics.definitions.SUMMARY`.

    Returns
    -------
    dict of str to list
        A column a key, in the order asked for, with a number or text a run, equal to what `summarise` says of it, and
        None where it is null. ``amplification`` and ``feedback_share``, which need a counterfactual, are None.

    Raises
    ------
    KeyError
        If there is no such key.
    """
    terms = Terms.of(scenario)
    outcomes = [Outcome._make(row) for row in batch.outcomes.tolist()]
    columns: dict[str, list[Any]] = {}
    for key in keys:
        if key in COUNTERFACTUAL:
            columns[key] = [None] * len(outcomes)
            continue
        says = KEYS[key]
        columns[key] = [says(outcome, terms) for outcome in outcomes]
    return columns
