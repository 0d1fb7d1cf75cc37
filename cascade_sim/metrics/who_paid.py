"""Who paid for the liquidations of a run, and who received it: both sides add up to the same."""

from __future__ import annotations

import numpy as np

from cascade_sim.engine.world import World


def who_paid(world: World) -> dict[str, float]:
    """Return the sums of a run's liquidations in the margin currency.

    Parameters
    ----------
    world : World

    Returns
    -------
    dict
        ``collateral_lost``, ``fund_paid``, ``adl_forgone``, ``socialised_loss`` (with ``bad_debt``, what was paid) and
        ``loss_to_market``, ``loss_in_engine``, ``fund_received`` (what was received); see `definitions.SUMMARY`.

    Notes
    -----
    With entry, bankruptcy and fill as u-values ``e``, ``b``, ``V/F``, the margin of a liquidated quantity ``q`` of
    which ``F`` is filled is::

        s q (e - b) = s (e F - V)  +  s (e - b) (q - F)  +  s (V - b F)
                      to the market   in the engine         surplus (+) or loss beyond the margin (-)

    The last term is what fund, trader, winners or nobody get or bear. A deleveraged winner closes at ``b`` instead of
    the mark: the difference is what it forgoes, and the market's side is counted up to the mark. What owners lose
    beyond their margin by closing their positions themselves is met by the same fund and is in ``loss_to_market``.
    """
    events, state = world.log.events[: int(world.state["events"][0])], world.state[0]
    side, quantity, bankruptcy = events["side"], events["quantity"], events["bankruptcy"]
    entry = world.positions.entry[events["position"]]
    change = events["fund_change"]
    forgone, overdrawn = float(state["adl_forgone"]), float(state["overdrawn"])
    sold = float((side * (entry * events["filled"] - events["value"])).sum())
    return {
        "collateral_lost": float((side * quantity * (entry - bankruptcy)).sum()) - float(state["returned"]),
        "fund_paid": -float(change[change < 0.0].sum()) + float(state["overdrawn_paid"]),
        "adl_forgone": forgone,
        "socialised_loss": float(state["socialised"]),
        "loss_to_market": sold + forgone + overdrawn,
        "loss_in_engine": float((side * (entry - bankruptcy) * (quantity - events["filled"])).sum()),
        "fund_received": float(np.maximum(change, 0.0).sum()),
    }
