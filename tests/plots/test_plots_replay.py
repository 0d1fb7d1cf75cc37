from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from plots.full_runs import event_of
from plots.looks import legend, line, words
from plots.readable import unreadable
from plots.replayed import replayed_run, uneventful_run
from plots.stand_ins import calm_run
from small_runs import crash

import cascade_sim as cs
from cascade_sim import plots
from cascade_sim.plots import picture_words
from cascade_sim.plots.album import ALBUM
from cascade_sim.plots.headline import Tile
from cascade_sim.plots.movers import movers_of, pushes_of, recorded_price
from cascade_sim.plots.reading import names_of, recording_of
from cascade_sim.plots.replay import _tiles
from cascade_sim.plots.style import ABSORBED, LONG, OTHER_FLOW, PUSHED, SHORT

RECORDED = [["1min", 7950], ["3min", 7600], ["5min", 7750], ["10min", 8100]]
MADE = {
    "tracked news": replayed_run(news=True),
    "without liquidations": uneventful_run(),
    "one tick": replayed_run(1),
    "news and prices of six digits": replayed_run(news=True, scale=1_150.0),
}


def headings(figure: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]


def panel(figure: Figure, heading: str):
    return next(ax for ax in figure.axes if ax.get_title(loc="left").startswith(heading))


def bars_by_colour(ax) -> dict[str, np.ndarray]:
    found: dict[str, list[float]] = {}
    for bar in ax.patches:
        found.setdefault(to_hex(bar.get_facecolor()), []).append(bar.get_height())
    return {colour: np.array(heights) for colour, heights in found.items()}


def movers(run) -> dict[str, np.ndarray]:
    recording = recording_of(run.timeline, run.scenario, names_of(run))
    return {mover.short: mover.amounts for mover in movers_of(run, recording, pushes_of(run))}


def tiles(run) -> list[Tile]:
    return _tiles(run.summary, names_of(run), pushes_of(run))


@pytest.fixture(scope="module")
def picture() -> Figure:
    return plots.replay(replayed_run())


@pytest.fixture(scope="module")
def solved_picture(solved) -> Figure:
    return plots.replay(solved)


@pytest.fixture(scope="module")
def solved() -> cs.Run:
    """A tracked replay of the engine's, with noise and orders beside what is solved for."""
    changes = {
        "flow.replay": {"points": RECORDED},
        "compare.no_forced_selling": {"exchange.liquidation.policy": "none"},
    }
    return cs.run(crash({**changes, "record.every": "2s"}))


@pytest.fixture(scope="module")
def again(solved, tmp_path_factory) -> cs.Run:
    folder = tmp_path_factory.mktemp("replay")
    solved.save(folder / "tracked")
    replay = {"mode": "push", "file": str(folder / "tracked" / "push.parquet")}
    return cs.run(crash({"flow.replay": replay, "market.book.depth.notional": "4M"}))


def test_bars_are_the_notional_of_each_kind_with_sales_below_zero(picture):
    run = replayed_run()
    mark = run.timeline["mark"]
    bars = bars_by_colour(panel(picture, "Who moved it"))
    expected = {
        PUSHED: (run.timeline["flow"] * mark).sum(),
        LONG: -(run.timeline["forced_sell"] * mark).sum(),
        ABSORBED: (run.timeline["absorbed"] * mark).sum(),
    }
    assert {colour: heights.sum() for colour, heights in bars.items()} == pytest.approx(expected, rel=1e-9)
    assert (bars[LONG] <= 0.0).all()
    assert (bars[ABSORBED] >= 0.0).all()


def test_bars_of_one_sign_stand_on_each_other_and_never_cover_each_other(picture):
    ax = panel(picture, "Who moved it")
    for middle in {round(bar.get_x(), 9) for bar in ax.patches}:
        ends = sorted(
            (min(bar.get_y(), bar.get_y() + bar.get_height()), max(bar.get_y(), bar.get_y() + bar.get_height()))
            for bar in ax.patches
            if round(bar.get_x(), 9) == middle and bar.get_height() != 0.0
        )
        assert all(low >= high - 1e-6 for (_, high), (low, _) in itertools.pairwise(ends))


def test_the_legend_says_what_each_colour_did(picture):
    assert legend(panel(picture, "Who moved it")) == [
        "pushed (solved for)",
        "forced sales (longs)",
        "absorbed: bought back after forced sales",
    ]


