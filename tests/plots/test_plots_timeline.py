from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from plots.full_runs import add_book, full_run
from plots.readable import unreadable
from plots.stand_ins import calm_run, crash_run, small_run

from cascade_sim import plots


def headings(figure: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]


def panel(figure: Figure, heading: str):
    return next(ax for ax in figure.axes if ax.get_title(loc="left") == heading)


def twin(figure: Figure, heading: str):
    left = panel(figure, heading)
    return next(ax for ax in figure.axes if ax is not left and ax.bbox.bounds == left.bbox.bounds)


def words(figure: Figure) -> str:
    figure.draw_without_rendering()
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    legends = [ax.get_legend() for ax in figure.axes if ax.get_legend()]
    return "\n".join(texts + [text.get_text() for legend in legends for text in legend.get_texts()])


@pytest.fixture(scope="module")
def picture(crash):
    return plots.timeline(crash, base="BTC")


def test_a_crash_shows_every_panel_in_order(picture):
    assert headings(picture) == [
        "Price",
        "Liquidations",
        "Open interest of the crowd",
        "Order book",
        "Fund and backstop",
    ]


def test_every_axis_says_its_unit(picture):
    labels = {
        "Price": "USD per BTC",
        "Liquidations": "USD per 15 min",
        "Open interest of the crowd": "USD contracts",
        "Order book": "% of normal",
        "Fund and backstop": "BTC",
    }
    assert {name: panel(picture, name).get_ylabel() for name in labels} == labels
    assert twin(picture, "Liquidations").get_ylabel() == "total, USD"
    assert twin(picture, "Order book").get_ylabel() == "% of price"
    assert twin(picture, "Fund and backstop").get_ylabel() == "USD"
    assert panel(picture, "Fund and backstop").get_xlabel() == "time, UTC"


def test_all_panels_share_one_clock_that_holds_the_whole_run(picture):
    limits = {ax.get_xlim() for ax in picture.axes[1:]}
    assert len(limits) == 1
    begin, end = limits.pop()
    assert (end - begin) * 24 == pytest.approx(26 * 1.016, rel=1e-9)


def test_the_headline_figures_are_written_out(picture):
    text = words(picture)
    for figure in ("−54.7 %", "1.37×", "934M USD", "49.2 %", "31.4M USD", "9M USD"):
        assert figure in text
    assert "12 March 2020, 06:00 – 13 March 2020, 08:00 UTC" in text


def test_the_lowest_mark_is_named_with_its_time(picture, crash):
    when = crash.timeline["mark"].idxmin()
    assert f"low {crash.timeline['mark'].min():,.0f} at {when.round('min'):%H:%M} on 13 Mar" in words(picture)


def test_the_outage_is_shaded_in_every_panel_and_named(picture):
    text = words(picture)
    assert "venue down 02:16–02:40" in text
    for name in headings(picture):
        shades = [c for c in panel(picture, name).collections if c.get_zorder() == 0.4]
        assert len(shades) == 1


def test_a_planned_outage_is_shaded_where_nothing_was_recorded_as_halted(crash):
    unrecorded = crash_run(2_600, 36.0)
    unrecorded.timeline = unrecorded.timeline.drop(columns="halted")
    assert "venue down 02:16–02:40" in words(plots.timeline(unrecorded))


def test_the_counterfactual_is_drawn_only_where_there_is_one(picture, small):
    assert "mark without forced selling" in words(picture)
    assert "mark without forced selling" not in words(plots.timeline(small))


def test_bars_add_up_to_the_notional_closed_by_force(picture, crash):
    heights = sum(bar.get_height() for bar in panel(picture, "Liquidations").patches)
    closed = crash.timeline[["forced_sell", "forced_buy", "adl"]].to_numpy().sum()
    assert heights == pytest.approx(closed, rel=1e-9)
    total = twin(picture, "Liquidations").lines[0].get_ydata()
    assert total[-1] == pytest.approx(closed, rel=1e-9)


def test_a_linear_contract_is_counted_at_the_mark(small):
    figure = plots.timeline(small)
    heights = sum(bar.get_height() for bar in panel(figure, "Liquidations").patches)
    assert heights == pytest.approx((small.timeline["forced_sell"] * small.timeline["mark"]).sum(), rel=1e-9)


def test_a_run_without_liquidations_says_so(calm):
    assert "no position was liquidated in this run" in words(plots.timeline(calm))


def test_positions_taken_over_but_not_sold_are_not_called_no_liquidations(calm):
    calm.timeline["liquidations_long"] = 1.0
    assert "positions were taken over, none is sold yet" in words(plots.timeline(calm))


