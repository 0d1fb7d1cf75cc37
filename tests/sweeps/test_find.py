"""The cliff found by running: where theory knows the answer, it is the theory's."""

import pytest

import cascade_sim as cs

OPEN_INTEREST = "crowd.longs.open_interest"


def uniform():
    """D = 2e9 / 100 base units, a uniform map to 50 %, a sale of Q = D / 100: falls end at 1 % / (1 - R)."""
    return cs.load_scenario("textbook/uniform").bare()


def test_the_cliff_of_a_uniform_map_lies_where_the_closed_form_reaches_the_threshold():
    threshold = 0.05
    found = cs.cliff(uniform(), OPEN_INTEREST, "100M", "900M", threshold=threshold, replicates=1, tolerance=1e-6)
    low, high = found.bracket

    def falls(open_interest):
        return cs.run(uniform().with_overrides({OPEN_INTEREST: open_interest})).summary["max_drawdown"]

    assert falls(low) < threshold <= falls(high)
    import math

    # y = (Q/D) / (1 - R) with Q/D = 1 % of the start price's book, R = OI / (span D)
    y, push = -math.log1p(-threshold), 20e6 / (20e6 / 0.01)
    ratio = 1.0 - push / y
    assert found.value == pytest.approx(ratio * 0.5 * 2e9, rel=1e-3)


def test_a_sweep_says_between_which_values_to_look(tmp_path):
    sweep = cs.Sweep(
        name="cliff",
        scenario=uniform(),
        vary={OPEN_INTEREST: "100M..900M in 5 steps"},
        replicates=2,
        cascade={"max_drawdown": "5%"},
    )
    by_sweep = cs.cliff(sweep)
    by_hand = cs.cliff(uniform(), OPEN_INTEREST, 100e6, 900e6, threshold="5%", replicates=2)
    assert by_sweep == by_hand
    assert by_sweep.words().startswith("the probability of a cascade rises through 50 % at crowd.longs.open_interest")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("crowd.longs.open_intrest", 1e8, 9e8), "open_interest"),
        ((OPEN_INTEREST, 1e8), "both ends"),
        ((OPEN_INTEREST, "a", "b"), "both ends"),
        ((None,), "along which key"),
        ((OPEN_INTEREST, 1e8, 2e8), "does not cross"),
    ],
)
def test_a_search_that_cannot_be_says_what_to_change(arguments, message):
    with pytest.raises(cs.CascadeError, match=message):
        cs.cliff(uniform(), *arguments, replicates=1)
