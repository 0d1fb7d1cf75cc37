"""What all public functions do with their inputs."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.mechanics.inputs import checked, filled, lists, rows, series, signs, tables


def test_rows_are_contiguous_and_writable_whatever_memory_the_caller_gives():
    locked = np.arange(1.0, 7.0)
    locked.flags.writeable = False
    shape, columns = rows(a=(locked[::2], "positive"), b=(2, "amount"), c=([[1], [2]], "finite"), s=("long", "side"))
    assert shape == (2, 3)
    assert all(column.flags.c_contiguous and column.flags.writeable and column.shape == (6,) for column in columns)
    assert columns[0].tolist() == [1.0, 3.0, 5.0] * 2
    assert columns[3].dtype == np.int8


def test_a_refusal_names_the_input_the_rule_the_number_and_its_row():
    with pytest.raises(ValueError, match=r"^rate must be in \[0, 1\), not 1.5 \(row 3\)$"):
        checked("rate", [[0.1, 0.2], [0.3, 1.5]], "rate")
    with pytest.raises(ValueError, match=r"^rate must be in .*, not nan$"):
        checked("rate", np.nan, "rate")


@pytest.mark.parametrize("side", ["long", " Long ", "+1", 1, 1.0, np.int64(1), np.array("long")])
def test_a_side_is_a_word_or_a_sign(side):
    assert signs(side) == 1


def test_a_bare_number_for_a_list_is_refused_and_a_list_for_a_bare_number_spreads():
    with pytest.raises(ValueError, match="size must be a list"):
        lists(size=(1.0, "finite"), price=([1.0, 2.0], "positive"))
    sizes, prices = lists(size=([[1.0, 2.0]], "finite"), price=(3.0, "positive"))
    assert [table.tolist() for table in tables((2,), sizes, prices)] == [[[1.0, 2.0]] * 2, [[3.0, 3.0]] * 2]


def test_samples_become_one_row_for_each_series():
    shape, (table,) = series(samples=(np.arange(24.0).reshape(2, 3, 4), "finite"))
    assert shape == (2, 3)
    assert table.shape == (6, 4)
    with pytest.raises(ValueError, match="at least one value"):
        series(samples=(np.empty((2, 0)), "finite"))


def test_answers_for_bare_numbers_are_plain_python_numbers():
    def double(values, out):
        out[:] = 2 * values

    assert type(filled(double, *rows(a=(1.5, "finite")))) is float
    assert filled(double, *rows(a=([], "finite"))).shape == (0,)
