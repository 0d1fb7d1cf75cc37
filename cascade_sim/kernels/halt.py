"""Trading halt: the venue stands still after a large move within a window."""

from __future__ import annotations

from cascade_sim.kernels.jit import inner


@inner
def expire(ticks, head, tail, before):
    """Drop the marks of ticks up to ``before`` from a ring; returns its new head."""
    while head != tail and ticks[head] <= before:
        head = head + 1 if head + 1 < ticks.size else 0
    return head


@inner
def keep_extreme(ticks, marks, head, tail, now, over, mark, sign):
    """Add a mark to a ring that holds a window's falling (sign +1) or rising (-1) marks; returns (head, tail).

    Marks that a later one has overtaken can never be the extreme again and are dropped, and so are those older than
    the window. Cost: O(1) a tick on average.
    """
    size = ticks.size
    head = expire(ticks, head, tail, now - over)
    while head != tail:
        last = tail - 1 if tail > 0 else size - 1
        if sign * (marks[last] - mark) > 0.0:
            break
        tail = last
    ticks[tail] = now
    marks[tail] = mark
    return head, tail + 1 if tail + 1 < size else 0


@inner
def watch(rules, state, high_tick, high_mark, low_tick, low_mark):
    """At the end of a tick, take its mark into the halt's window."""
    now, over, mark = state.tick, rules.halt_over_ticks, state.mark
    state.high_head, state.high_tail = keep_extreme(
        high_tick, high_mark, state.high_head, state.high_tail, now, over, mark, 1.0
    )
    state.low_head, state.low_tail = keep_extreme(
        low_tick, low_mark, state.low_head, state.low_tail, now, over, mark, -1.0
    )


@inner
def trips(rules, state, high_tick, high_mark, low_tick, low_mark):
    """Halt the venue if the mark has moved too far from an extreme of the window; returns whether it did.

    ``M <= (1 - move) max`` or ``M >= (1 + move) min``, over the marks at the ends of the last ``over`` ticks. The
    window starts afresh after the halt.
    """
    before = state.tick - rules.halt_over_ticks
    state.high_head = expire(high_tick, state.high_head, state.high_tail, before)
    state.low_head = expire(low_tick, state.low_head, state.low_tail, before)
    falls = state.high_head != state.high_tail and state.mark <= (1.0 - rules.halt_move) * high_mark[state.high_head]
    rises = state.low_head != state.low_tail and state.mark >= (1.0 + rules.halt_move) * low_mark[state.low_head]
    if falls or rises:
        state.halted = 1
        state.halts += 1
        state.halt_until = state.tick + 1 + rules.halt_for_ticks
        state.next_outage_tick = min(state.next_outage_tick, state.tick + 1)
        state.high_head = state.high_tail = state.low_head = state.low_tail = 0
        return True
    return False
