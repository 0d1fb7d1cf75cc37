"""What the sections of a scenario say against each other."""

import pytest

LONG = {"side": "long", "traders": 10, "open_interest": "1M"}


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"clock.tick": "101s"}, "clock.tick", "is longer than the run"),
        ({"clock.tick": "3s"}, "clock.duration", "100s is not a whole number of ticks of 3s"),
        ({"record.every": "1.5s"}, "record.every", "1.5s is not a whole number of ticks of 1s"),
        ({"record.every": "0.5s"}, "record.every", "is not a whole number of ticks"),
        ({"record.every": "200s"}, "record.every", "is longer than the run"),
        ({"market.book.depth.notional": 0}, "market.book.depth.notional", "0 is not above 0"),
        ({"market.book.half_spread": "-1%"}, "market.book.half_spread", "'-1%' is below 0"),
        (
            {"market.book.withdrawal": {"volatility": 0}},
            "market.book.withdrawal.volatility",
            "0 is not above 0",
        ),
        ({"exchange.insurance_fund": -1}, "exchange.insurance_fund", "-1 is below 0"),
        ({"exchange.maintenance.rate": "100%"}, "exchange.maintenance.rate", "'100%' is not below 1"),
        (
            {"exchange.maintenance": {"rate": 0.005, "tiers": [[0, 0.005]]}},
            "exchange.maintenance.tiers",
            "excludes rate",
        ),
        ({"exchange.maintenance.tiers": [[5, 0.005]]}, "exchange.maintenance.tiers.0", "starts at 5"),
        (
            {"exchange.maintenance.tiers": [[0, 0.005], [0, 0.02]]},
            "exchange.maintenance.tiers.1",
            "does not lie above",
        ),
        (
            {"exchange.maintenance.tiers": [[0, 0.005], [5, 0.005]]},
            "exchange.maintenance.tiers.1",
            "is not above 0.5%",
        ),
        ({"exchange.liquidation.policy": "paced"}, "exchange.liquidation.half_life", "is missing"),
        (
            {"exchange.liquidation": {"policy": "paced", "half_life": 1, "notional_per_second": 5}},
            "exchange.liquidation.notional_per_second",
            "excludes half_life",
        ),
        (
            {"exchange.liquidation": {"policy": "limit", "half_life": 1}},
            "exchange.liquidation.half_life",
            "means nothing where policy is limit",
        ),
        (
            {"exchange.liquidation": {"policy": "limit", "delay": 1}},
            "exchange.liquidation.delay",
            "means nothing where policy is limit",
        ),
        (
            {"exchange.liquidation": {"policy": "limit", "surplus": "trader"}},
            "exchange.liquidation.surplus",
            "means nothing where policy is limit",
        ),
        (
            {"exchange.outages": [{"from": "20s", "to": "20s"}]},
            "exchange.outages.0.to",
            "does not end after it begins",
        ),
        (
            {"exchange.outages": [{"from": "20s", "to": "2020-03-12T10:00:10Z"}]},
            "exchange.outages.0.to",
            "does not end after it begins",
        ),
        ({"flow.orders": [{"at": 1}]}, "flow.orders.0.sell", "is missing"),
        ({"flow.orders": [{"at": 1, "sell": 5, "buy": 5}]}, "flow.orders.0.buy", "excludes sell"),
        ({"flow.orders": [{"at": "-1s", "sell": 5}]}, "flow.orders.0.at", "lies before the start"),
        ({"flow.orders": [{"at": "never", "sell": 5}]}, "flow.orders.0.at", "is not a moment"),
    ],
)
def test_contradictions_are_refused_at_their_key(problems_with, changes, key, message):
    problems = problems_with(changes)
    assert [problem.key for problem in problems] == [key]
    assert message in problems[0].message
    assert problems[0].fix


