"""What a run came to, as one row: the last state's figures, and sums over event rows, recorded rows and minutes."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import borrowing, melded
from cascade_sim.kernels.state import INVERSE, ROW

WORST_MINUTES = 30
ADL, INVENTORY = ROW.index("adl"), ROW.index("engine_inventory")
FORCED_SELL, FORCED_BUY = ROW.index("forced_sell"), ROW.index("forced_buy")

OUTCOME = np.dtype(
    [
        ("start_quantity", "f8"),  # of the crowd before the first tick
        ("ticks", "i8"),  # of the whole run, and those that are done
        ("done", "i8"),
        # as the state has them
        ("exhausted", "i8"),
        ("low_tick", "i8"),
        ("half_recovered_tick", "i8"),
        ("halts", "i8"),
        ("max_drawdown", "f8"),
        ("index_drawdown", "f8"),
        ("max_runup", "f8"),
        ("low_mark", "f8"),
        ("adl_notional", "f8"),
        ("adl_forgone", "f8"),
        ("socialised", "f8"),
        ("overdrawn", "f8"),
        ("overdrawn_paid", "f8"),
        ("bad_debt", "f8"),
        ("returned", "f8"),
        ("fund_cash", "f8"),
        ("fund_low", "f8"),
        ("topped_up", "f8"),
        ("ledger_error", "f8"),
        ("imbalance", "f8"),
        ("inventory", "f8"),  # of the engine, long positive
        ("vault_profit", "f8"),  # inventory at the mark
        ("replay", "i8"),
        ("tracked_ticks", "i8"),
        ("missed_ticks", "i8"),
        ("absorbed_ticks", "i8"),
        ("absorbed", "f8"),
        ("tracking_error", "f8"),
        ("forced_quantity", "f8"),  # traded in the book
        # sums over liquidations; money in the margin currency
        ("liquidations", "i8"),
        ("notional", "f8"),  # quote, as far as filled
        ("notional_long", "f8"),
        ("quantity", "f8"),
        ("quantity_later", "f8"),  # in rounds 2 and later
        ("quantity_squared", "f8"),
        ("margin", "f8"),  # behind what was liquidated
        ("sold", "f8"),  # lost from entry to fill
        ("held", "f8"),  # lost from entry to bankruptcy by what is not filled
        ("fund_paid", "f8"),
        ("fund_received", "f8"),
        # over recorded rows and clock minutes
        ("adl", "f8"),  # quantity
        ("largest_inventory", "f8"),
        ("forced", "f8"),  # notional of all minutes
        ("peak_minute", "f8"),
        ("worst_minutes", "f8"),  # largest sum over `WORST_MINUTES`
    ],
    align=True,
)


@melded
def add(total, rest, value):
    """Add a value to a sum that keeps what rounding takes away: Neumaier's; the sum is ``total + rest``."""
    together = total + value
    if abs(total) >= abs(value):
        rest += (total - together) + value
    else:
        rest += (value - together) + total
    return together, rest


@borrowing
def sum_events(rules_row, events, entry, outcome):
    """Write the sums over event rows; ``entry`` are the u-values of the crowd as it was built.

    Sums are compensated, so that they do not depend on how they are cut. Cost: 10 ns a liquidation.
    """
    out, inverse = outcome[0], rules_row[0].contract == INVERSE
    notional, notional_rest, of_longs, of_longs_rest = 0.0, 0.0, 0.0, 0.0
    quantity, quantity_rest, later, later_rest = 0.0, 0.0, 0.0, 0.0
    squared, squared_rest, margin, margin_rest = 0.0, 0.0, 0.0, 0.0
    sold, sold_rest, held, held_rest = 0.0, 0.0, 0.0, 0.0
    paid, paid_rest, received, received_rest = 0.0, 0.0, 0.0, 0.0
    for row in range(events.size):
        event = events[row]
        size, filled, bought = event.quantity, event.filled, entry[event.position]
        traded = filled if inverse else event.value
        notional, notional_rest = add(notional, notional_rest, traded)
        if event.side > 0:
            of_longs, of_longs_rest = add(of_longs, of_longs_rest, traded)
        quantity, quantity_rest = add(quantity, quantity_rest, size)
        squared, squared_rest = add(squared, squared_rest, size * size)
        if event.round > 1:
            later, later_rest = add(later, later_rest, size)
        loss = event.side * (bought - event.bankruptcy)
        margin, margin_rest = add(margin, margin_rest, size * loss)
        sold, sold_rest = add(sold, sold_rest, event.side * (bought * filled - event.value))
        held, held_rest = add(held, held_rest, loss * (size - filled))
        if event.fund_change < 0.0:
            paid, paid_rest = add(paid, paid_rest, -event.fund_change)
        else:
            received, received_rest = add(received, received_rest, event.fund_change)
    out.liquidations = events.size
    out.notional = notional + notional_rest
    out.notional_long = of_longs + of_longs_rest
    out.quantity = quantity + quantity_rest
    out.quantity_later = later + later_rest
    out.quantity_squared = squared + squared_rest
    out.margin = margin + margin_rest
    out.sold = sold + sold_rest
    out.held = held + held_rest
    out.fund_paid = paid + paid_rest
    out.fund_received = received + received_rest


