"""A file laid over another one."""

import pytest

from cascade_sim.scenario import ScenarioError, library, load_scenario


def told(path):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def base(write, sample_text):
    return write(sample_text, "base.yaml")


def test_a_file_says_only_what_differs(base, write):
    child = load_scenario(write("extends: base.yaml\nname: Thin\nmarket: {book: {depth: {notional: 5M}}}\n"))
    parent = load_scenario(base)
    assert child.name == "Thin"
    assert child.market.book.depth.notional == 5e6
    assert child == parent.with_overrides({"name": "Thin", "market.book.depth.notional": "5M"})


def test_files_extend_each_other_in_a_chain(base, write):
    write("extends: ../base.yaml\nseed: 1\nexchange: {adl: false}\n", "more/middle.yaml")
    top = load_scenario(write("extends: more/middle.yaml\nseed: 2\n"))
    assert (top.seed, top.exchange.adl, top.market.price) == (2, False, 7900)


def test_a_new_kind_drops_what_belongs_to_the_old_one_and_keeps_what_is_common(base, write):
    text = "extends: base.yaml\ncrowd: {longs: {leverage: {kind: fixed, value: 10}}}\n"
    text += "market: {book: {shape: power, exponent: 2}, mark: {kind: mid}}\n"
    child = load_scenario(write(text))
    assert child.crowd["longs"].leverage.value == 10
    assert child.market.book.depth.notional == 20e6
    assert child.market.book.refill.half_life == 45
    assert child.market.mark.kind == "mid"


def test_rivals_of_what_is_written_are_dropped(base, write):
    text = "extends: base.yaml\nexchange: {maintenance: {tiers: [[0, 0.4%]]}}\n"
    text += "crowd: {longs: {liquidation: {kind: uniform, to: 5%}}}\ncompare: {leverage_cap: null}\n"
    child = load_scenario(write(text))
    assert child.exchange.maintenance.tiers == [(0.0, 0.004)]
    assert child.crowd["longs"].leverage is None
    assert child.crowd["longs"].traders == 200_000
    assert list(child.compare) == ["no_forced_selling"]


def test_shares_and_lists_are_replaced_as_a_whole(base, write):
    text = "extends: base.yaml\ncrowd: {longs: {leverage: {weights: {3: 100%}}}}\nflow: {orders: []}\n"
    child = load_scenario(write(text))
    assert child.crowd["longs"].leverage.weights == {3.0: 1.0}
    assert child.flow.orders == []


def test_null_takes_an_inherited_cohort_away(base, write):
    child = load_scenario(write("extends: base.yaml\ncrowd: {shorts: null}\n"))
    assert list(child.crowd) == ["longs"]


def test_a_problem_names_the_file_that_the_key_was_written_in(base, write, sample_text):
    write(sample_text.replace("price: 7900", "price: -7900"), "base.yaml")
    text = "extends: base.yaml\nseed: -1\nexchange: {max_leverage: 50}\n"
    assert told(write(text)) == [
        "case.yaml:2:1 seed: -1 is below 0; give a value of at least 0",
        "base.yaml:7:3 market.price: -7900 is not above 0; give a value above 0",
        "base.yaml:19:84 crowd.longs.leverage.weights.100: 100 is above the exchange's maximum of 50; "
        "lower it or raise exchange.max_leverage",
    ]


def test_duplicate_keys_of_an_extended_file_are_told(base, write, sample_text):
    write(sample_text + "seed: 9\n", "base.yaml")
    assert told(write("extends: base.yaml\n"))[0].startswith("base.yaml:31:1 seed: is written twice")


def test_a_circle_is_told_with_its_links(write):
    write("extends: b.yaml\n", "a.yaml")
    write("extends: c.yaml\n", "b.yaml")
    write("extends: a.yaml\n", "c.yaml")
    message = "c.yaml:1:1 extends: the files extend each other in a circle: a.yaml -> b.yaml -> c.yaml -> a.yaml"
    assert told("a.yaml") == [message + "; take one link out"]
    assert "self.yaml -> self.yaml" in told(write("extends: self.yaml\n", "self.yaml"))[0]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("bse.yaml", "case.yaml:1:1 extends: there is no file bse.yaml; did you mean base.yaml?"),
        ("[base.yaml]", "case.yaml:1:1 extends: is not a name; name one file or one bundled scenario"),
        (".", "case.yaml:1:1 extends: . is a folder; did you mean base.yaml?"),
    ],
)
def test_what_cannot_be_extended_is_told_at_its_line(base, write, wanted, message):
    assert told(write(f"extends: {wanted}\nname: x\n")) == [message]


def test_a_bundled_scenario_can_be_extended_by_name(write, monkeypatch, tmp_path, sample_text):
    write(sample_text, "bundled/textbook/clusters.yaml")
    monkeypatch.setattr(library, "folder", lambda: tmp_path / "bundled")
    assert load_scenario(write("extends: textbook/clusters\nseed: 3\n", "mine/case.yaml")).seed == 3


def test_paths_of_an_extended_file_keep_meaning_the_same_file(write, small_text):
    write(small_text + "  filed: {positions: data/p.csv}\n  far: {positions: /data/p.csv}\n", "lib/base.yaml")
    child = load_scenario(write("extends: ../lib/base.yaml\n", "mine/case.yaml"))
    assert child.crowd["filed"].positions == "../lib/data/p.csv"
    assert child.crowd["far"].positions == "/data/p.csv"
    assert (child.base_dir / child.crowd["filed"].positions).resolve() == (
        child.base_dir.parent / "lib/data/p.csv"
    ).resolve()
