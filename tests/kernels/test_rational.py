from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cascade_sim.kernels.rational import ratios

NUMBERS = st.floats(-1e3, 1e3)
COEFFICIENTS = st.lists(NUMBERS, min_size=8, max_size=8)


def horner(coefficients: list[float], x: float) -> float:
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


@given(COEFFICIENTS, COEFFICIENTS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=9))
def test_ratios_are_those_of_plain_arithmetic_to_the_bit(above, below, places):
    at, factor = (np.array(column) for column in zip(*places, strict=True))
    out = np.empty(at.size)
    ratios(np.array(above), np.array(below), at, factor, out)
    for x, scale, found in zip(at.tolist(), factor.tolist(), out.tolist(), strict=True):
        divisor = horner(below, x)
        if divisor != 0.0:
            assert found == scale * (horner(above, x) / divisor)


def test_the_result_may_be_written_over_the_factor():
    at, factor = np.linspace(-1.0, 1.0, 50), np.linspace(0.0, 3.0, 50)
    above, below = np.arange(1.0, 9.0), np.arange(9.0, 1.0, -1.0)
    out = np.empty(50)
    ratios(above, below, at, factor, out)
    ratios(above, below, at, factor, factor)
    assert np.array_equal(out, factor)
