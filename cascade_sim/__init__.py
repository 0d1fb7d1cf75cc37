"""cascade_sim: liquidation cascades of leveraged traders."""
