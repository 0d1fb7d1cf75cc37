"""The public functions and the tick loop follow the same rules."""

from __future__ import annotations

import compiled
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import rules_row

from cascade_sim.kernels import state as k
from cascade_sim.mechanics.adl import adl_score, hyperliquid_adl_index
from cascade_sim.mechanics.funding import clamped_funding_rate, damped_funding_rate

PRICES = st.floats(0.01, 1e6)
RATES = st.floats(-0.05, 0.05)


@given(st.sampled_from([1.0, -1.0]), PRICES, PRICES, PRICES, st.booleans())
def test_deleveraging_scores_are_the_same_bits(side, entry, mark, ruin, inverse):
    contract = "inverse" if inverse else "linear"
    rules = rules_row(ranking=k.RANKING_PROFIT_LEVERAGE, contract=k.INVERSE if inverse else k.LINEAR)
    values = [-1.0 / price if inverse else price for price in (mark, entry, ruin)]
    in_the_loop = compiled.score_of(rules, side, *values)
    score = adl_score(side, entry, mark, ruin, contract=contract).score
    assert (np.isnan(in_the_loop) and score == -np.inf) or score == in_the_loop


@given(st.sampled_from([1.0, -1.0]), PRICES, PRICES, st.floats(0.01, 0.9))
def test_hyperliquid_indices_are_the_same(side, entry, mark, cushion):
    rules = rules_row(ranking=k.RANKING_HYPERLIQUID, contract=k.LINEAR)
    ruin = mark - side * cushion * mark
    index = hyperliquid_adl_index(mark, entry, 3.0 * mark, 3.0 * side * (mark - ruin), side=side)
    assert index == pytest.approx(compiled.score_of(rules, side, mark, entry, ruin), rel=1e-13)


@given(RATES, st.floats(0.0, 0.01), st.floats(0.0, 0.02))
def test_damped_funding_rates_are_the_same_bits(premium, damp, cap):
    rules = rules_row(funding=k.FUNDING_DAMPENED, funding_clamp=damp, funding_cap=cap)
    assert damped_funding_rate(premium, damp=damp, cap=cap) == compiled.funding_rate(rules, premium)


@given(RATES, RATES, st.floats(0.0, 0.01), st.floats(0.0, 0.02))
def test_clamped_funding_rates_are_the_same_but_for_the_premium_s_rounding(premium, interest, clamp, cap):
    rules = rules_row(funding=k.FUNDING_CLAMP, funding_interest=interest, funding_clamp=clamp, funding_cap=cap)
    rate = clamped_funding_rate(premium, interest, clamp=clamp, cap=cap)
    assert rate == pytest.approx(compiled.funding_rate(rules, premium), abs=1e-17)