@borrowing
def sum_rows(rows, outcome):
    """Write what was deleveraged, what was forced, and the engine's largest inventory, over rows (`state.ROW`)."""
    adl, rest, largest, forced, forced_rest = 0.0, 0.0, 0.0, 0.0, 0.0
    for row in range(rows.shape[0]):
        adl, rest = add(adl, rest, rows[row, ADL])
        largest = max(largest, abs(rows[row, INVENTORY]))
        forced, forced_rest = add(forced, forced_rest, rows[row, FORCED_SELL] + rows[row, FORCED_BUY])
    outcome[0].adl = adl + rest
    outcome[0].largest_inventory = largest
    outcome[0].forced_quantity = forced + forced_rest


@borrowing
def sum_minutes(minutes, outcome):
    """Write total, peak and worst half hour of the forced notional by clock minute."""
    total, rest, peak, worst = 0.0, 0.0, 0.0, 0.0
    window = min(WORST_MINUTES, minutes.size)
    for minute in range(minutes.size):
        if minutes[minute] > 0.0:
            total, rest = add(total, rest, minutes[minute])
            peak = max(peak, minutes[minute])
            # A window that is worst can be moved until it ends with a minute that counts.
            within = 0.0
            for earlier in range(max(0, minute + 1 - window), minute + 1):
                within += minutes[earlier]
            worst = max(worst, within)
    outcome[0].forced = total + rest
    outcome[0].peak_minute = peak
    outcome[0].worst_minutes = worst


@borrowing
def conclude(rules_row, state_row, entry, log, ticks, outcome):
    """Write the row of a world that has been advanced, but for its starting quantity.

    Parameters
    ----------
    rules_row, state_row, outcome : one-row arrays of `rules.RULES`, `state.STATE` and `OUTCOME`.
    entry : array of float, shape (n,)
        u-values of entry prices, in the order in which the crowd was built.
    log : `state.Log`
    ticks : int
        Of the whole run.
    """
    rules, state, out = rules_row[0], state_row[0], outcome[0]
    out.ticks, out.done = ticks, state.tick
    out.exhausted, out.low_tick, out.half_recovered_tick = state.exhausted, state.low_tick, state.half_recovered_tick
    out.halts = state.halts
    out.max_drawdown, out.index_drawdown, out.max_runup = state.max_drawdown, state.index_drawdown, state.max_runup
    out.low_mark = state.low_mark
    out.adl_notional, out.adl_forgone, out.socialised = state.adl_notional, state.adl_forgone, state.socialised
    out.overdrawn, out.overdrawn_paid = state.overdrawn, state.overdrawn_paid
    out.bad_debt, out.returned = state.bad_debt, state.returned
    out.fund_cash, out.fund_low, out.topped_up = state.fund_cash, state.fund_low, state.topped_up
    out.ledger_error, out.imbalance = state.ledger_error, state.imbalance
    out.inventory = state.engine_long - state.engine_short
    unit = -1.0 / state.mark if rules.contract == INVERSE else state.mark
    out.vault_profit = state.vault_cash + state.vault_quantity * unit
    out.replay = rules.replay
    out.tracked_ticks, out.missed_ticks = state.tracked_ticks, state.missed_ticks
    out.absorbed_ticks, out.absorbed, out.tracking_error = state.absorbed_ticks, state.absorbed, state.tracking_error
    sum_events(rules_row, log.events[: state.events], entry, outcome)
    recorded = log.rows.shape[0] if state.tick == ticks else state.tick // rules.row_ticks
    sum_rows(log.rows[:recorded], outcome)
    out.adl += state.row_adl
    out.forced_quantity += state.row_forced_sell + state.row_forced_buy
    sum_minutes(log.minutes, outcome)
