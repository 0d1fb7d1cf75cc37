from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from plots.readable import unreadable
from plots.stand_ins import calm_run, crash_run, small_run

from cascade_sim import plots
from cascade_sim.plots import style


def panel(figure, heading):
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == heading)


def words(figure) -> str:
    return " ".join(text.get_text() for ax in figure.axes for text in ax.texts).replace("\n", " ")


def lines(figure, heading="Mark price") -> dict:
    return {line.get_label(): line for line in panel(figure, heading).lines}


def later(run, by: str):
    run.timeline.index = run.timeline.index + pd.Timedelta(by)
    run.scenario.clock.start = (pd.Timestamp(run.scenario.clock.start) + pd.Timedelta(by)).to_pydatetime()
    return run


@pytest.fixture(scope="module")
def fallen():
    return crash_run(1_000, 93.6)


def test_a_run_is_compared_with_its_counterfactuals(fallen):
    figure = plots.compare(fallen, base="BTC")
    assert list(lines(figure)) == ["the run itself", "no forced selling"]
    start = fallen.scenario.market.price
    for name, run in (
        ("the run itself", fallen),
        ("no forced selling", fallen.counterfactuals["no_forced_selling"]),
    ):
        np.testing.assert_array_equal(lines(figure)[name].get_ydata(), [start, *run.timeline["mark"]])
    assert panel(figure, "Mark price").get_ylabel() == "USD per BTC"
    assert panel(figure, "Closed by force so far").get_ylabel() == "USD"


def test_totals_end_at_what_each_run_closed_by_force(fallen):
    totals = lines(plots.compare(fallen), "Closed by force so far")
    closed = fallen.timeline[["forced_sell", "forced_buy", "adl"]].to_numpy().sum()
    assert totals["the run itself"].get_ydata()[-1] == pytest.approx(closed, rel=1e-9)
    assert totals["no forced selling"].get_ydata()[-1] == 0.0


def test_headline_figures_are_bars_as_long_as_their_numbers_say():
    half = small_run()
    half.summary = {**half.summary, "max_drawdown": 0.0565}
    figure = plots.compare({"whole": small_run(), "half": half})
    bars = figure.axes[3].patches
    assert bars[0].get_width() == pytest.approx(2 * bars[1].get_width())
    for text in ("11.3 %", "5.7 %", "35.4k", "38.0 %", "largest fall of the mark", "liquidated, USD"):
        assert text in words(figure)


def test_backstops_are_compared_where_anybody_used_them(fallen, small):
    assert "deleveraged, USD" in words(plots.compare(fallen))
    assert "deleveraged" not in words(plots.compare(small))


def test_a_squeeze_is_compared_by_its_rise(small):
    small.summary |= {"max_drawdown": 0.0, "max_runup": 0.12}
    assert "largest rise of the mark" in words(plots.compare(small))


def test_figures_that_a_run_does_not_have_are_dashes(fallen):
    texts = [text.get_text() for text in plots.compare(fallen).axes[3].texts]
    assert texts.count("–") >= 3


def test_runs_differ_in_colour_and_in_dashes():
    figure = plots.compare([small_run() for _ in range(8)])
    drawn = list(lines(figure).values())
    assert len({to_hex(line.get_color()) for line in drawn}) == 8
    assert len({str(line._dash_pattern) for line in drawn}) == 8
    assert not {to_hex(line.get_color()) for line in drawn} & {style.LONG, style.SHORT}


def test_of_more_than_eight_runs_the_first_eight_are_drawn_and_it_says_so():
    figure = plots.compare({f"run {number}": small_run() for number in range(11)})
    assert list(lines(figure)) == [f"run {number}" for number in range(8)]
    assert "The first 8 of 11 runs are drawn." in words(figure)


def test_runs_of_one_name_are_told_apart_by_seed_or_number():
    seeds = [small_run(), small_run()]
    seeds[1].seed = 8
    name = seeds[0].scenario.name
    assert list(lines(plots.compare(seeds))) == [f"{name}, seed 7", f"{name}, seed 8"]
    assert list(lines(plots.compare([small_run(), small_run()]))) == [f"{name} (1)", f"{name} (2)"]
    assert list(lines(plots.compare([("mine", small_run()), small_run()]))) == ["mine", name]


