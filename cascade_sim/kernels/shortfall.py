"""Losses beyond the fund: spread over all winners, or written off as bad debt."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.changes import set_trigger
from cascade_sim.kernels.jit import inner
from cascade_sim.kernels.opponents import slot_of
from cascade_sim.kernels.orders import unit_of


@inner
def profit_of(rules, positions, moves, member, unit):
    """Profit per unit of quantity of an open position, with its slot and side; (0, 0, 0) where there is none."""
    k = slot_of(rules, moves, member)
    if moves is None:
        side = 1.0 if k < positions.longs else -1.0
    else:
        side = 1.0 if moves.terms[member if rules.moving else positions.index[k]].side > 0 else -1.0
    if k < 0 or positions.quantity[k] <= 0.0:
        return 0.0, np.int64(0), 0.0
    return max(0.0, side * (unit - positions.entry[positions.index[k]])), k, side


@inner
def socialise(rules, state, positions, tape, moves):
    """Spread the shortfall over all winners in proportion to their profit; returns what they could not cover.

    ``share = min(1, shortfall / sum of profits)``; a winner's cash falls by ``share profit``, which moves its
    bankruptcy and liquidation prices nearer, so the crowd has to be sorted anew. Cost: two passes over the crowd.
    """
    unit = unit_of(rules, state.mark)
    members = positions.key.size
    if moves is not None:
        members = moves.slot.size if rules.moving else state.next_slot
    total = 0.0
    for j in range(members):
        profit, k, side = profit_of(rules, positions, moves, j, unit)
        if profit > 0.0:
            total += positions.quantity[k] * profit
    if total <= 0.0:
        return state.shortfall
    share = min(1.0, state.shortfall / total)
    for j in range(members):
        profit, k, side = profit_of(rules, positions, moves, j, unit)
        if profit > 0.0:
            positions.bankruptcy[k] += side * share * profit
            set_trigger(rules, state, positions, tape, moves, k, np.bool_(True))
    state.crowd_cash -= share * total
    return state.shortfall - share * total if share == 1.0 else 0.0


@inner
def place_shortfall(rules, state, positions, tape, moves):
    """Place the losses beyond the fund: over the winners, else as bad debt."""
    rest = state.shortfall
    if rules.socialise and not rules.adl:
        rest = socialise(rules, state, positions, tape, moves)
    state.socialised += state.shortfall - rest
    state.written_off -= rest
    state.bad_debt += rest
    state.shortfall = 0.0
