"""Who paid for the liquidations of a run, and who received it: both sides add up to the same.

With entry, bankruptcy and fill as u-values ``e``, ``b``, ``V/F``, the margin of a liquidated quantity ``q`` of which
``F`` is filled is::

    s q (e - b) = s (e F - V)  +  s (e - b) (q - F)  +  s (V - b F)
                  to the market   in the engine         surplus (+) or loss beyond the margin (-)

The last term is what fund, trader, winners or nobody get or bear. A deleveraged winner closes at ``b`` instead of the
mark: the difference is what it forgoes, and the market's side is counted up to the mark. What owners lose beyond their
margin by closing their positions themselves is met by the same fund and is in ``loss_to_market``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cascade_sim.engine.world import World
from cascade_sim.metrics.outcome import outcome_of

# The keys of the summary, from an `Outcome`. Paid (with ``bad_debt``) is what the first four say, received the others.
PAID_AND_RECEIVED: dict[str, Callable[[Any], float]] = {
    "collateral_lost": lambda o: o.margin - o.returned,
    "fund_paid": lambda o: o.fund_paid + o.overdrawn_paid,
    "adl_forgone": lambda o: o.adl_forgone,
    "socialised_loss": lambda o: o.socialised,
    "loss_to_market": lambda o: o.sold + o.adl_forgone + o.overdrawn,
    "loss_in_engine": lambda o: o.held,
    "fund_received": lambda o: o.fund_received,
}


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
    """
    outcome = outcome_of(world)
    return {key: says(outcome) for key, says in PAID_AND_RECEIVED.items()}
