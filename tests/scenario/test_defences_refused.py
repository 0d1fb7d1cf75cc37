"""Defences and comings and goings of traders that cannot be: refused at their key."""

import pytest

CALLED = {"crowd.longs.wallet": 1, "exchange.maintenance.rate": "0.5%"}
COMING = {"traders_per_day": 500, "open_interest_per_day": "20M"}
FIVE = {"kind": "fixed", "value": 5}
MAP = {"kind": "uniform", "to": "10%"}
NOBODY = {"side": "long", "traders": 0, "open_interest": 0}
STOP = {"from": "2%", "to": "10%"}


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"wallet": -1}, "wallet", "-1 is below 0"),
        ({"margin": "portfolio"}, "margin", "cannot be 'portfolio'"),
        ({"top_up": {}}, "top_up", "has nothing to pay from"),
        ({"top_up": {}, "wallet": 0}, "top_up", "has nothing to pay from"),
        ({"top_up": {}, "wallet": 1}, "top_up", "a multiple of maintenance, which is 0 here"),
        ({"top_up": {}, "wallet": 1, "margin": "cross"}, "top_up", "means nothing under cross margin"),
        ({"stop_loss": {"from": "5%", "to": "2%"}}, "stop_loss.to", "2% lies below from"),
        ({"stop_loss": {**STOP, "beyond": "1%"}}, "stop_loss.beyond", "means nothing without round_to"),
        ({"stop_loss": {**STOP, "share": "110%"}}, "stop_loss.share", "'110%' is above 1"),
        ({"stop_loss": {**STOP, "from": 0}}, "stop_loss.from", "0 is not above 0"),
        ({"stop_loss": {"share": "30%", "to": "2%"}}, "stop_loss.from", "is missing"),
        ({"take_profit": {**STOP, "to": "100%"}}, "take_profit.to", "'100%' is not below 1"),
        ({"take_profit": {**STOP, "round_to": 0}}, "take_profit.round_to", "0 is not above 0"),
        ({"exits": {}}, "exits.half_life", "is missing"),
        ({"exits": {"half_life": "never"}}, "exits.half_life", "'never' does not end"),
        ({"exits": {"half_life": 0}}, "exits.half_life", "0 is not above 0"),
        ({"arrivals": {**COMING, "traders_per_day": 0}}, "arrivals.traders_per_day", "0 is not above 0"),
        ({"arrivals": {"traders_per_day": 5}}, "arrivals.open_interest_per_day", "is missing"),
        ({"arrivals": {**COMING, "from": "20s", "to": "20s"}}, "arrivals.to", "do not end after they begin"),
        ({"arrivals": {**COMING, "from": "-20s"}}, "arrivals.from", "lies before the start of the run"),
        (
            {"arrivals": {**COMING, "leverage": {"kind": "fixed", "value": 200}}},
            "arrivals.leverage.value",
            "200 is above the exchange's maximum of 125",
        ),
        ({"liquidation": MAP, "arrivals": COMING}, "arrivals.leverage", "is missing"),
        ({"traders": 0}, "traders", "0 is not above 0"),
        ({"open_interest": 0}, "open_interest", "0 is not above 0"),
        ({"traders": 0, "arrivals": COMING}, "traders", "is 0 where open_interest is not"),
        ({"open_interest": 0, "arrivals": COMING}, "open_interest", "is 0 where traders is not"),
    ],
)
def test_what_a_cohort_cannot_do_is_refused_at_its_key(problems_with, changes, place, message):
    problems = problems_with({f"crowd.longs.{key}": value for key, value in changes.items()})
    assert [problem.key for problem in problems] == [f"crowd.longs.{place}"]
    assert message in problems[0].message
    assert problems[0].fix


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("at", 1, "1 is not above 1"),
        ("at", "90%", "'90%' is not above 1"),
        ("probability", "110%", "'110%' is above 1"),
        ("times", 0, "0 is not above 0"),
        ("times", 1.5, "1.5 is not a whole number"),
        ("share", 0, "0 is not above 0"),
    ],
)
def test_calls_that_cannot_be_answered_are_refused(problems_with, key, value, message):
    (problem,) = problems_with({**CALLED, "crowd.longs.top_up": {key: value}})
    assert problem.key == f"crowd.longs.top_up.{key}"
    assert message in problem.message


@pytest.mark.parametrize(
    "cohort",
    [
        {"positions": "a.csv", "wallet": 2, "stop_loss": STOP, "exits": {"half_life": "5d"}, "margin": "cross"},
        {**NOBODY, "arrivals": {**COMING, "leverage": FIVE}},
        {**NOBODY, "leverage": FIVE, "arrivals": COMING},
        {**NOBODY, "liquidation": MAP, "arrivals": {**COMING, "leverage": FIVE}},
        {"side": "short", "traders": 5, "open_interest": 5, "leverage": FIVE, "stop_loss": STOP, "take_profit": STOP},
        {"side": "short", "traders": 5, "open_interest": 5, "leverage": FIVE, "margin": "cross", "wallet": 3},
        {**NOBODY, "leverage": FIVE, "arrivals": {**COMING, "from": "10s", "to": "5h", "size": {"kind": "equal"}}},
        {"side": "long", "traders": 5, "open_interest": 5, "leverage": FIVE, "stop_loss": {**STOP, "round_to": 100}},
    ],
)
def test_what_a_cohort_can_do_is_let_through_and_survives_being_written_out(problems_with, small, cohort):
    assert problems_with({"crowd.other": cohort}) == []
    changed = small.with_overrides({"crowd.other": cohort})
    assert small.with_overrides(changed.resolved()).hash == changed.hash


def test_arrivals_do_not_stand_beside_a_positions_file(problems_with):
    (problem,) = problems_with({"crowd.other": {"positions": "a.csv", "arrivals": COMING}})
    assert (problem.key, problem.message) == ("crowd.other.positions", "excludes arrivals")


def test_a_cohort_of_nobody_needs_the_leverage_of_those_who_come(problems_with):
    (problem,) = problems_with({"crowd.other": {**NOBODY, "arrivals": COMING}})
    assert problem.key == "crowd.other.arrivals.leverage"


def test_those_who_come_are_like_those_who_stand_unless_they_say_otherwise(small):
    came = small.with_overrides({"crowd.longs.arrivals": COMING}).crowd["longs"]
    assert came.arrivals_leverage == came.leverage
    assert came.arrivals_size == came.size
    other = small.with_overrides({"crowd.longs.arrivals": {**COMING, "leverage": FIVE}}).crowd["longs"]
    assert other.arrivals_leverage.value == 5


def test_a_wrong_maintenance_rate_is_not_told_as_none(problems_with):
    problems = problems_with({**CALLED, "crowd.longs.top_up": {}, "exchange.maintenance.rate": "x"})
    assert [problem.key for problem in problems] == ["exchange.maintenance.rate"]


def test_without_a_round_number_nothing_stands_beyond_it(small):
    near = small.with_overrides({"crowd.longs.stop_loss": {**STOP, "round_to": 100, "beyond": "1%"}})
    assert near.with_overrides({"crowd.longs.stop_loss.round_to": None}).crowd["longs"].stop_loss.round_to is None
    assert (
        "beyond" not in small.with_overrides({"crowd.longs.stop_loss": STOP}).resolved()["crowd"]["longs"]["stop_loss"]
    )