def test_panels_with_nothing_to_say_are_left_out(calm):
    assert headings(plots.timeline(calm)) == ["Price", "Liquidations", "Open interest of the crowd"]


def test_a_run_of_one_tick_is_drawn_from_its_start_price():
    run = small_run(1)
    run.timeline["mark"] = 95.0
    figure = plots.timeline(run)
    mark = panel(figure, "Price").lines[0]
    np.testing.assert_allclose(mark.get_ydata(), [100.0, 95.0])
    assert mark.get_marker() == "o"
    figure.draw_without_rendering()


def test_a_run_without_rows_says_so(small):
    small.timeline = small.timeline.iloc[:0]
    assert "nothing to draw" in words(plots.timeline(small))


def test_columns_of_nan_are_said_to_be_missing(small):
    small.timeline[["mark", "open_interest", "bid", "depth_multiplier"]] = np.nan
    figure = plots.timeline(small)
    assert "the run recorded no open interest" in words(figure)
    assert panel(figure, "Price").get_title() == "the run recorded no mark price"


@pytest.mark.parametrize("column", calm_run(3).timeline.columns)
def test_no_column_is_needed(column):
    run = small_run(50)
    run.timeline = run.timeline.drop(columns=column)
    plots.timeline(run).draw_without_rendering()


def test_holes_in_a_recording_stay_holes(small):
    small.timeline.iloc[40:60] = np.nan
    mark = panel(plots.timeline(small), "Price").lines[0].get_ydata()
    assert np.isnan(mark).sum() == 20


def test_a_run_that_did_not_complete_says_why(small):
    small.summary["status"] = "book_exhausted"
    assert "the order book ran out" in words(plots.timeline(small))


def test_an_empty_summary_is_no_obstacle(small):
    small.summary = {}
    plots.timeline(small).draw_without_rendering()


def test_a_squeeze_names_its_high(small):
    small.timeline["mark"] = 200.0 - small.timeline["mark"]
    small.summary |= {"max_drawdown": 0.0, "max_runup": 0.12}
    text = words(plots.timeline(small))
    assert "high 111.3" in text
    assert "+12.0 %" in text


def test_dollar_signs_in_a_name_are_dollar_signs(small):
    small.scenario.name = "From $1 to $x^{2$"
    assert "From $1 to $x^{2$" in words(plots.timeline(small))


def test_the_index_of_a_timeline_may_be_in_any_time_zone(small):
    elsewhere = small_run()
    elsewhere.timeline.index = elsewhere.timeline.index.tz_convert("Asia/Tokyo")
    here, there = plots.timeline(small), plots.timeline(elsewhere)
    assert here.axes[1].get_xlim() == there.axes[1].get_xlim()


def test_the_panels_can_take_the_place_of_an_axes(small):
    figure = Figure(figsize=(20, 12))
    left, right = figure.subplots(1, 2)
    box = left.get_position()
    assert plots.timeline(small, left) is figure
    assert right in figure.axes
    assert left not in figure.axes
    for ax in figure.axes:
        if ax is not right:
            assert box.x0 - 1e-9 <= ax.get_position().x0 <= ax.get_position().x1 <= box.x1 + 1e-9
            assert box.y0 - 1e-9 <= ax.get_position().y0 <= ax.get_position().y1 <= box.y1 + 1e-9


def test_a_hundred_thousand_rows_are_thinned_without_losing_the_low():
    run = crash_run(100_000)
    run.timeline.iloc[77_777, run.timeline.columns.get_loc("mark")] = 1_234.5
    figure = plots.timeline(run)
    for ax in figure.axes:
        for line in ax.lines:
            assert line.get_xdata().size <= 3_100
        for shape in ax.collections:
            assert sum(path.vertices.shape[0] for path in shape.get_paths()) <= 6_500
    assert np.nanmin(panel(figure, "Price").lines[0].get_ydata()) == 1_234.5


@pytest.mark.parametrize("run", [crash_run(2_600, 36.0), small_run(), calm_run()], ids=lambda run: run.scenario.name)
def test_no_words_leave_the_picture_and_none_overlap_in_the_head(run):
    figure = plots.timeline(run)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    width, height = figure.bbox.width, figure.bbox.height
    head = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    for number, box in enumerate(head):
        assert not any(box.overlaps(other) for other in head[number + 1 :])
    for ax in figure.axes:
        box = ax.get_tightbbox(renderer)
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


def test_moments_that_pandas_keeps_in_microseconds_are_read_right(small):
    fine = small_run()
    fine.timeline.index = pd.DatetimeIndex(fine.timeline.index).as_unit("us")
    small.timeline.index = pd.DatetimeIndex(small.timeline.index).as_unit("ns")
    assert plots.timeline(fine).axes[1].get_xlim() == plots.timeline(small).axes[1].get_xlim()


