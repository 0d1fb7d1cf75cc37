"""Venue rules that cannot be: refused at their key, one finding each, with a fix."""

import pytest

STEPS = {"policy": "partial", "partial": {"by": "share"}}
HALT = {"move": "10%", "over": "5min", "for": "15min"}
FUNDED = {"market.mark": {"kind": "last"}}


def by(way, **keys):
    return {"exchange.liquidation": {"policy": "partial", "partial": {"by": way, **keys}}}


@pytest.mark.parametrize(
    ("rows", "place", "message"),
    [
        ([[0, 0.001], [5, 0.002], [3, 0.003]], ".2", "3 does not lie above 5"),
        ([[0, 0.001], [5, 0.002], [5, 0.003]], ".2", "5 does not lie above 5"),
        ([[0, 0.002, 125], [5, 0.002, 100]], ".1", "is not above 0.2%"),
        ([[0, 0.005, 125], [5, 0.01]], ".1", "has 2 columns where the row above has 3"),
        ([[0, 0.005, 100], [5, 0.006, 125]], ".1", "the largest leverage 125 is above 100"),
        ([[0, 0.005, 125], [5, 0.02, 60]], ".1", "2% exceeds the initial margin of 1.67% at 60x"),
        ([[0, 0.01]], ".0", "1% exceeds the initial margin of 0.8% at 125x"),
        ([[0, 0.005, 0.5]], ".0.2", "0.5 is below 1"),
        ([[0, "x", 100]], ".0.1", "'x' is not a fraction"),
        ([[0, 0.005, 100, 3]], ".0", "wants two or three values"),
        ([[0]], ".0", "wants two values"),
        ([5], ".0", "5 stands where a list is wanted"),
        ([], "", "is empty"),
    ],
)
def test_tiers_must_make_a_table(problems_with, rows, place, message):
    problems = problems_with({"exchange.maintenance.tiers": rows})
    assert [problem.key for problem in problems] == ["exchange.maintenance.tiers" + place]
    assert message in problems[0].message
    assert problems[0].fix


def test_tiers_with_and_without_leverage_are_read(small):
    plain = small.with_overrides({"exchange.maintenance.tiers": [[0, "0.4%"], ["50k", "0.5%"]]}).exchange
    assert plain.maintenance.tiers == [(0.0, 0.004), (50e3, 0.005)]
    assert plain.bracket_leverage == [125.0, 125.0]
    rows = [[0, "0.4%", 200], ["50k", "0.5%", 100], ["1M", "1%", 100]]
    full = small.with_overrides({"exchange.maintenance.tiers": rows}).exchange
    assert full.bracket_leverage == [125.0, 100.0, 100.0]


def test_a_closing_fee_is_added_to_every_rate(small):
    changes = {"exchange.maintenance": {"tiers": [[0, 0.004], [5, 0.005]], "closing_fee": True}}
    exchange = small.with_overrides({**changes, "exchange.fees.taker": 0.0005}).exchange
    assert exchange.brackets == [(0.0, 0.004 + 0.0005), (5.0, 0.005 + 0.0005)]
    assert exchange.lowest_rate == 0.004 + 0.0005
    assert small.exchange.brackets == [(0.0, 0.0)]


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"exchange.maintenance.rate": "1%"}, "exchange.maintenance.rate", "1% exceeds the initial margin of 0.8%"),
        ({"exchange.fees.taker": "10%"}, "exchange.fees.taker", "is not below 0.1"),
        ({"exchange.fees.liquidation": "-1%"}, "exchange.fees.liquidation", "is below 0"),
        ({"exchange.fees.maker": 0}, "exchange.fees.maker", "there is no such key"),
        ({"exchange.adl_ranking": "profit"}, "exchange.adl_ranking", "cannot be 'profit'"),
        ({"exchange.halt": {**HALT, "for": "0.5s"}}, "exchange.halt.for", "500ms is shorter than a tick of 1s"),
        ({"exchange.halt": {**HALT, "over": "0.5s"}}, "exchange.halt.over", "500ms is shorter than a tick of 1s"),
        ({"exchange.halt": {**HALT, "for": "never"}}, "exchange.halt.for", "'never' does not end"),
        ({"exchange.halt": {**HALT, "move": 0}}, "exchange.halt.move", "0 is not above 0"),
        ({"exchange.halt": {**HALT, "move": 1}}, "exchange.halt.move", "1 means 100%"),
        ({"exchange.halt": {"move": "10%", "over": "5min"}}, "exchange.halt.for", "is missing"),
        ({"exchange.throttle": {"notional": 0, "over": 60}}, "exchange.throttle.notional", "0 is not above 0"),
        ({"exchange.throttle": {"notional": 1, "over": 0.1}}, "exchange.throttle.over", "shorter than a tick"),
        ({"exchange.price_band": {"within": 0}}, "exchange.price_band.within", "0 is not above 0"),
        ({"exchange.price_band": {"within": 0.1, "of": "last"}}, "exchange.price_band.of", "cannot be 'last'"),
        ({"exchange.funding": {}}, "exchange.funding", "is paid on the mark"),
        ({**FUNDED, "exchange.funding.kind": "clmp"}, "exchange.funding.kind", "cannot be 'clmp'"),
        ({**FUNDED, "exchange.funding.interval": "1.5s"}, "exchange.funding.interval", "not a whole number of ticks"),
        ({**FUNDED, "exchange.funding.interval": "0.5s"}, "exchange.funding.interval", "not a whole number of ticks"),
        (
            {**FUNDED, "exchange.funding": {"kind": "dampened", "interest": 0.01}},
            "exchange.funding.interest",
            "means nothing where kind is dampened",
        ),
        (
            {**FUNDED, "exchange.funding": {"kind": "plain", "clamp": 0.0005}},
            "exchange.funding.clamp",
            "means nothing where kind is plain",
        ),
        ({"exchange.liquidation.policy": "partial"}, "exchange.liquidation.partial", "is missing"),
        (
            {"exchange.liquidation": {"policy": "partial", "partial": {}}},
            "exchange.liquidation.partial.by",
            "is missing",
        ),
        (by("tiers"), "exchange.liquidation.partial.by", "tiers needs brackets to go down"),
        (by("share", tiers=1), "exchange.liquidation.partial.tiers", "means nothing where by is share"),
        (by("health", share="20%"), "exchange.liquidation.partial.share", "means nothing where by is health"),
        (by("share", buffer="10%"), "exchange.liquidation.partial.buffer", "means nothing where by is share"),
        (by("health", buffer=0), "exchange.liquidation.partial.buffer", "0 is not above 0"),
        (by("share", share=1), "exchange.liquidation.partial.share", "1 means 100%"),
        (by("share", above=-1), "exchange.liquidation.partial.above", "-1 is below 0"),
        (by("share", cooldown="never"), "exchange.liquidation.partial.cooldown", "does not end"),
        (
            {"exchange.liquidation": {"policy": "market", "partial": {"by": "share"}}},
            "exchange.liquidation.partial",
            "means nothing where policy is market",
        ),
        (
            {"exchange.liquidation": {**STEPS, "half_life": 3}},
            "exchange.liquidation.half_life",
            "means nothing where policy is partial",
        ),
        *(
            (
                {"exchange.liquidation": {"policy": policy, **pace, "absorb": {"share": 1, "capital": 5}}},
                "exchange.liquidation.absorb",
                f"means nothing where policy is {policy}",
            )
            for policy, pace in (("none", {}), ("limit", {}), ("paced", {"half_life": 5}))
        ),
        *(
            (
                {"exchange.liquidation.absorb": {"share": 1, "capital": 5, key: value}},
                f"exchange.liquidation.absorb.{key}",
                message,
            )
            for key, value, message in (
                ("share", 0, "0 is not above 0"),
                ("share", "101%", "'101%' is above 1"),
                ("capital", 0, "0 is not above 0"),
                ("leverage", 0, "0 is not above 0"),
                ("below", 0, "0 is not above 0"),
                ("below", 2, "2 means 200%"),
            )
        ),
    ],
)
def test_rules_that_cannot_be_are_refused_at_their_key(problems_with, changes, key, message):
    problems = problems_with(changes)
    assert [problem.key for problem in problems] == [key]
    assert message in problems[0].message
    assert problems[0].fix


