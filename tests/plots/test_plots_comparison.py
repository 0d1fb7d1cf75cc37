"""The picture of a comparison over seeds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plots.looks import words
from plots.readable import unreadable
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim import plots
from cascade_sim.plots.comparison_panels import REPORTED
from cascade_sim.plots.style import COUNTERFACTUAL, new_picture

OTHERS = ("no_forced_selling", "twice_the_depth", "nothing_changed")
REPORTED_FALL = {"reported.max_drawdown": {"value": "50%", "source": "a newspaper"}}
RANGE = {"reported.liquidated_notional": {"value": ["4M", "6M"], "source": "two newspapers"}}
PAID = {"collateral_lost": 2e6, "fund_paid": 5e5, "adl_forgone": 1e5, "socialised_loss": 0.0, "bad_debt": 0.0}
FIGURES = {"max_drawdown": 0.4, "max_runup": 0.05, "low_mark": 4800.0, "open_interest_cleared": 0.3,
           "liquidated_notional": 5e6, "liquidated_count": 400.0, "feedback_share": 0.3, "forced_share": 0.4,
           "absorbed_share": 0.8, "losses_paid": 2.6e6, "loss_to_market": 2.6e6, **PAID}  # fmt: skip
UNITS = dict.fromkeys(("max_drawdown", "open_interest_cleared", "feedback_share", "forced_share", "absorbed_share"),
                      "fraction") | dict.fromkeys(("liquidated_notional", "losses_paid", *PAID), "quote")  # fmt: skip


def drawn(seeds: int = 20, changes: dict[str, Any] | None = None, others=OTHERS, **figures: float) -> cs.Comparison:
    """A comparison of drawn figures: without forced selling none of them, with twice the depth half of each."""
    luck = np.random.default_rng(5)
    rows = []
    for seed in range(seeds):
        size = luck.normal(1.0, 0.05)
        for variant in ("as_it_is", *others):
            factor = {"no_forced_selling": 0.0, "twice_the_depth": 0.5}.get(variant, 1.0)
            values = {key: factor * size * value for key, value in {**FIGURES, **figures}.items()}
            if variant == "twice_the_depth":
                values["feedback_share"] = np.nan
            rows.append({"variant": variant, "seed": seed, **values, "status": "completed", "error": None})
    frame = pd.DataFrame(rows)
    frame.attrs["units"] = UNITS
    scenario = crash({**NO_FORCED_SELLING, **(changes or {})})
    outputs = tuple({**FIGURES, **figures})
    asked: Any = SimpleNamespace(base=scenario, variants=("as_it_is", *others), outputs=outputs, definitions=dict)
    return cs.Comparison(asked, frame)


@pytest.fixture(scope="module")
def result() -> cs.Comparison:
    return drawn(changes=REPORTED_FALL | RANGE)


@pytest.fixture(scope="module")
def figure(result):
    return result.plot()


def panels(figure) -> dict[str, Any]:
    return {ax.get_title(loc="left"): ax for ax in figure.axes if ax.get_title(loc="left")}


def test_there_is_a_panel_a_question_and_a_row_a_rule(figure):
    found = panels(figure)
    assert list(found) == [
        "Largest fall of the mark",
        "Open interest closed by force",
        "Notional liquidated, USD",
        "Forced share of the fall",
        "Forced share of the volume",
        "Absorbed share of the forced",
        "Who paid, USD",
    ]
    rows = [label.get_text() for label in found["Largest fall of the mark"].get_yticklabels()]
    assert rows == ["as it is", "no forced selling", "twice the depth", "nothing changed"]
    assert all(ax.yaxis_inverted() for ax in found.values())


@pytest.mark.parametrize("width", [10.0, 3.4])
def test_no_word_leaves_the_picture_or_covers_another(result, figure, width):
    chosen = figure if width == 10.0 else plots.comparison(result, width=width)
    assert unreadable(chosen) == []


def test_it_takes_the_place_of_an_axes():
    figure = new_picture(12.0, 9.0)
    left, _ = figure.subplots(1, 2, width_ratios=[5, 1])
    assert plots.comparison(drawn(6, others=OTHERS[:1]), left) is figure
    assert left not in figure.axes


def dots(ax) -> list[tuple[float, bool]]:
    """Place of each dot, and whether it is full."""
    return [
        (float(line.get_xdata()[0]), line.get_markerfacecolor() != "white")
        for line in ax.lines
        if line.get_marker() == "o"
    ]


def test_dots_are_medians_and_hollow_where_they_cannot_be_told_from_the_run_as_it_is(result, figure):
    found = dots(panels(figure)["Largest fall of the mark"])
    medians = result.table.loc["max_drawdown"]["median"]
    assert [place for place, _ in found] == medians.tolist()
    assert [full for _, full in found] == [True, True, True, False]


def test_of_too_few_seeds_no_rule_can_be_told_from_another():
    figure = drawn(5).plot()
    assert [full for _, full in dots(panels(figure)["Largest fall of the mark"])] == [True, False, False, False]
    assert "a further seed falls in it with 67 %" in words(figure)


def test_lines_are_the_intervals_of_the_table(result, figure):
    row = result.table.loc[("open_interest_cleared", "twice_the_depth")]
    lines = [
        tuple(map(float, line.get_xdata()))
        for line in panels(figure)["Open interest closed by force"].lines
        if line.get_color() == COUNTERFACTUAL and line.get_marker() != "o" and line.get_ydata()[0] == 2
    ]
    assert lines == [(row["seed_low"], row["seed_high"]), (row["median_low"], row["median_high"])]


def test_what_was_reported_is_a_line_or_a_band(figure):
    found = panels(figure)
    (line,) = [line for line in found["Largest fall of the mark"].lines if line.get_color() == REPORTED]
    assert list(line.get_xdata()) == [0.5, 0.5]
    (band,) = found["Notional liquidated, USD"].patches
    assert (band.get_x(), band.get_width()) == (4e6, 2e6)
    assert found["Notional liquidated, USD"].get_xlim()[1] > 6e6


def test_bars_of_who_paid_add_up_to_the_mean_of_the_seeds(result, figure):
    ax = panels(figure)["Who paid, USD"]
    frame = result.frame[result.frame["variant"] == "as_it_is"]
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches if abs(bar.get_y() + bar.get_height() / 2) < 0.1]
    assert max(ends) == pytest.approx(frame["losses_paid"].mean())
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["liquidated traders", "insurance fund", "deleveraged winners"]


def test_a_figure_without_a_value_says_so_and_why(figure):
    assert "no value" in [text.get_text() for text in panels(figure)["Forced share of the fall"].texts]
    assert "No forced share of the fall: the rule changes more than liquidations." in words(figure)


def test_a_squeeze_is_asked_how_high_and_questions_without_an_answer_have_no_panel():
    nothing = dict.fromkeys((*PAID, "losses_paid"), 0.0)
    result = drawn(6, others=OTHERS[:1], max_runup=2.0, absorbed_share=np.nan, **nothing)
    assert list(panels(result.plot())) == [
        "Largest rise of the mark",
        "Open interest closed by force",
        "Notional liquidated, USD",
        "Forced share of the rise",
        "Forced share of the volume",
    ]


def test_a_comparison_in_which_every_seed_failed_says_why():
    result = drawn(2)
    result.frame.loc[:, list(FIGURES)] = np.nan
    result.frame["error"] = "the book is empty"
    assert "every seed failed: the book is empty" in words(result.plot())
