from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.calibration.sensitivity import RANGE_DEVIATION, SEEN, from_jacobian, in_words

MIDDLE = np.array([0.5, 0.5])


def test_a_direction_that_moves_nothing_is_found_and_named():
    # Both targets see the difference of the parameters only.
    found = from_jacobian(np.array([[30.0, -30.0], [10.0, -10.0]]), MIDDLE)
    assert found.values == pytest.approx([np.sqrt(2.0 * (30.0**2 + 10.0**2)), 0.0], abs=1e-9)
    assert np.abs(found.directions[1]) == pytest.approx([0.5**0.5, 0.5**0.5], rel=1e-9)
    assert in_words(found.directions[1], ["depth", "open_interest"]) == "depth and open_interest together up"
    assert in_words(found.directions[0], ["depth", "open_interest"]) in (
        "depth up, open_interest down",
        "open_interest up, depth down",
    )
    assert not found.identified.any()


def test_a_parameter_that_targets_see_is_known_beside_one_that_none_sees():
    found = from_jacobian(np.array([[20.0, 0.0]]), MIDDLE)
    assert found.identified.tolist() == [True, False]
    assert found.deviations == pytest.approx([(20.0**2 + 12.0) ** -0.5, RANGE_DEVIATION], rel=1e-12)
    assert (found.low[1], found.high[1]) == (0.0, 1.0)
    assert in_words(found.directions[1], ["depth", "withdrawal"]) == "withdrawal alone"


def test_one_limit_divides_directions_and_parameters_that_stand_alone():
    for value, known in ((0.999 * SEEN, False), (1.001 * SEEN, True)):
        assert from_jacobian(np.diag([value, 100.0]), MIDDLE).identified.tolist() == [known, True]


def test_fewer_targets_than_parameters_leave_directions_unseen():
    found = from_jacobian(np.array([[9.0, 9.0, 9.0]]), np.full(3, 0.5))
    assert found.values == pytest.approx([9.0 * 3.0**0.5, 0.0, 0.0], abs=1e-9)
