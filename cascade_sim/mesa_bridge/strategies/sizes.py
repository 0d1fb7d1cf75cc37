"""How large an order may be: what waits already, and what the money carries, for both kinds of contract."""

from __future__ import annotations

from typing import Any

from cascade_sim.mesa_bridge.trader import TraderAgent


def open_quantity(trader: TraderAgent, side: str) -> float:
    """Return the quantity of a trader's open orders on one side.

    Ask before cancelling: an order that is being cancelled does not count any more, and may still be filled on its way
    out.
    """
    return sum(order.quantity for order in trader.open_orders if order.side == side)


def carried(trader: TraderAgent, margin: float, price: Any) -> Any:
    """Return the quantity that an amount of margin carries at the trader's leverage, the taker's fee paid.

    Parameters
    ----------
    margin : float
        Margin currency (quote; base for an inverse contract).
    price : float or array of float
        Quote.

    Returns
    -------
    float or array of float
        Base units; contracts of an inverse contract.
    """
    value = max(margin, 0.0) / (1.0 / trader.leverage + trader.model.scenario.exchange.fees.taker)
    return value / abs(trader.market.unit(price))


def affordable(trader: TraderAgent, side: str, price: Any) -> Any:
    """Return the most that a trader can order at a price: what closes its position, and what free cash carries."""
    held = trader.position if side == "sell" else -trader.position
    closing = max(held - open_quantity(trader, side), 0.0) if held > 0.0 else 0.0
    return closing + carried(trader, trader.available, price)
