"""Rows that the tick loop keeps many of: what fires, what traders do to defend a position, who arrives."""

from __future__ import annotations

import numpy as np

EVENT = np.dtype(
    [
        ("tick", "i4"),
        ("round", "i4"),
        ("position", "i4"),  # index in the crowd as it was built
        ("side", "i2"),
        ("vault", "i2"),  # whether the backstop vault is still to be asked
        ("quantity", "f8"),
        ("trigger", "f8"),
        ("bankruptcy", "f8"),  # u-value
        ("filled", "f8"),
        ("value", "f8"),  # integral of u over what was filled
        ("fund_change", "f8"),
    ],
    align=True,
)

# What a trader does to defend a position, one row a position in the order in which the crowd was built.
TERMS = np.dtype(
    [
        ("liquidation", "f8"),  # price of it at the terms that hold now; 0: not yet known
        ("wallet", "f8"),  # free balance, margin currency
        ("top_up", "f8"),  # what an answered margin call pays
        ("call_at", "f8"),  # equity over maintenance at which the margin call comes; 0: none
        ("stop", "f8"),  # price of the stop-loss order; NaN: none
        ("profit", "f8"),  # price of the take-profit order; NaN: none
        ("answers", "i4"),  # margin calls that will still be answered
        ("kind", "i4"),  # what the adverse trigger is
        ("side", "i4"),
        ("held", "i4"),  # 1 while the liquidation waits for the throttle
        ("part", "i4"),  # UNTOUCHED, COOLING_DOWN, or 1 + the tick of its last partial liquidation
    ],
    align=True,
)

# A position to be opened during the run, one row an arrival.
ENTRANT = np.dtype(
    [
        ("tick", "i8"),
        ("position", "i8"),  # its place in the order in which the crowd was built
        ("notional", "f8"),  # quote
        ("leverage", "f8"),
        ("backing", "f8"),  # cross margin: wallet behind the position, as a multiple of its collateral
        ("wallet", "f8"),  # isolated margin: free balance, as a multiple of its collateral
        ("top_up", "f8"),  # share of the wallet that an answered call pays
        ("call_at", "f8"),
        ("stop_distance", "f8"),  # fraction of the entry price; 0: no stop
        ("stop_step", "f8"),  # price step of the round numbers; 0: none
        ("stop_beyond", "f8"),
        ("profit_distance", "f8"),
        ("profit_step", "f8"),
        ("profit_beyond", "f8"),
        ("answers", "i4"),
        ("side", "i4"),
    ],
    align=True,
)
