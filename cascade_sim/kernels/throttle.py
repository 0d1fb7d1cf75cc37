"""Rolling-window throttle: how much notional the engine may take over within a while."""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inner, melded
from cascade_sim.kernels.state import INVERSE


@inner
def next_slice(rules, state, throttled):
    """Start a tick: what was taken over a whole window ago counts no more. Cost: 2 ns."""
    place = state.tick % rules.throttle_ticks
    state.throttle_used = max(state.throttle_used - throttled[place], 0.0)
    throttled[place] = 0.0


@melded
def capacity(rules, state):
    """Quantity that may still be taken over in this tick, at the mark; infinite without a throttle."""
    if rules.throttle == 0.0:
        return math.inf
    left = max(rules.throttle - state.throttle_used, 0.0)
    return left if rules.contract == INVERSE else left / state.mark


@melded
def use(rules, state, log, quantity, allowed):
    """Count a take-over of ``quantity`` against the window; a limited one uses all that was ``allowed``."""
    if rules.throttle == 0.0:
        return
    place = state.tick % rules.throttle_ticks
    notional = quantity if rules.contract == INVERSE else quantity * state.mark
    if quantity >= allowed:
        notional = rules.throttle - state.throttle_used
    log.throttled[place] += notional
    state.throttle_used += notional