@pytest.mark.parametrize(
    "changes",
    [
        {"exchange.liquidation": {**STEPS, "delay": "2s", "surplus": "trader"}},
        {**by("tiers", tiers=3), "exchange.maintenance.tiers": [[0, 0.004], [5, 0.005]]},
        {"exchange.liquidation": {**STEPS, "absorb": {"share": "60%", "capital": "50M", "below": "66.67%"}}},
        {"exchange.liquidation": {"policy": "none", "delay": 0, "surplus": "fund"}},
        {**FUNDED, "exchange.funding": {}},
        {**FUNDED, "exchange.funding": {"kind": "clamp", "interest": "-0.01%", "offset": "4h", "cap": "0.375%"}},
        {"exchange.halt": {"move": "10%", "over": "1s", "for": "1s"}},
        {"exchange.throttle": {"notional": 1, "over": "1s"}},
        {"exchange": {"adl": False, "adl_ranking": "hyperliquid"}},
    ],
)
def test_rules_that_can_be_are_let_through_and_survive_being_written_out(problems_with, small, write, changes):
    assert problems_with(changes) == []
    changed = small.with_overrides(changes)
    assert small.with_overrides(changed.resolved()).hash == changed.hash


def test_a_wrong_mark_is_not_told_as_a_missing_one(problems_with):
    problems = problems_with({"exchange.funding": {}, "market.mark": {"kind": "indx"}})
    assert [problem.key for problem in problems] == ["market.mark"]


def test_wrong_tiers_are_not_told_as_missing_ones(problems_with):
    problems = problems_with({**by("tiers"), "exchange.maintenance.tiers": [[0, "x"]]})
    assert [problem.key for problem in problems] == ["exchange.maintenance.tiers.0.1"]


def test_another_policy_drops_what_belonged_to_the_old_one(small):
    stepped = small.with_overrides({"exchange.liquidation": {**STEPS, "surplus": "trader", "delay": "2s"}})
    liquidation = stepped.with_overrides({"exchange.liquidation.policy": "market"}).exchange.liquidation
    assert (liquidation.partial, liquidation.surplus, liquidation.delay) == (None, "trader", 2.0)
    changed = stepped.with_overrides({"exchange.liquidation.partial": {"by": "health", "above": "1M"}})
    assert changed.exchange.liquidation.partial.above == 1e6
    assert changed.with_overrides({"exchange.liquidation.policy": "none"}).exchange.liquidation.surplus == "fund"


def test_another_kind_of_funding_keeps_what_it_shares_with_the_old_one(small):
    clamped = small.with_overrides({**FUNDED, "exchange.funding": {"interest": 0.01, "clamp": 0.02, "interval": "1h"}})
    funding = clamped.with_overrides({"exchange.funding.kind": "plain"}).exchange.funding
    assert (funding.kind, funding.interest, funding.interval) == ("plain", 0.01, 3600.0)


def test_null_takes_a_rule_away(small):
    ruled = small.with_overrides({"exchange.halt": HALT, "exchange.throttle": {"notional": 5, "over": "1min"}})
    assert ruled.with_overrides({"exchange.halt": None}).exchange.halt is None
    assert ruled.exchange.halt.for_ == 900.0
