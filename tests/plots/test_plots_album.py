"""Which pictures a run has, and what is said about them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plots.lent import coupled_run
from plots.replayed import replayed_run
from plots.stand_ins import calm_run, crash_run, run_of_cascades, small_run
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim import plots
from cascade_sim.engine.folder import PICTURE_FORMATS, PICTURES
from cascade_sim.plots import picture_words
from cascade_sim.plots.album import ALBUM, ENTRIES, FEWEST_CASCADES, pictures_of
from cascade_sim.plots.sweep_album import SWEEP_ALBUM

NAMES = [entry.name for entry in ENTRIES]


def entry_of(name: str):
    return next(entry for entry in ENTRIES if entry.name == name)


def fired(ticks: list[int], rounds: list[int], quantity: list[float]) -> pd.DataFrame:
    """Return liquidations of longs at 100 quote per base."""
    time = pd.Timestamp("2020-01-01T00:00:00Z") + pd.to_timedelta(np.array(ticks) + 1, unit="s")
    columns = {"tick": ticks, "time": time, "side": "long", "quantity": quantity, "trigger_price": 100.0}
    return pd.DataFrame({**columns, "fill_price": 100.0, "round": rounds})


def test_a_run_s_folder_may_hold_every_picture_of_the_album_in_every_format_and_no_other():
    assert tuple(f"{name}.{kind}" for name in NAMES for kind in PICTURE_FORMATS) == PICTURES


def test_what_plots_can_draw_is_in_the_album():
    assert set(plots.__all__) - {"save", "comparison"} == {*ALBUM, *SWEEP_ALBUM}


def test_headings_and_ways_to_read_are_one_sentence_each_and_all_different():
    assert len({entry.heading for entry in ENTRIES}) == len({entry.reading for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert entry.reading.endswith(".")
        assert entry.reading.count(". ") == 0
        assert not entry.heading.endswith(".")


def test_a_quiet_run_without_a_crowd_has_its_timeline_only():
    assert list(pictures_of(calm_run())) == ["timeline"]


@pytest.fixture(scope="module")
def recorded() -> cs.Run:
    """A run that fires often, with a crowd, a map over time and a counterfactual."""
    changes = {**NO_FORCED_SELLING, "record.heatmap": {"bins": 50, "every": "30s"}}
    return cs.run(crash(changes))


@pytest.fixture(scope="module")
def lent() -> SimpleNamespace:
    return coupled_run()


@pytest.mark.parametrize("name", list(ALBUM))
def test_every_picture_draws_itself(name, recorded, lent):
    others = {"cascade_sizes": run_of_cascades(np.arange(1, FEWEST_CASCADES + 1)), "replay": replayed_run()}
    others |= dict.fromkeys(("lending", "health", "coupling"), lent)
    run = others.get(name, recorded)
    assert ALBUM[name].has(run)
    assert ALBUM[name].draw(run).axes
    assert ALBUM[name].draw(run, width=3.4).get_figwidth() == 3.4


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("heatmap", "heatmap", pd.DataFrame({1.0: [1.0], 2.0: [2.0]})),
        ("liquidation_map", "crowd_map", pd.DataFrame({"side": [1]})),
        ("compare", "counterfactuals", {"other": calm_run()}),
        ("waterfall", "summary", {"collateral_lost": 1.0, "loss_to_market": 1.0}),
        ("rounds", "liquidations", fired([1], [1], [1.0])),
        ("cascade_sizes", "liquidations", fired([1000 * n for n in range(FEWEST_CASCADES)], [1] * 20, [1.0] * 20)),
    ],
)
def test_a_picture_is_there_once_the_run_has_what_it_needs(name, part, value, calm):
    if name == "waterfall":
        calm.liquidations = fired([1], [1], [1.0])
    assert not entry_of(name).has(calm)
    setattr(calm, part, value)
    assert entry_of(name).has(calm)


@pytest.mark.parametrize("column", ["bid_depth", "ask_depth", "depth_multiplier"])
def test_depth_is_there_where_it_changes(column, calm):
    calm.timeline[column] = 1.0
    assert not entry_of("depth").has(calm)
    calm.timeline.loc[calm.timeline.index[5], column] = 0.5
    assert entry_of("depth").has(calm)


def test_one_cascade_fewer_is_too_few(calm):
    calm.liquidations = fired([1000 * n for n in range(19)], [1] * 19, [1.0] * 19)
    assert not entry_of("cascade_sizes").has(calm)


def test_the_run_without_rows_has_a_timeline(small):
    small.timeline = small.timeline.iloc[:0]
    assert "timeline" in pictures_of(small)
    assert "depth" not in pictures_of(small)


def test_the_timeline_s_words_are_the_fall_and_what_was_liquidated():
    run = crash_run(rows=2000, tick=46.8)
    run.summary |= {"low_mark": 3000.0, "low_time": "2020-03-13T02:10:00+00:00", "max_drawdown": 0.6}
    assert picture_words.timeline(run) == (
        "The mark price fell 60.0 % from 7,500 to 3,000 by 02:10 on 13 Mar 2020; 934M USD was liquidated, 92.1 % of it "
        "longs, and 49.2 % of open interest was closed by force."
    )


def test_the_heatmap_s_words_are_its_fullest_place():
    index = pd.DatetimeIndex(["2020-01-01T00:01:00Z", "2020-01-01T00:02:00Z"], name="time")
    frame = pd.DataFrame([[1.0, 2.0], [5e6, 0.0]], index=index, columns=[90.0, 110.0])
    run = small_run()
    run.heatmap = frame
    assert (
        picture_words.heatmap(run) == "Most notional in one band of prices waited near 90.00 at 00:02 on 1 Jan: 5M USD."
    )
    run.heatmap = frame * 0
    assert picture_words.heatmap(run) == "No open position could be liquidated at the prices shown."


def test_the_map_s_words_are_what_each_side_has_and_where_half_of_it_is():
    run = small_run()
    side, trigger = [1, 1, 1, -1, -1], [90.0, 80.0, 0.0, 250.0, np.inf]
    run.crowd_map = pd.DataFrame({"side": side, "trigger_price": trigger, "quantity": [1.0, 3.0, 9.0, 2.0, 9.0]})
    assert picture_words.liquidation_map(run) == (
        "330 USD of longs could be liquidated, half of it by a fall of 20.0 %; 500 USD of shorts could be liquidated, "
        "half of it only where the price doubles."
    )
    run.crowd_map = run.crowd_map.iloc[[2, 4]]
    assert picture_words.liquidation_map(run) == "No price would have liquidated anybody."


def test_the_comparison_s_words_are_the_fall_of_each_run():
    run, other = small_run(), SimpleNamespace(summary={"max_drawdown": 0.05})
    run.counterfactuals = {"no_forced_selling": other}
    assert picture_words.compare(run) == (
        "The largest fall was 11.3 % in the run itself and 5.0 % in no forced selling."
    )
    run.counterfactuals = {f"change_{number}": other for number in range(9)}
    assert picture_words.compare(run).endswith("5.0 % in change 4 and 4 more.")


def test_the_rounds_words_are_how_many_and_how_much_came_later(small):
    small.liquidations = fired([1, 1, 2], [1, 3, 1], [2.0, 1.0, 1.0])
    assert picture_words.rounds(small) == (
        "Forced selling came in up to 3 rounds within one tick; 25.0 % of the quantity was closed in round 2 and later."
    )
    small.liquidations = fired([1], [1], [1.0])
    assert picture_words.rounds(small) == (
        "Every liquidation was in a first round: none set off another within its tick."
    )


def test_the_depth_s_words_are_the_thinnest_moment(small):
    small.timeline["depth_multiplier"] = np.linspace(1.0, 0.25, len(small.timeline))
    assert picture_words.depth(small) == "The makers' depth fell to 25.0 % of normal."
    small.timeline["bid_depth"] = np.linspace(5e6, 2e6, len(small.timeline))
    assert picture_words.depth(small) == "Bids within 1 % of the best price were thinnest at 00:02 on 1 Jan: 2M USD."


def test_the_sizes_words_are_the_largest_cascade_and_its_share(small):
    small.liquidations = fired([0, 1, 5000], [1, 1, 1], [2.0, 1.0, 1.0])
    assert picture_words.cascade_sizes(small) == (
        "Of 2 cascades the largest liquidated 300 USD, 75.0 % of all that was liquidated."
    )
