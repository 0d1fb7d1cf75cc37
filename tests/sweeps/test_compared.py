"""A scenario and its counterfactuals over many seeds: rows, folders, and how sure the figures are."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np
import pytest
from small_runs import NO_FORCED_SELLING, assert_same_frame, crash

import cascade_sim as cs
from cascade_sim.engine.store import read_parquet
from cascade_sim.errors import RunError
from cascade_sim.sweeps.compared import work
from cascade_sim.sweeps.compared.asked import ComparedSeeds
from cascade_sim.sweeps.compared.own_figures import PAID
from cascade_sim.sweeps.compared.table import changes_of, interval_of_a_seed, interval_of_the_median, seed_ranks
from cascade_sim.sweeps.execute import DIED
from cascade_sim.sweeps.spec import OUTPUTS
from cascade_sim.sweeps.work import Done, fail

RULES = {
    **NO_FORCED_SELLING,
    "compare.deeper": {"market.book.depth.notional": "4M"},
}
SCENARIO = crash({"clock.duration": "4min", "clock.tick": "2s", **RULES})
SEEDS = 6


@pytest.fixture(scope="module")
def compared() -> cs.Comparison:
    return cs.compare(SCENARIO, SEEDS)


def bits(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def test_a_row_is_what_a_run_with_its_seed_says_to_the_last_bit(compared):
    rows = compared.frame.set_index(["seed", "variant"])
    for seed in (SCENARIO.seed, SCENARIO.seed + 4):
        run = cs.run(SCENARIO, seed)
        for variant, one in {"as_it_is": run, **run.counterfactuals}.items():
            row = rows.loc[(seed, variant)]
            assert {key: bits(row[key]) for key in OUTPUTS} == {key: bits(one.summary[key]) for key in OUTPUTS}
            assert row["status"] == one.summary["status"]


def test_in_a_tracked_replay_every_variant_gets_the_pushes_of_its_seed_s_base_run():
    replay = {"flow": {"replay": {"points": [["0s", 8000], ["1min", 7700], ["4min", 7600]]}}}
    scenario = crash({"clock.duration": "4min", "clock.tick": "2s", "flow.orders": [], **replay, **RULES})
    compared = cs.compare(scenario, 2)
    rows = compared.frame.set_index(["seed", "variant"])
    run = cs.run(scenario, scenario.seed + 1)
    for variant, one in {"as_it_is": run, **run.counterfactuals}.items():
        row = rows.loc[(scenario.seed + 1, variant)]
        assert {key: bits(row[key]) for key in OUTPUTS} == {key: bits(one.summary[key]) for key in OUTPUTS}
    assert rows.loc[(slice(None), "as_it_is"), "tracking_error"].max() < 1e-9
    assert "absorbed_share" in compared.headlines["How much of it was forced"]


def test_there_is_a_row_for_every_seed_and_variant(compared):
    assert compared.variants == ("as_it_is", "no_forced_selling", "deeper")
    assert compared.seeds == list(range(SCENARIO.seed, SCENARIO.seed + SEEDS))
    assert len(compared.frame) == SEEDS * 3
    assert not compared.frame.duplicated(["seed", "variant"]).any()


def test_rows_do_not_depend_on_the_order_of_the_seeds(compared):
    asked = ComparedSeeds(SCENARIO, SEEDS)
    done = work.run_seeds(asked.plan(), reversed(asked.tasks()))
    assert_same_frame(cs.Comparison(asked, asked.rows().frame(done.columns)).frame, compared.frame)


def test_rows_do_not_depend_on_how_many_work(compared):
    with ThreadPoolExecutor(3) as executor:
        assert_same_frame(cs.compare(SCENARIO, SEEDS, executor=executor).frame, compared.frame)


@pytest.mark.slow
def test_rows_do_not_depend_on_the_process_that_ran_them(compared):
    assert_same_frame(cs.compare(SCENARIO, SEEDS, workers=2).frame, compared.frame)


def stop_after(seeds: int, monkeypatch) -> list[int]:
    """Let Ctrl-C come when so many seeds have been run; return those that are run."""
    ran: list[int] = []
    turns = count()

    def run(scenario, seed):
        if next(turns) == seeds:
            raise KeyboardInterrupt
        ran.append(seed)
        return cs.run(scenario, seed)

    monkeypatch.setattr(work, "run", run)
    return ran


def test_a_comparison_that_was_stopped_goes_on_and_has_the_same_rows(compared, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        first = stop_after(4, patch)
        with pytest.raises(KeyboardInterrupt):
            cs.compare(SCENARIO, SEEDS, out=tmp_path / "out")
    second = stop_after(99, monkeypatch)
    result = cs.compare(SCENARIO, SEEDS, out=tmp_path / "out")
    assert_same_frame(result.frame, compared.frame)
    # Of what a chunk had not yet handed over when Ctrl-C came, nothing is known.
    assert set(first) | set(second) == set(compared.seeds)
    assert len(second) < SEEDS
    assert_same_frame(read_parquet(tmp_path / "out" / "runs.parquet"), compared.frame)


def test_more_seeds_run_only_what_is_missing_and_fewer_run_nothing(compared, tmp_path, monkeypatch):
    cs.compare(SCENARIO, 2, out=tmp_path)
    ran = stop_after(99, monkeypatch)
    assert_same_frame(cs.compare(SCENARIO, SEEDS, out=tmp_path).frame, compared.frame)
    assert ran == compared.seeds[2:]
    assert cs.compare(SCENARIO, 3, out=tmp_path).seeds == compared.seeds[:3]
    assert ran == compared.seeds[2:]


def test_a_changed_scenario_refuses_the_folder(tmp_path):
    cs.compare(SCENARIO, 2, out=tmp_path)
    with pytest.raises(
        cs.OutputError, match=r"those of this comparison: the comparison .* is another one, at exchange"
    ):
        cs.compare(SCENARIO, 2, out=tmp_path, overrides={"exchange.insurance_fund": "30k"})


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("\\begin{document}")
    with pytest.raises(cs.OutputError, match=r"holds no comparison of cascade_sim \(it has thesis\.tex\)"):
        cs.compare(SCENARIO, 2, out=tmp_path)


def test_the_file_holds_what_the_table_says_with_units_and_definitions(compared, tmp_path):
    cs.compare(SCENARIO, SEEDS, out=tmp_path)
    told = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert told["seeds"] == {"first": SCENARIO.seed, "count": SEEDS, "failed": 0}
    assert list(told["variants"]) == list(compared.variants)
    fall = told["figures"]["max_drawdown"]
    assert (fall["unit"], fall["definition"]) == ("fraction", compared.definitions["max_drawdown"])
    row, found = compared.table.loc[("max_drawdown", "deeper")], fall["variants"]["deeper"]
    assert found["n"] == SEEDS
    assert [found["median"], *found["seeds"]] == [row["median"], row["seed_low"], row["seed_high"]]
    change = {"pairs": SEEDS, "median": row["change"], "interval": [row["change_low"], row["change_high"]]}
    assert found["change"] == change
    assert told["figures"]["vault_profit"]["variants"]["deeper"]["median"] is None


def test_losses_paid_is_the_sum_of_what_each_paid_and_the_forced_share_lies_between_0_and_1(compared):
    frame = compared.frame
    np.testing.assert_allclose(frame["losses_paid"], frame[list(PAID)].sum(axis=1), rtol=1e-14)
    forced = frame["forced_share"]
    assert forced[frame["variant"] == "no_forced_selling"].eq(0.0).all()
    assert forced[frame["variant"] == "as_it_is"].between(0.01, 0.99).all()


def test_the_forced_share_is_that_of_all_quantity_traded():
    run = cs.run(SCENARIO)
    timeline = run.timeline
    forced = math.fsum(timeline["forced_sell"]) + math.fsum(timeline["forced_buy"])
    share = forced / (forced + math.fsum(abs(timeline["flow"])))
    two = cs.compare(SCENARIO, 2)
    assert two.frame.set_index(["seed", "variant"]).at[(SCENARIO.seed, "as_it_is"), "forced_share"] == pytest.approx(
        share, rel=1e-12
    )


def test_changes_are_medians_of_differences_seed_by_seed(compared):
    fall = compared.frame.pivot(index="seed", columns="variant", values="max_drawdown")
    differences = np.sort((fall["deeper"] - fall["as_it_is"]).to_numpy())
    row = compared.table.loc[("max_drawdown", "deeper")]
    assert row["change"] == np.median(differences)
    assert (row["change_low"], row["change_high"]) == (differences[0], differences[-1])  # six seeds: all of them
    assert math.isnan(compared.table.at[("max_drawdown", "as_it_is"), "change"])


@pytest.fixture
def broken(monkeypatch):
    """Let one seed fail."""

    def run(scenario, seed):
        if seed == SCENARIO.seed + 1:
            raise RunError("the book is empty")
        return cs.run(scenario, seed)

    monkeypatch.setattr(work, "run", run)


def test_a_seed_that_fails_is_left_out_counted_and_tried_again(broken, tmp_path, monkeypatch):
    result = cs.compare(SCENARIO, 3, out=tmp_path)
    assert len(result.failures) == 3
    assert set(result.failures["error"]) == {"the book is empty"}
    assert (result.table["n"].max(), result.table.at[("max_drawdown", "deeper"), "pairs"]) == (2, 2)
    assert "1 of 3 seeds failed and are left out; the first: the book is empty" in result.words()
    monkeypatch.undo()
    assert not len(cs.compare(SCENARIO, 3, out=tmp_path).failures)


def test_a_seed_whose_worker_died_has_a_row_for_every_variant():
    asked = ComparedSeeds(SCENARIO, 2)
    plan = asked.plan()
    done = Done.nothing(plan)
    fail(done, plan, asked.tasks()[1], DIED)
    frame = asked.rows().frame(work.whole_seeds(done, plan).columns)
    assert list(frame["variant"]) == list(asked.variants)
    assert set(frame["error"]) == {DIED}
    assert set(frame["seed"]) == {SCENARIO.seed + 1}


@pytest.mark.parametrize("n", [2, 5, 10, 19, 20, 21, 39, 40, 100])
def test_a_further_seed_falls_between_the_ranks_as_often_as_is_said(n):
    """The rank of a further value among n is each of 0 to n with the same probability."""
    low, high, coverage = seed_ranks(n)
    assert coverage == sum(low <= rank < high for rank in range(n + 1)) / (n + 1)
    assert (coverage >= 0.9) == (n >= 19)
    assert n < 19 or seed_ranks(n)[2] < 0.9 + 2 / (n + 1)  # no wider than it must be


@pytest.mark.parametrize("n", [6, 7, 10, 20, 21, 50])
def test_the_median_lies_between_its_order_statistics_as_often_as_is_said(n):
    """How many of n values lie below the median is binomial with one half."""
    values = np.arange(1.0, n + 1.0)
    low, high = (int(rank) for rank in interval_of_the_median(values))
    inside = sum(math.comb(n, below) for below in range(low, high)) / 2**n
    narrower = sum(math.comb(n, below) for below in range(low + 1, high - 1)) / 2**n
    assert narrower < 0.95 <= inside


def test_drawn_samples_are_covered_as_often_as_the_ranks_say():
    """Skewed samples with ties, as counts are: ties only add to it."""
    luck = np.random.default_rng(7)
    samples = np.floor(np.exp(luck.normal(3.0, 1.0, (4_000, 21))))
    median = np.floor(np.exp(3.0))
    further, medians = 0, 0
    for sample in samples:
        low, high = interval_of_a_seed(sample[:20])
        further += low <= sample[20] <= high
        low, high = interval_of_the_median(sample[:20])
        medians += low <= median <= high
    assert 0.895 <= further / 4_000 <= 0.93
    assert 0.95 <= medians / 4_000 <= 0.975


def test_a_planted_difference_is_covered_though_the_seeds_vary_far_more():
    """A fall that differs by seed, and beside it a skewed addition whose median is 0.01."""
    luck = np.random.default_rng(11)
    common = luck.normal(0.3, 0.1, (2_000, 20))
    other = common + 0.01 / np.log(2.0) * luck.exponential(size=common.shape)
    found = [changes_of(*pair) for pair in zip(other, common, strict=True)]
    covered = np.mean([each["change_low"] <= 0.01 <= each["change_high"] for each in found])
    assert 0.95 <= covered <= 0.97  # 0.9586 are expected
    alone = [interval_of_the_median(sample) for sample in other]
    assert all(
        each["change_high"] - each["change_low"] < high - low for each, (low, high) in zip(found, alone, strict=True)
    )


@pytest.mark.parametrize(
    ("changes", "seeds", "message"),
    [
        ({}, 20, "A crash in ten minutes: has no compare entries, so there is nothing to compare it with; add some"),
        (NO_FORCED_SELLING, 1, "seeds is 1: a spread over seeds needs 2 or more, such as 20"),
        ({"compare.as_it_is": {"flow": {}}}, 20, "compare.as_it_is is what the run itself is called here; rename it"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(changes, seeds, message):
    with pytest.raises(cs.CascadeError, match=message):
        cs.compare(crash(changes), seeds)


def test_the_table_in_words_has_a_block_a_figure_and_a_line_a_variant(compared):
    words = compared.words(120)
    assert "seeds 3 to 8" in words
    for line in ("How high", "  max_runup", "    as it is", "    no forced selling", "Who paid"):
        assert f"\n{line}" in words
    assert "vault" not in words
    assert repr(compared) == "<Comparison 'A crash in ten minutes': 6 seeds of 3 variants>"
    assert "no forced selling" in compared._repr_html_()