def test_squeezed_shorts_are_blue_and_sold_back_to():
    run = replayed_run()
    run.timeline["forced_buy"], run.timeline["forced_sell"] = run.timeline["forced_sell"], 0.0
    run.timeline["absorbed"] *= -1.0
    assert set(movers(run)) == {"pushed", "forced purchases", "absorbed"}
    recording = recording_of(run.timeline, run.scenario, names_of(run))
    bought, sold_back = movers_of(run, recording, pushes_of(run))[1:]
    assert bought.colour == SHORT
    assert bought.amounts.sum() == pytest.approx(-2.0 * sold_back.amounts.sum())
    assert sold_back.words == "absorbed: sold back after forced purchases"


def test_the_totals_end_where_the_bars_add_up_to_and_the_legend_says_it(picture):
    for name, amounts in movers(replayed_run()).items():
        total = line(picture, f"{name} ")
        assert total.get_ydata()[-1] == pytest.approx(amounts.sum(), rel=1e-9)
    named = legend(panel(picture, "Added up"))
    assert [each.rpartition(" ")[0] for each in named] == ["pushed", "forced sales", "absorbed"]
    assert [each.rpartition(" ")[2][0] for each in named] == ["−", "−", "+"]


def test_the_recorded_price_lies_under_the_mid():
    run = replayed_run()
    run.push["log_recorded"] += 0.01
    figure = plots.replay(run)
    recorded, mid = line(figure, "recorded price"), line(figure, "mid price")
    np.testing.assert_allclose(recorded.get_ydata(), run.timeline["mid"] * np.exp(0.01))
    assert recorded.get_zorder() < mid.get_zorder()
    assert recorded.get_linewidth() > 2 * mid.get_linewidth()


def test_ticks_of_which_nothing_is_recorded_are_holes():
    run = replayed_run()
    run.push = run.push.iloc[40:]
    recorded = recorded_price(pushes_of(run), recording_of(run.timeline, run.scenario, names_of(run)))
    np.testing.assert_array_equal(np.isnan(recorded), np.arange(45) < 40)


def test_noise_and_orders_beside_the_pushes_are_told_apart_to_the_last_contract(solved, solved_picture):
    assert set(movers(solved)) >= {"pushed", "other flow", "forced sales"}
    sent = np.where(solved.push["absorbs"], 0.0, solved.push["after"]) + solved.push["before"]
    moments = solved.push["tick"].to_numpy() // 2
    quantity = np.bincount(moments, sent, len(solved.timeline)) * solved.timeline["mark"]
    np.testing.assert_allclose(movers(solved)["pushed"], quantity, rtol=1e-9, atol=1e-6)
    whole = movers(solved)["pushed"] + movers(solved)["other flow"]
    np.testing.assert_allclose(whole, solved.timeline["flow"] * solved.timeline["mark"], rtol=1e-9, atol=1e-6)
    assert OTHER_FLOW in bars_by_colour(panel(solved_picture, "Who moved it"))


def test_a_run_of_the_engine_s_shows_its_way_without_forced_selling(solved_picture):
    assert "mid without forced selling" in legend(panel(solved_picture, "Price"))
    ways = [line(solved_picture, name).get_ydata() for name in ("mid price", "recorded price")]
    assert np.nanmax(np.abs(np.log(ways[0][1:] / ways[1]))) < 1e-9


def test_pushes_sent_again_show_the_recorded_price_of_their_file(again, solved):
    figure = plots.replay(again)
    recorded = np.exp(solved.push["log_recorded"].to_numpy())
    drawn = line(figure, "recorded price").get_ydata()
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], recorded, rtol=1e-12)
    assert "pushed (sent again, and other flow)" in legend(panel(figure, "Who moved it"))
    assert f"of {len(solved.push):,} ticks" in words(figure)
    assert "are those of another run" in words(figure)


def test_pushes_whose_file_is_gone_are_a_replay_without_a_recorded_price(again):
    elsewhere = again.scenario.with_overrides({"flow.replay.file": "gone.parquet"})
    gone = cs.Run(elsewhere, again.seed, again.summary, again.timeline, again.liquidations)
    assert pushes_of(gone) is None
    assert set(movers(gone)) == set(movers(again))


