"""What a run came to, summed exactly: every sum with `math.fsum`, every window of minutes by itself."""

from __future__ import annotations

import math

from cascade_sim.kernels.state import ROW


def event_sums(events, entry, inverse: bool) -> dict[str, float]:
    """Sums over event rows; ``entry`` are the u-values of the crowd as it was built."""
    rows = [dict(zip(events.dtype.names, event.item(), strict=True)) for event in events]

    def total(value, wanted=lambda row: True) -> float:
        return math.fsum(value(row) for row in rows if wanted(row))

    def notional(row) -> float:
        return row["filled"] if inverse else row["value"]

    def loss(row) -> float:
        return row["side"] * (float(entry[row["position"]]) - row["bankruptcy"])

    return {
        "liquidations": len(rows),
        "notional": total(notional),
        "notional_long": total(notional, lambda row: row["side"] == 1),
        "quantity": total(lambda row: row["quantity"]),
        "quantity_later": total(lambda row: row["quantity"], lambda row: row["round"] >= 2),
        "quantity_squared": total(lambda row: row["quantity"] ** 2),
        "margin": total(lambda row: row["quantity"] * loss(row)),
        "sold": total(lambda row: row["side"] * (float(entry[row["position"]]) * row["filled"] - row["value"])),
        "held": total(lambda row: loss(row) * (row["quantity"] - row["filled"])),
        "fund_paid": -total(lambda row: row["fund_change"], lambda row: row["fund_change"] < 0.0),
        "fund_received": total(lambda row: row["fund_change"], lambda row: row["fund_change"] > 0.0),
    }


def row_sums(rows) -> dict[str, float]:
    """What was deleveraged in recorded rows, and the engine's largest inventory at one."""
    inventory, adl = ROW.index("engine_inventory"), ROW.index("adl")
    return {
        "adl": math.fsum(rows[:, adl].tolist()),
        "largest_inventory": max((abs(value) for value in rows[:, inventory].tolist()), default=0.0),
    }


def minute_sums(minutes, window: int = 30) -> dict[str, float]:
    """Total, peak and the worst window of whole minutes."""
    notional = minutes.tolist()
    window = min(window, len(notional))
    windows = [math.fsum(notional[first : first + window]) for first in range(len(notional) - window + 1)]
    return {"forced": math.fsum(notional), "peak_minute": max(notional), "worst_minutes": max(windows)}