@pytest.mark.parametrize(
    ("points", "place", "message"),
    [
        ([["0s", 100], ["20s", 90], ["10s", 80]], ".2", "is earlier than the point before it"),
        ([["0s", 100], ["20s", 90], ["20s", 80]], ".2", "has the same time"),
        ([["0s", 100], ["20s", 90], ["2020-03-12T10:00:20Z", 80]], ".2", "has the same time"),
        ([], "", "is empty"),
        ([["0s", 100], ["20s", -90]], ".1.1", "-90 is not above 0"),
        ([["0s", 100], ["20s"]], ".1", "wants two values"),
        ([["0s", 100], ["20s", 3, 4]], ".1", "wants two values"),
        ([["0s", 100], 5], ".1", "stands where a list is wanted"),
    ],
)
def test_waypoints_must_make_a_path(problems_with, points, place, message):
    problems = problems_with({"market.index.path": {"kind": "waypoints", "points": points}})
    assert [problem.key for problem in problems] == ["market.index.path.points" + place]
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("leverage", "place", "message"),
    [
        ({"kind": "fixed", "value": 126}, "value", "126 is above the exchange's maximum of 125"),
        ({"kind": "fixed", "value": 0.9}, "value", "0.9 is below 1"),
        (
            {"kind": "discrete", "weights": {5: "50%", 200: "50%"}},
            "weights.200",
            "200 is above the exchange's maximum",
        ),
        ({"kind": "discrete", "weights": {5: "50%", 0.5: "50%"}}, "weights.0.5", "0.5 is below 1"),
        ({"kind": "discrete", "weights": {5: "50%", 10: "40%"}}, "weights", "sum to 90%"),
        ({"kind": "discrete", "weights": {}}, "weights", "is empty"),
        (
            {"kind": "lognormal", "mean": 250, "sigma": 1},
            "mean",
            "250 is above the exchange's maximum of 125",
        ),
        ({"kind": "lognormal", "mean": 5, "sigma": 0}, "sigma", "0 is not above 0"),
        ({"kind": "pareto", "mean": 250}, "mean", "250 is above the exchange's maximum of 125"),
        ({"kind": "pareto", "mean": 1}, "mean", "is not above the smallest leverage"),
        ({"kind": "pareto"}, "exponent", "is missing"),
        ({"kind": "pareto", "mean": 3, "exponent": 2}, "mean", "excludes exponent"),
        ({"kind": "beta", "high": 20}, "mean", "is missing"),
        ({"kind": "beta", "high": 20, "mean": 30}, "mean", "does not lie between 1 and 20"),
        ({"kind": "beta", "low": 20, "high": 10, "a": 1, "b": 1}, "high", "10 is not above low"),
        ({"kind": "beta", "high": 10, "a": 1, "b": 1, "mean": 5}, "a", "excludes mean"),
    ],
)
def test_leverage_that_cannot_be_is_refused(problems_with, leverage, place, message):
    problems = problems_with({"crowd.longs.leverage": leverage})
    assert [problem.key for problem in problems] == [f"crowd.longs.leverage.{place}"]
    assert message in problems[0].message


@pytest.mark.parametrize("leverage", [{"kind": "fixed", "value": 100}, {"kind": "discrete", "weights": {100: 1}}])
@pytest.mark.parametrize("maintenance", [{"rate": "1%"}, {"tiers": [[0, "1%"], ["50k", "2%"]]}])
def test_leverage_that_is_liquidated_at_once_is_refused(problems_with, leverage, maintenance):
    changes = {"crowd.longs.leverage": leverage, "exchange.maintenance": maintenance, "exchange.max_leverage": 100}
    (problem,) = problems_with(changes)
    assert "it would be liquidated at once" in problem.message
    assert not problems_with({**changes, "crowd.longs.leverage": {**leverage, "cap": 99}})


def test_a_cap_brings_leverage_under_the_maximum(problems_with):
    assert not problems_with({"crowd.longs.leverage": {"kind": "fixed", "value": 200, "cap": 125}})
    assert not problems_with({"crowd.longs.leverage": {"kind": "fixed", "value": 125}})


