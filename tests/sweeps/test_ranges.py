from itertools import pairwise

import pytest
from sweep_files import refusal, varying

from cascade_sim.scenario.findings import WrongError
from cascade_sim.sweeps.vary import read_varied


def values(written):
    entry = read_varied(written)
    assert entry.kind == "range"
    return entry.values


def test_a_linear_range_has_its_ends_and_equal_steps():
    assert values("5..50 in 10 steps") == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    assert values("50..5 in 4 linear steps") == [50, 35, 20, 5]
    assert values("-1 .. 1 in 3 steps") == [-1, 0, 1]
    assert values("0.25..1.75 in 4 steps") == [0.25, 0.75, 1.25, 1.75]


def test_a_log_range_has_its_ends_and_equal_ratios():
    assert values("5M..80M in 5 log steps") == [5e6, 1e7, 2e7, 4e7, 8e7]
    drawn = values("0.3..7 in 9 log steps")
    assert (drawn[0], drawn[-1]) == (0.3, 7)
    ratios = [later / earlier for earlier, later in pairwise(drawn)]
    assert ratios == pytest.approx([(7 / 0.3) ** (1 / 8)] * 8, rel=1e-11)


def test_the_values_of_a_linear_range_are_the_nearest_to_the_decimal_ones():
    assert values("0.5%..4% in 8 steps") == [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04]
    assert values("0..1 in 11 steps") == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("40k..1.1M in 2 steps", [40_000, 1_100_000]),
        ("1min..1h30min in 2 steps", [60, 5400]),
        ("250 ms..1 s in 4 steps", [0.25, 0.5, 0.75, 1]),
        ("0..2h in 3 steps", [0, 3600, 7200]),
        ("0..10% in 3 steps", [0, 0.05, 0.1]),
        ("1e-4..1e-2 in 3 log steps", [1e-4, 1e-3, 1e-2]),
        (".5..1 in 2 steps", [0.5, 1]),
        ("200_000..1M in 2 steps", [200_000, 1_000_000]),
        ("5..5 in 1 step", [5]),
    ],
)
def test_ends_are_read_with_their_units(written, expected):
    assert values(written) == expected


def test_a_range_means_the_same_as_a_mapping():
    mapping = {"from": "5M", "to": "80M", "steps": 5, "scale": "log"}
    assert values(mapping) == values("5M..80M in 5 log steps")
    assert read_varied(mapping).written == read_varied("5M..80M in 5 log steps").written


def test_whole_numbers_of_a_range_are_integers():
    assert [type(value) for value in values("1..2 in 3 steps")] == [int, float, int]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0.5%..4 in 8 steps", "to is a number, from is a percentage"),
        ("1..2h in 8 steps", "to is a duration, from is a number"),
        ("5M..80m in 5 steps", "'m' is not a suffix; did you mean 80M?"),
        ("0..80M in 5 log steps", "0 is not above 0, and the scale is log"),
        ("5..50 in 1 step", "1 step has no room for two ends"),
        ("5..50 in 0 steps", "0 is not above 0"),
        ("5..50 in 2.5 steps", "2.5 is not a whole number"),
        ("5..50 in 2M steps", "2,000,000 is above 1,000,000"),
        ("5..5 in 3 steps", "is the same as from"),
        ("50..5", "is below from"),
        ("5..50 in 10", "is not a range"),
        ("5...50 in 10 steps", "is not a range"),
        ("5 to 50 in 10 steps", "is not a range"),
        ("5..50 in 10 square steps", "'square' is not a kind of steps"),
        ("1h..never in 3 steps", "never is not a number that can be varied"),
        ("50", "is a single value; write a list, such as [50]"),
        ({"from": 5, "to": 50, "stpes": 3}, "did you mean steps?"),
        ({"from": 5, "steps": 3}, "is missing"),
        ({"from": 5, "to": "many", "steps": 3}, "'many' is not a number"),
        ({"from": 5, "to": 50, "steps": 3, "scale": "lg"}, "did you mean log?"),
    ],
)
def test_what_is_no_range_is_refused(written, message):
    with pytest.raises(WrongError) as refused:
        read_varied(written)
    (finding,) = refused.value.findings
    assert message in f"{finding.message}; {finding.fix}"


def test_a_range_of_a_key_that_counts_has_whole_numbers(tmp_path):
    entry = varying(tmp_path, "crowd.longs.traders: 100..1k in 4 log steps").varied["crowd.longs.traders"]
    assert entry.values == [100, 215, 464, 1000]
    assert (
        varying(tmp_path, "crowd.longs.open_interest: 1M..2M in 4 steps").varied["crowd.longs.open_interest"].whole
        is False
    )
    said = refusal(tmp_path, "crowd.longs.traders: 1..9 in 100 steps")
    assert "100 steps give some whole numbers twice" in said


def test_a_list_keeps_what_was_written(tmp_path):
    written = ["5M", 10_000_000, {"kind": "fixed"}]
    assert read_varied(written).values == written
    sweep = varying(tmp_path, "crowd.longs.open_interest: [5M, 10_000_000]")
    assert sweep.varied["crowd.longs.open_interest"].values == ["5M", 10_000_000]
    assert sweep.resolved()["vary"] == {"crowd.longs.open_interest": ["5M", 10_000_000]}
