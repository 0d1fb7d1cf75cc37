"""A wrong file gets file, line, column, key, what is wrong and what to change: all of it at once."""

import pytest

FIVE_MISTAKES = """\
name: Five mistakes
clock: {duration: 2h, tick: 3h}
market:
  price: 7900
  book: {shape: linear, depth: {within: 1%, notional: 0}}
exchange:
  max_leverage: 125
  insurence_fund: 5M
crowd:
  longs:
    side: long
    traders: 1000
    open_interest: 10M
    leverage:
      kind: lognormal
      mean: 250
      sigma: 0.5
flow: {orders: [{at: 20min, sell: 30m}]}
"""


def test_five_planted_mistakes_give_five_lines_with_their_places(problems_of):
    assert [str(problem) for problem in problems_of(FIVE_MISTAKES)] == [
        "case.yaml:2:23 clock.tick: a tick of 3h is longer than the run of 2h; shorten the tick or lengthen "
        "clock.duration",
        "case.yaml:5:45 market.book.depth.notional: 0 is not above 0; give a value above 0",
        "case.yaml:8:3 exchange.insurence_fund: there is no such key; did you mean insurance_fund?",
        "case.yaml:16:7 crowd.longs.leverage.mean: 250 is above the exchange's maximum of 125; "
        "lower it or raise exchange.max_leverage",
        "case.yaml:18:29 flow.orders.0.sell: 'm' is not a suffix; did you mean 30M? The suffixes are k, M, B and T",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "duration: 100s",
            "durration: 100s",
            "2:38 clock.durration: there is no such key; did you mean duration?",
        ),
        ("market:", "markett:", "3:1 markett: there is no such key; did you mean market?"),
        ("side: long", "side: lnog", "10:5 crowd.longs.side: cannot be 'lnog'; did you mean long?"),
        (
            "kind: fixed, value: 10",
            "kind: lognormel, mean: 10",
            "13:5 crowd.longs.leverage: there is no kind 'lognormel'; did you mean lognormal?",
        ),
        (
            "kind: fixed, value: 10",
            "value: 10",
            "13:5 crowd.longs.leverage: does not say its kind; add kind: fixed, discrete, lognormal, pareto or beta",
        ),
        (
            "value: 10",
            "value: 10, sigma: 1",
            "13:40 crowd.longs.leverage.sigma: there is no such key where kind is fixed; it belongs to lognormal",
        ),
        (
            "price: 100",
            "price: 100\n  adl: true",
            "5:3 market.adl: there is no such key; did you mean exchange.adl?",
        ),
        ("price: 100", "price: -100", "4:3 market.price: -100 is not above 0; give a value above 0"),
        (
            "within: 1%",
            "within: 1",
            "5:33 market.book.depth.within: 1 means 100%; did you mean 1%? It must be below 1",
        ),
        (
            "tick: 1s",
            "tick: 1m",
            "2:54 clock.tick: 'm' is not a unit of time; did you mean 1min?",
        ),
        (
            "value: 10",
            "value: 0.5",
            "13:29 crowd.longs.leverage.value: 0.5 is below 1; give a value of at least 1",
        ),
        ("traders: 1000", "traders: 10.5", "11:5 crowd.longs.traders: 10.5 is not a whole number; "),
        (
            "price: 100",
            "price: 100\n  mark: last",
            "5:3 market.mark: 'last' stands where a mapping is wanted; write {kind: last}",
        ),
        (
            "duration: 100s",
            "duration: never",
            "2:38 clock.duration: 'never' does not end; give a finite duration",
        ),
        (
            "duration: 100s",
            "duration: null",
            "2:38 clock.duration: nothing is not a number; write a duration such as",
        ),
        ("name: Small", "name: 2020", "1:1 name: 2020 stands where text is wanted; put it in quotes"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_the_file(problems_of, small_text, old, new, line):
    assert old in small_text
    problems = [str(problem) for problem in problems_of(small_text.replace(old, new, 1))]
    assert len(problems) == 1
    assert problems[0].startswith(f"case.yaml:{line}")


def test_problems_come_in_the_order_of_the_file(problems_of):
    text = "seed: -1\nname: x\nmarket: {price: 0}\nclock: {duration: 1h, tick: 0s}\nflow: {noise: 3}\n"
    lines = [problem.line for problem in problems_of(text)]
    assert lines == sorted(lines)
    assert len(lines) == 5


def test_no_message_speaks_of_pydantic(problems_of):
    lines = [
        "name: 5",
        "seed: {}",
        "clock: []",
        "market: {price: {}, book: 5, mark: {kind: 3}, index: {path: [1]}}",
        "crowd: [1]",
        "exchange: {adl: [], outages: 5, maintenance: {tiers: [[1], 5, [1, 2, 3]]}}",
        "flow: {orders: {at: 1}}",
        "record: 3",
        "compare: [1]",
        "reported: {x: {value: {}, source: 3}}",
    ]
    told = "\n".join(str(problem) for problem in problems_of("\n".join(lines)))
    assert len(told.splitlines()) >= 15
    for jargon in ("nput should", "valid dictionary", "pydantic", "type=", "union", "tuple", "validator"):
        assert jargon not in told


def test_a_cohort_that_says_nothing_is_told_what_it_needs(problems_of, small_text):
    problems = problems_of(small_text + "  whales: {}\n")
    assert [problem.key for problem in problems] == [
        "crowd.whales.side",
        "crowd.whales.traders",
        "crowd.whales.open_interest",
        "crowd.whales.leverage",
    ]


def test_a_missing_key_that_is_there_misspelt_is_told_once(problems_of, small_text):
    problems = problems_of(small_text.replace("open_interest", "open_intrest"))
    assert [problem.key for problem in problems] == ["crowd.longs.open_intrest"]
    text = small_text + "  more: {side: long, traders: 5, open_interest: 1M, leverage: {kind: pareto, exponnt: 2}}\n"
    assert [problem.key for problem in problems_of(text)] == ["crowd.more.leverage.exponnt"]


def test_one_broken_section_does_not_hide_a_mistake_between_others(problems_of, small_text):
    text = small_text.replace("price: 100", "price: x").replace("value: 10", "value: 200") + "record: {every: 1.5s}\n"
    assert [problem.key for problem in problems_of(text)] == [
        "market.price",
        "crowd.longs.leverage.value",
        "record.every",
    ]


def test_a_wrong_counterfactual_is_told_at_its_own_line_before_anything_runs(problems_of, sample_text):
    text = sample_text.replace("leverage.cap: 20", "leverage.capp: 20").replace("policy: none", "policy: nnoe")
    assert [(problem.line, problem.key) for problem in problems_of(text)] == [
        (28, "compare.no_forced_selling.exchange.liquidation.policy"),
        (29, "compare.leverage_cap.crowd.longs.leverage.capp"),
    ]


def test_a_wrong_counterfactual_is_told_beside_other_mistakes_and_repeats_none(problems_of, sample_text):
    text = sample_text.replace("leverage.cap: 20", "leverage.capp: 20").replace("price: 7900", "price: -7900")
    assert [problem.key for problem in problems_of(text)] == [
        "market.price",
        "compare.leverage_cap.crowd.longs.leverage.capp",
    ]


@pytest.mark.parametrize("key", ["seed", "clock.duration", "compare", "name"])
def test_a_counterfactual_cannot_change_the_luck_or_the_clock(problems_of, small_text, key):
    problems = problems_of(small_text + f"compare: {{other: {{{key}: 5}}}}\n")
    assert [problem.key for problem in problems] == [f"compare.other.{key}"]


@pytest.mark.parametrize("section", ["crowd", "compare"])
def test_names_that_could_not_be_written_in_a_dotted_key_are_refused(problems_of, small_text, section):
    entry = "{positions: a.csv}" if section == "crowd" else "{}"
    text = small_text.partition("crowd:")[0] + f'{section}: {{"a.b": {entry}, "c d": {entry}, good-1: {entry}}}\n'
    assert [problem.key for problem in problems_of(text)] == [f"{section}.a.b", f"{section}.c d"]