@pytest.fixture(scope="module")
def full():
    return full_run()


def test_rules_that_are_in_force_have_their_panels_in_order(full):
    assert headings(plots.timeline(full)) == [
        "Price",
        "Liquidations",
        "Open interest of the crowd",
        "Order book",
        "Turnover",
        "Funding rate",
        "Fund and backstop",
    ]


def test_the_book_is_drawn_in_quote_where_the_run_recorded_it(full):
    book = panel(plots.timeline(full, base="BTC"), "Order book")
    assert book.get_ylabel() == "USD"
    lines = {line.get_label(): line.get_ydata() for line in book.lines}
    assert np.nanmax(lines["asks within 1 %"]) == pytest.approx(full.timeline["ask_depth"].max(), rel=0.05)
    assert np.nanmean(lines["bids within 1 %"]) < np.nanmean(lines["asks within 1 %"])
    assert twin(book.figure, "Order book").get_ylabel() == "% of price"


def test_a_book_of_a_run_that_did_not_record_it_is_a_share_of_normal(full):
    older = full_run()
    older.timeline[["bid_depth", "ask_depth"]] = np.nan
    assert panel(plots.timeline(older), "Order book").get_ylabel() == "% of normal"


def test_a_book_recorded_in_quote_that_never_changes_has_no_panel(calm):
    assert "Order book" not in headings(plots.timeline(add_book(calm)))


def test_turnover_bars_add_up_to_what_was_opened_and_closed(full):
    turnover = panel(plots.timeline(full), "Turnover")
    heights = [sum(bar.get_height() for bar in bars) for bars in turnover.containers]
    assert heights == pytest.approx([full.timeline["entries"].sum(), -full.timeline["exits"].sum()], rel=1e-9)


def test_a_funding_rate_is_shown_in_percent_of_notional(full):
    funding = panel(plots.timeline(full), "Funding rate")
    assert funding.get_ylabel() == "% of notional"
    rates = next(line.get_ydata() for line in funding.lines if line.get_drawstyle() == "steps-post")
    assert (rates[0], rates[-1]) == pytest.approx((0.01, -0.375))


def test_a_run_of_holes_in_the_new_columns_is_drawn(full):
    holed = full_run(300)
    holed.timeline.iloc[100:200, :] = np.nan
    plots.timeline(holed).draw_without_rendering()


def test_what_the_vault_holds_is_shown_beside_the_engine(full):
    side = twin(plots.timeline(full), "Fund and backstop")
    held = next(line.get_ydata() for line in side.lines if line.get_label().startswith("held by the vault"))
    assert np.nanmax(held) == pytest.approx(full.timeline["vault_inventory"].max(), rel=1e-9)


@pytest.mark.parametrize("width", [None, 3.4, 5.0])
@pytest.mark.parametrize(
    "run",
    [full_run(), crash_run(2_600, 36.0), small_run(), small_run(1), calm_run()],
    ids=lambda run: str(len(run.timeline)),
)
def test_every_word_of_a_timeline_can_be_read_at_any_width(run, width):
    figure = plots.timeline(run, width=width)
    assert figure.get_figwidth() == (width or 10.0)
    assert unreadable(figure) == []


def test_a_run_without_rows_says_so_in_a_column(small):
    small.timeline = small.timeline.iloc[:0]
    figure = plots.timeline(small, width=3.4)
    assert unreadable(figure) == []
    assert "there is nothing" in words(figure).replace("\n", " ")


def test_a_place_too_low_for_all_panels_keeps_price_and_liquidations(full):
    figure = Figure(figsize=(9, 5))
    plots.timeline(full, figure.subplots())
    assert headings(figure)[:2] == ["Price", "Liquidations"]
    assert "Funding rate" not in headings(figure)
    assert all(ax.bbox.height > 25 for ax in figure.axes)


def test_the_names_of_axes_of_other_pictures_in_the_figure_stay_where_they_are(full):
    figure = Figure(figsize=(20, 14))
    left, right = figure.subplots(1, 2)
    right.set_ylabel("somebody else's")
    right.set_ylim(0, 1e9)
    before = right.yaxis.label.get_fontsize()
    plots.timeline(full, left)
    assert right.yaxis.label.get_fontsize() == before


class Untouched:
    """A million liquidations that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the timeline asked the liquidations for {name}")


def test_the_timeline_never_looks_at_single_liquidations(full):
    full.liquidations = Untouched()
    plots.timeline(full).draw_without_rendering()