def test_runs_that_overlap_are_drawn_on_the_clock():
    figure = plots.compare({"early": small_run(), "late": later(small_run(), "50s")})
    early, late = lines(figure).values()
    assert (late.get_xdata()[0] - early.get_xdata()[0]) * 86_400 == pytest.approx(50.0, abs=1e-3)
    assert "they are drawn on the clock" in words(figure)
    assert panel(figure, "Closed by force so far").get_xlabel() == "time, UTC"


def test_runs_that_do_not_overlap_are_drawn_from_their_starts():
    figure = plots.compare({"now": small_run(), "next year": later(small_run(), "365D")})
    now, then = lines(figure).values()
    np.testing.assert_allclose(now.get_xdata(), then.get_xdata(), atol=1e-9)
    assert now.get_xdata()[-1] == 100.0
    assert panel(figure, "Closed by force so far").get_xlabel() == "time since the start, seconds"
    assert "do not overlap in time" in words(figure)


def test_a_shorter_run_ends_where_it_ended():
    figure = plots.compare({"long": small_run(100), "short": small_run(40)})
    assert (lines(figure)["short"].get_xdata()[-1] - lines(figure)["long"].get_xdata()[0]) * 86_400 == pytest.approx(40)


def test_marks_that_start_far_apart_are_drawn_relative_to_their_starts(small, calm):
    figure = plots.compare({"one": small, "other": calm})
    assert panel(figure, "Mark price").get_ylabel() == "% of start price"
    assert {line.get_ydata()[0] for line in lines(figure).values()} == {100.0}
    assert "percentages of the start" in words(figure)


def test_a_run_without_rows_is_named_and_left_out(small):
    empty = small_run()
    empty.timeline = empty.timeline.iloc[:0]
    figure = plots.compare({"full": small, "hollow": empty})
    assert list(lines(figure)) == ["full"]
    assert "Without a row, and not drawn: hollow." in words(figure)
    assert "none of the runs has a row" in words(plots.compare([empty]))


def test_nothing_to_compare_is_said():
    for nothing in ([], {}):
        assert "there is no run to compare" in words(plots.compare(nothing))


def test_runs_in_which_nobody_was_liquidated_say_so(calm):
    assert "nobody was liquidated in any of the runs" in words(plots.compare(calm))


def test_columns_and_summaries_may_be_missing(small):
    small.timeline = small.timeline.drop(columns=["mark", "forced_sell", "adl"])
    small.summary = {}
    figure = plots.compare({"bare": small, "run": small_run()})
    assert "no mark recorded: bare" in words(figure)
    figure.draw_without_rendering()


def many() -> dict:
    return {f"counterfactual number {number}, with a long name": small_run() for number in range(8)}


@pytest.mark.parametrize("width", [None, 3.4, 5.0])
@pytest.mark.parametrize(
    "runs",
    [
        crash_run(1_000, 93.6),
        calm_run(),
        [small_run(1), calm_run()],
        many(),
        {"early": small_run(), "late": later(small_run(), "50s")},
    ],
    ids=["crash", "calm", "strangers", "many", "late"],
)
def test_every_word_can_be_read_at_any_width(runs, width):
    figure = plots.compare(runs, width=width)
    assert figure.get_figwidth() == (width or 10.0)
    assert unreadable(figure) == []


def test_it_can_take_the_place_of_an_axes(fallen):
    figure = Figure(figsize=(18, 8))
    left, right = figure.subplots(1, 2)
    box = left.get_position()
    assert plots.compare(fallen, left) is figure
    assert left not in figure.axes
    for ax in figure.axes:
        if ax is not right:
            assert box.x0 - 1e-9 <= ax.get_position().x0 <= ax.get_position().x1 <= box.x1 + 1e-9
            assert box.y0 - 1e-9 <= ax.get_position().y0 <= ax.get_position().y1 <= box.y1 + 1e-9


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_it_is_written_in_every_format(small, tmp_path, ending):
    assert plots.save(plots.compare(small), tmp_path / f"compare.{ending}").stat().st_size > 1_000


def test_runs_of_other_contracts_write_their_units_beside_the_numbers(fallen, small):
    fallen.summary["insurance_fund_used"] = 12.0
    other = SimpleNamespace(**{**vars(small), "summary": {**small.summary, "insurance_fund_used": 40.0}})
    text = words(plots.compare({"inverse": fallen, "linear": other}, base="BTC"))
    assert "12 BTC" in text
    assert "40 USD" in text
