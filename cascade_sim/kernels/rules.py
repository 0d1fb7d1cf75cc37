"""What a run is told and never changes: one row of rules, a plain numpy record."""

from __future__ import annotations

import numpy as np

RULES = np.dtype(
    [
        ("contract", "i8"),
        ("moving", "i8"),  # whether triggers change (`Moves`)
        ("tick_s", "f8"),
        # book
        ("shape", "i8"),
        ("scale_bid", "f8"),  # linear: base units per unit log-distance; power: base units at log-distance 1
        ("scale_ask", "f8"),
        ("exponent", "f8"),
        ("until", "f8"),  # last log-distance of the book
        ("lowest_price", "f8"),  # nothing trades beyond these: the end of what prices can say
        ("highest_price", "f8"),
        ("half_spread", "f8"),
        ("refill_kept", "f8"),  # share of a displacement that is left after one tick
        ("refill_kept_eaten", "f8"),  # the same in eaten quantity: to the power of the exponent
        ("permanent", "f8"),
        ("withdraws", "i8"),
        ("withdrawal_volatility", "f8"),
        ("withdrawal_weight", "f8"),
        ("withdrawal_power", "f8"),
        ("withdrawal_floor", "f8"),
        ("pull_share", "f8"),  # share of the gap that the centre closes in one tick
        ("follow_share", "f8"),  # share of the gap that the index closes in one tick
        # mark
        ("mark", "i8"),
        ("mark_weight", "f8"),
        ("mark_cap", "f8"),
        # engine and backstops
        ("policy", "i8"),
        ("delay_ticks", "i8"),
        ("pace_share", "f8"),  # paced by half-life: share of the backlog per tick; 0 when paced by notional
        ("pace_notional", "f8"),  # quote notional per tick
        ("surplus_to_trader", "i8"),
        ("fund_start", "f8"),
        ("adl", "i8"),
        ("socialise", "i8"),
        ("ranking", "i8"),
        ("taker_fee", "f8"),
        ("liquidation_fee", "f8"),
        ("partial", "i8"),
        ("partial_tiers", "i8"),
        ("partial_share", "f8"),
        ("partial_above", "f8"),  # quote notional at or below which a position is closed whole
        ("partial_buffer", "f8"),
        ("cooldown_ticks", "i8"),
        # backstop vault
        ("absorb_share", "f8"),
        ("absorb_capital", "f8"),
        ("absorb_leverage", "f8"),
        ("absorb_below", "f8"),  # equity over maintenance below which the vault steps in
        ("absorb_unwind", "f8"),  # share of its inventory that the vault sells in one tick
        # funding
        ("funding", "i8"),
        ("funding_ticks", "i8"),
        ("first_funding_tick", "i8"),  # ticks until the first payment
        ("funding_share", "f8"),  # interval over the period that the rate is quoted for
        ("funding_interest", "f8"),
        ("funding_clamp", "f8"),  # clamp or dampener
        ("funding_cap", "f8"),
        ("impact_notional", "f8"),
        # brakes
        ("halt_move", "f8"),  # 0: none
        ("halt_over_ticks", "i8"),
        ("halt_for_ticks", "i8"),
        ("band", "f8"),  # 0: none
        ("band_of_mark", "i8"),
        ("throttle", "f8"),  # notional within the window; 0: none
        ("throttle_ticks", "i8"),
        # margin, for positions whose terms change during the run
        ("maintenance_on_entry", "i8"),
        # background flow
        ("momentum_notional", "f8"),  # quote notional per tick at full strength
        ("momentum_at", "f8"),
        ("momentum_weight", "f8"),
        ("value_notional", "f8"),
        ("value_at", "f8"),
        ("value_fixed", "i8"),  # whether the fair price is given; else it is the index
        ("value_log_price", "f8"),
        # replay
        ("replay", "i8"),  # 0, or `state.TRACKED`, `state.PUSHED`
        ("push_news", "i8"),  # 1: pushes before the mark are news, else orders
        # recording
        ("row_ticks", "i8"),
        ("heat_bins", "i8"),  # of the liquidation map; 0: not kept
        ("heat_low", "f8"),  # lower edge of the first bin
        ("heat_per_price", "f8"),  # bins to a unit of price
        ("heat_scale", "f8"),  # counts to a unit of notional, a power of two
        ("frame_ticks", "i8"),
        ("start_in_minute_s", "f8"),  # seconds from the clock minute before the start to the start
        ("open_interest_margin", "f8"),  # the scale of the ledger error
    ],
    align=True,
)