def test_a_counterfactual_of_a_replay_has_pushes_and_no_forced_sales(solved):
    other = solved.counterfactuals["no_forced_selling"]
    assert set(movers(other)) == {"pushed"}
    assert pushes_of(other) is None


def test_news_has_a_panel_of_its_own_in_percent():
    run = MADE["tracked news"]
    figure = plots.replay(run)
    assert headings(figure)[1:4] == [
        "News pushed (solved for)",
        "Who traded: bought above zero, sold below",
        "Added up since the start",
    ]
    news = panel(figure, "News")
    returns = np.log1p(0.01 * np.array([bar.get_height() for bar in news.patches]))
    assert returns.sum() == pytest.approx(run.push["before"].sum(), rel=1e-9)
    assert "in all −4.4 %" in words(figure)
    assert "corrections beside the news (solved for)" in legend(panel(figure, "Who traded"))
    assert unreadable(figure) == []


def test_a_replay_without_liquidations_shows_what_was_pushed():
    assert set(movers(uneventful_run())) == {"pushed"}


def test_the_head_says_what_was_absorbed_and_what_was_missed(picture):
    run = replayed_run()
    assert "of 45 ticks\nneeded absorption" in [tile.meaning for tile in tiles(run)]
    assert "of 45 ticks" in words(picture)
    assert "50.0 %" in words(picture)
    assert "missed" not in words(picture)
    run.summary["missed_ticks"] = 60
    assert tiles(run)[-1].meaning.startswith("liquidated,")
    assert tiles(run)[-2] == ("60", "ticks missed:\nno trading", LONG)


def test_what_is_closed_beside_the_book_is_said_events_are_marked_and_halts_are_shaded():
    run = replayed_run()
    run.scenario.events = [event_of(30.0, "the venue goes down", "notes")]
    run.timeline["halted"] = (np.arange(45) // 10 == 2).astype(np.int64)
    run.timeline["adl"] = 1.0
    figure = plots.replay(run)
    text = words(figure)
    assert f"Not shown: {run.timeline['mark'].sum():,.0f} USD closed by force beside the book" in text
    assert "the venue goes down (notes)" in text
    assert "venue down 00:00:20–00:00:30" in text
    assert set(bars_by_colour(panel(figure, "Who moved it"))) == {PUSHED, LONG, ABSORBED}
    assert unreadable(figure) == []


@pytest.mark.parametrize(
    ("made", "width"),
    [
        ("without liquidations", 3.4),
        ("one tick", None),
        ("news and prices of six digits", 3.4),
    ],
)
def test_every_word_can_be_read_at_any_width(made, width):
    figure = plots.replay(MADE[made], width=width)
    assert figure.get_figwidth() == (width or 10.0)
    assert unreadable(figure) == []


def test_a_replay_can_take_the_place_of_an_axes():
    figure = Figure(figsize=(18, 7))
    left, right = figure.subplots(1, 2)
    assert plots.replay(replayed_run(), left) is figure
    assert left not in figure.axes
    assert right in figure.axes
    assert unreadable(figure) == []


def test_runs_without_rows_and_runs_that_replay_nothing_say_so():
    run = replayed_run()
    run.timeline = run.timeline.iloc[:0]
    assert "there is nothing to draw" in words(plots.replay(run))
    assert "this run replays no recorded price" in words(plots.replay(calm_run()))


def test_no_other_column_no_summary_and_no_whole_recording_is_needed():
    run = replayed_run(20)
    run.timeline, run.summary = run.timeline[["absorbed"]].copy(), {}
    run.timeline.iloc[5:10] = np.nan
    plots.replay(run).draw_without_rendering()


def test_the_album_has_it_for_replays_only():
    entry = ALBUM["replay"]
    assert entry.has(replayed_run())
    assert not entry.has(calm_run())
    empty = replayed_run()
    empty.timeline = empty.timeline.iloc[:0]
    assert not entry.has(empty)


def test_its_words_are_what_was_met_and_what_was_absorbed():
    run = replayed_run()
    run.summary["missed_ticks"] = 3
    assert picture_words.replay(run).endswith(
        "; the mid landed on the recorded price in 45 ticks; in 30 ticks orders against forced trades absorbed 50.0 % "
        "of their quantity; 3 ticks were missed."
    )
    assert "nothing was traded by force in the book" in picture_words.replay(uneventful_run())