@pytest.mark.parametrize(
    ("cohort", "place", "message"),
    [
        ({**LONG}, "leverage", "is missing"),
        ({**LONG, "positions": "a.csv"}, "positions", "excludes open_interest"),
        (
            {
                **LONG,
                "leverage": {"kind": "fixed", "value": 2},
                "liquidation": {"kind": "uniform", "to": "5%"},
            },
            "liquidation",
            "excludes leverage",
        ),
        ({"positions": "a.txt"}, "positions", "is neither a .csv nor a .parquet file"),
        (
            {**LONG, "liquidation": {"kind": "uniform", "from": "5%", "to": "5%"}},
            "liquidation.to",
            "does not lie beyond",
        ),
        (
            {**LONG, "liquidation": {"kind": "points", "at": ["1%", "2%"], "weights": ["50%"]}},
            "liquidation.weights",
            "there are 1 weights for 2 places",
        ),
        (
            {**LONG, "liquidation": {"kind": "points", "at": ["1%", "2%"], "weights": ["50%", "60%"]}},
            "liquidation.weights",
            "sum to 110%",
        ),
        (
            {
                **LONG,
                "leverage": {"kind": "fixed", "value": 2},
                "entry": {"kind": "clusters", "at": [90], "weights": [0.5]},
            },
            "entry.weights",
            "sum to 50%",
        ),
        (
            {**LONG, "leverage": {"kind": "fixed", "value": 2}, "entry": {"kind": "path"}},
            "entry.points",
            "is missing",
        ),
        (
            {
                **LONG,
                "leverage": {"kind": "fixed", "value": 2},
                "entry": {"kind": "path", "points": [["-1d", 90], ["-2d", 95]]},
            },
            "entry.points.1",
            "is earlier than",
        ),
        ({**LONG, "traders": 0, "leverage": {"kind": "fixed", "value": 2}}, "traders", "0 is not above 0"),
    ],
)
def test_a_cohort_that_contradicts_itself_is_refused(problems_with, cohort, place, message):
    problems = problems_with({"crowd.other": cohort})
    assert [problem.key for problem in problems] == [f"crowd.other.{place}"]
    assert message in problems[0].message


@pytest.mark.parametrize(
    "changes",
    [
        {"flow.orders": [{"at": "1h", "sell": 5}]},
        {"exchange.outages": [{"from": "1h", "to": "2h"}]},
        {"market.index.path": {"kind": "waypoints", "points": [["0s", 100], ["5h", 90]]}},
        {"clock.tick": 0.1},
        {"record.every": "100s"},
        {"market.index.pull.half_life": 0},
        {"crowd": {"all": {"positions": "p.parquet"}}},
        {"crowd.longs.leverage": {"kind": "discrete", "weights": {2: 0.333333, 3: 0.333333, 5: 0.3333335}}},
    ],
)
def test_what_is_legal_is_let_through(problems_with, changes):
    assert problems_with(changes) == []


def test_levels_of_a_table_must_grow(problems_with):
    book = {"shape": "table", "levels": [["1%", 5], ["1%", 8], ["2%", 7]]}
    assert [problem.key for problem in problems_with({"market.book": book})] == [
        "market.book.levels.1",
        "market.book.levels.2",
    ]


@pytest.mark.parametrize(
    ("book", "key"),
    [
        ({}, "market.book.levels"),
        ({"file": "depth.json"}, "market.book.side"),
        ({"side": "bids"}, "market.book.side"),
        ({"levels": [["1%", 5]], "file": "depth.json", "side": "bids"}, "market.book.file"),
    ],
)
def test_a_table_is_written_or_a_file_and_one_of_its_sides(book, key, problems_with):
    assert key in [problem.key for problem in problems_with({"market.book": {"shape": "table", **book}})]
