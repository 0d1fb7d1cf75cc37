"""The liquidation map as it stands: every open position counted anew in the bin of its liquidation price."""

from __future__ import annotations


def liquidation_map(rules, positions) -> list[int]:
    """Whole counts of notional by price bin, each position rounded by itself."""
    counts = [0] * rules.heat_bins
    for position in positions:
        price = position.liquidation
        place = (price - rules.heat_low) * rules.heat_per_price
        if position.quantity > 0.0 and price > 0.0 and 0.0 <= place < rules.heat_bins:
            unit = rules.heat_scale if rules.contract == "inverse" else price * rules.heat_scale
            counts[int(place)] += int(position.quantity * unit + 0.5)
    return counts
