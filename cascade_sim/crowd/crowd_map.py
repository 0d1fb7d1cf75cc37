"""The crowd as the liquidation map shows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cascade_sim.crowd.arrays import Crowd
from cascade_sim.scenario import Scenario


def crowd_map(crowd: Crowd, scenario: Scenario) -> dict[str, Any]:
    """Return what is needed to draw where the crowd would be liquidated.

    Parameters
    ----------
    crowd : Crowd
    scenario : Scenario
        Says whether the contract is linear or inverse.

    Returns
    -------
    dict of str to array, each of shape (n,)
        ``side`` (+1, -1), ``trigger_price`` in quote currency (0 or infinity: never), ``quantity`` in base
        units or contracts, ``leverage`` (entry notional over collateral, the wallet included under cross
        margin) and ``cohort`` (a pandas Categorical of names).
    """
    import pandas as pd

    value = crowd.quantity / crowd.entry_price if scenario.market.contract == "inverse" else None
    value = crowd.quantity * crowd.entry_price if value is None else value
    codes = np.repeat(np.arange(len(crowd.cohort_names)), np.diff(crowd.cohort_start))
    with np.errstate(divide="ignore"):
        leverage = np.divide(value, crowd.collateral, out=value)
    return {
        "side": crowd.side,
        "trigger_price": crowd.trigger,
        "quantity": crowd.quantity,
        "leverage": leverage,
        "cohort": pd.Categorical.from_codes(codes, categories=crowd.cohort_names),
    }
