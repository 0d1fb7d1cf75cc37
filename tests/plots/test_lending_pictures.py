from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from plots.full_runs import event_of
from plots.lent import ROWS, coupled_run, lending_run
from plots.looks import legend, words
from plots.readable import unreadable
from plots.stand_ins import calm_run

from cascade_sim import plots
from cascade_sim.metrics.health_factors import START, loan_history
from cascade_sim.plots import lending_words
from cascade_sim.plots.album import ALBUM, pictures_of
from cascade_sim.plots.coupling import move_bars
from cascade_sim.plots.health_moments import health_bins, moments_of, sampled_rows
from cascade_sim.plots.lending_reading import covered, in_auctions, largest_pool, pools_of, won_for_nothing
from cascade_sim.plots.reading import names_of, recording_of
from cascade_sim.plots.style import BAD_DEBT, FIXED_SPREAD, FOR_NOTHING, IN_AUCTION, POSITIONS, REPAID
from cascade_sim.plots.sweep_reading import PictureError

PICTURES = {"lending": plots.lending, "health": plots.health, "coupling": plots.coupling}
every = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)


def fresh(run: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(run), "timeline": run.timeline.copy(), "summary": dict(run.summary)})


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    return coupled_run()


@pytest.fixture
def run(made) -> SimpleNamespace:
    return fresh(made)


@pytest.fixture(scope="module")
def page(made) -> Figure:
    return plots.lending(made)


@pytest.fixture(scope="module")
def picture(made) -> Figure:
    return plots.health(made)


@pytest.fixture(scope="module")
def column(made) -> Figure:
    return plots.health(made, "aave", width=3.4)


def panel(figure: Figure, heading: str):
    return next(ax for ax in figure.axes if ax.get_title(loc="left").startswith(heading))


def recording(run):
    return recording_of(run.timeline, run.scenario, names_of(run))


def test_every_word_can_be_read_in_a_column(made, column):
    for figure in (plots.lending(made, width=3.4), plots.coupling(made, width=3.4), column):
        assert figure.get_figwidth() == 3.4
        assert unreadable(figure) == []


def test_every_word_can_be_read_at_the_usual_width(page, picture, made):
    for figure in (page, picture, plots.coupling(made)):
        assert figure.get_figwidth() == 10.0
        assert unreadable(figure) == []


@pytest.mark.slow
def test_pictures_can_take_the_place_of_an_axes(made):
    figure = Figure(figsize=(27, 9))
    places = figure.subplots(1, 3)
    for place, draw in zip(places, PICTURES.values(), strict=True):
        assert draw(made, ax=place) is figure
        assert place not in figure.axes
    assert unreadable(figure) == []


@every
def test_a_run_without_pools_or_without_rows_says_so(draw, run):
    assert any(word in words(draw(calm_run())) for word in ("no lending pool", "needs the counterfactuals"))
    run.timeline, run.counterfactuals = run.timeline.iloc[:0], {}
    assert any(word in words(draw(run)) for word in ("nothing to draw", "needs the counterfactuals"))


def heights(ax) -> dict[str, float]:
    found: dict[str, float] = {}
    for bar in ax.patches:
        colour = to_hex(bar.get_facecolor())
        found[colour] = found.get(colour, 0.0) + bar.get_height()
    return found


def test_bars_of_each_kind_add_up_to_what_was_liquidated(page, made):
    forced = (made.timeline["forced_sell"] * made.timeline["mark"]).sum()
    assert heights(panel(page, "Positions liquidated")) == pytest.approx({POSITIONS: forced}, rel=1e-9)
    free = made.summary["maker_zero_bid_value"]
    expected = {
        FIXED_SPREAD: made.summary["aave_liquidated"],
        IN_AUCTION: made.summary["maker_liquidated"] - free,
        FOR_NOTHING: free,
    }
    assert heights(panel(page, "Loans liquidated")) == pytest.approx(expected, rel=1e-9)


def test_every_pool_has_its_oracle_beside_the_price(page, made):
    ax = panel(page, "Price")
    assert legend(ax) == ["mid price", "oracle of aave", "oracle of maker"]
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    np.testing.assert_array_equal(lines["oracle of maker"], made.timeline["oracle_maker"])


def test_panels_without_anything_to_say_are_left_out(run):
    frame = run.timeline
    frame["gas_price"], frame["chain_capacity"] = 20.0, 1.0
    for column in ("bad_debt_aave", "bad_debt_maker", "auctions_maker", "keeper_profit", "keeper_inventory"):
        frame[column] = 0.0
    figure = plots.lending(run)
    headings = {ax.get_title(loc="left") for ax in figure.axes} - {""}
    assert headings == {
        "Price and oracles",
        "Positions liquidated on the exchange",
        "Loans liquidated on the chain",
    }


def test_next_to_no_bad_debt_has_no_panel(run):
    run.timeline["bad_debt_aave"], run.timeline["bad_debt_maker"] = 300.0, 0.0
    assert not any(ax.get_title(loc="left").startswith("Bad debt") for ax in plots.lending(run).axes)


def test_nothing_liquidated_is_said(run):
    for column in ("liquidated_aave", "liquidated_maker", "forced_sell"):
        run.timeline[column] = 0.0
    run.auctions = run.auctions.iloc[:0]
    text = words(plots.lending(run))
    assert "no loan was liquidated in this run" in text
    assert "Positions liquidated" not in text


def test_events_are_marked_on_the_page_of_lending(run):
    scenario = SimpleNamespace(**vars(run.scenario))
    scenario.events = [event_of("2020-03-12T10:20:00Z", "the chain is full", "notes")]
    run.scenario = scenario
    assert "the chain is full (notes)" in words(plots.lending(run))


def test_backstops_pay_until_their_capital_is_used_up(made):
    aave, maker = pools_of(made)
    assert covered(recording(made), aave)[-1] == made.summary["aave_covered"] == 1e6
    assert covered(recording(made), maker).max() == 0.0


def test_what_was_won_for_nothing_stands_in_the_row_in_which_it_was_won(made):
    found = won_for_nothing(made, recording(made))
    free = made.auctions[made.auctions["bid"] == 0.0]
    rows = made.timeline.index.get_indexer(free["ended"])
    np.testing.assert_allclose(found[rows[0]], free["value"][rows == rows[0]].sum(), rtol=1e-12)
    assert found.sum() == pytest.approx(made.summary["maker_zero_bid_value"], rel=1e-12)


def test_debt_in_auctions_is_that_of_the_auctions_open_at_the_end_of_a_row(made):
    found, ends = in_auctions(made, recording(made), "maker"), made.timeline.index
    for row in (0, 185, 305, ROWS - 1):
        still = (made.auctions["opened"] <= ends[row]) & (made.auctions["ended"] > ends[row])
        assert found[row] == pytest.approx(made.auctions["debt"][still].sum(), abs=1e-6)


def test_an_auction_without_an_end_is_open_to_the_last_row(run):
    run.auctions = run.auctions.assign(ended=run.auctions["ended"].where(run.auctions.index > 0))
    left = run.auctions["debt"].iloc[0]
    assert in_auctions(run, recording(run), "maker")[-1] == pytest.approx(left, rel=1e-9)


def test_the_parts_of_the_debt_are_what_left_the_debt_above_one(picture, made):
    ax = panel(picture, "What became of the debt")
    history = loan_history(made, "maker")
    end = history.at(ROWS - 1)
    gone = history.debt.sum() - end.debt[end.health >= 1.0].sum()
    tops = [collection.get_paths()[0].vertices[:, 1].max() for collection in ax.collections[:3]]
    assert max(tops) == pytest.approx(gone, rel=1e-9)
    assert min(tops) == pytest.approx(made.summary["maker_bad_debt"], rel=1e-9)
    assert legend(ax) == ["lost: bad debt", "repaid by liquidations", "in auctions"]
    colours = {to_hex(collection.get_facecolor()[0]) for collection in ax.collections}
    assert {IN_AUCTION, REPAID, BAD_DEBT} <= colours
    assert "of 90M USD is open and above 1 at the end" in words(picture)


def test_a_pool_whose_debt_was_never_in_danger_says_so(run):
    run.lending, run.auctions = run.lending.iloc[:0], run.auctions.iloc[:0]
    run.timeline["oracle_maker"], run.timeline["bad_debt_maker"] = 200.0, 0.0
    assert "no debt was ever in danger" in words(plots.health(run, "maker"))


def test_the_moments_are_start_before_low_after_and_end(made):
    history = loan_history(made, "aave")
    found = moments_of(history, False)
    assert [each.words for each in found] == [
        "at the start",
        "before the first liquidation",
        "the oracle's low",
        "after the last liquidation",
        "at the end",
    ]
    assert found[0].row == START
    assert history.changes_before(found[1].row) == 0 < history.changes_before(found[1].row + 1)
    assert history.changes_before(found[3].row) == history.changed.size
    assert found[-1].row == ROWS - 1


def test_moments_that_fall_together_are_shown_once(run):
    run.lending = run.lending.iloc[:0]
    run.timeline["oracle_aave"] = np.linspace(200.0, 150.0, ROWS)
    found = moments_of(loan_history(run, "aave"), False)
    assert [each.words for each in found] == ["at the start", "at the end, the oracle's low"]


def test_moments_too_close_to_be_told_apart_are_shown_once(run):
    run.timeline["oracle_aave"] = 200.0
    run.timeline.loc[run.timeline.index[100:], "oracle_aave"] = 180.0
    run.lending = run.lending[run.lending["pool"] == "aave"].iloc[:2].assign(tick=[101, 300])
    found = moments_of(loan_history(run, "aave"), False)
    assert [(each.row, each.words) for each in found[1:-1]] == [
        (100, "the oracle's low, before the first liquidation"),
        (300, "after the last liquidation"),
    ]
    run.lending["tick"] = [105, 300]
    assert [each.row for each in moments_of(loan_history(run, "aave"), False)] == [START, 100, 300, ROWS - 1]


def test_one_bin_of_health_ends_at_one_exactly_and_none_cuts_off_what_is_in_danger(made):
    for pool in pools_of(made):
        history = loan_history(made, pool.name)
        moments = moments_of(history, pool.auctions)
        bins = health_bins(history, moments, pool, 60)
        assert 1.0 in bins.edges
        assert len(bins.edges) <= 62
        lowest = min(history.at(each.row).health.min() for each in moments)
        assert bins.edges[0] <= max(lowest, 0.0) + bins.width


def test_bars_are_the_debt_of_each_moment(picture, made):
    assert "pool maker" in words(picture)
    history = loan_history(made, "maker")
    columns = [ax for ax in picture.axes if ax.get_title(loc="left")[:1].isdigit()]
    rows = [each.row for each in moments_of(history, True)]
    assert len(columns) == len(rows)
    for ax, row in zip(columns, rows, strict=True):
        then = history.at(row)
        low, high = ax.get_ylim()
        inside = (then.health >= low) & (then.health < high)
        filled = [patch.get_data().values.sum() for patch in ax.patches if getattr(patch, "get_fill", bool)()
                  and hasattr(patch, "get_data")]  # fmt: skip
        assert sum(filled) == pytest.approx(then.debt[inside].sum(), rel=1e-9, abs=1e-3)


def test_toxic_calls_are_marked_for_fixed_spreads_and_water_for_auctions(picture, column):
    assert "below 1: may be liquidated" in words(picture)
    assert "under water: worth less than the debt" in words(picture)
    assert "pool aave" in words(column)
    assert "toxic: a call lowers health further" in words(column)
    assert "toxic" in legend(panel(column, "Debt in danger"))


def test_the_pool_is_the_one_with_most_liquidations_unless_it_is_named(made):
    assert largest_pool(made).name == "maker"
    with pytest.raises(PictureError, match="no pool 'compound'; it has aave, maker"):
        plots.health(made, "compound")


def test_a_run_that_kept_no_loans_says_so(run):
    run.loans = None
    assert "did not keep the loans of maker" in words(plots.health(run))
    assert "health" not in pictures_of(run)


def test_one_row_is_enough(run):
    run.timeline = run.timeline.iloc[:1]
    run.lending, run.auctions = run.lending.iloc[:0], run.auctions.iloc[:0]
    for draw in (plots.health, plots.lending):
        assert unreadable(draw(run)) == []


def test_long_recordings_are_sampled_to_their_last_row():
    rows = sampled_rows(10_001, 400)
    assert rows.size <= 400
    assert rows[-1] == 10_000
    assert set(np.diff(rows)) == {26}


def test_the_bars_of_the_coupling_start_without_either_and_end_at_the_run(made):
    figure = plots.coupling(made)
    assert "+8.0 points" in words(figure)
    text = [each.get_text() for each in panel(figure, "Largest fall").texts]
    assert text == ["33.0 %", "+8.0", "+5.0", "+8.0", "54.0 %"]
    liquidated = panel(figure, "Liquidated")
    assert [each.get_text() for each in liquidated.texts][:4] == ["26M", "41M", "88M", "139M"]


def test_what_both_add_may_be_negative(run):
    run.summary["max_drawdown"] = 0.40
    figure = plots.coupling(run, width=3.4)
    assert "−6.0 points" in words(figure)
    assert "less together than" in words(figure)
    assert unreadable(figure) == []


def test_steps_of_the_coupling_touch_each_other():
    from cascade_sim.metrics.coupling import Coupling

    bars = move_bars(Coupling(0.1, 0.15, 0.12, 0.3))
    assert all(bars[number].high == bars[number + 1].low for number in range(3))
    assert bars[3].high == pytest.approx(bars[4].high, rel=1e-12)


def test_the_album_has_them_for_runs_with_pools_only(made):
    assert {"lending", "health", "coupling"} <= set(pictures_of(made))
    assert not {"lending", "health", "coupling"} & set(pictures_of(calm_run()))
    assert all(ALBUM[name].at_once for name in ("lending", "health", "coupling"))


def test_their_words_are_what_was_liquidated_and_lost():
    run = coupled_run()
    assert lending_words.lending(run) == (
        "Liquidated was 42.5M USD of collateral in aave and 96.1M USD of collateral in maker; 16.6M USD of it was won "
        "for nothing; bad debt came to 16.5M USD, 6.0 % of which a backstop covered."
    )
    assert lending_words.health(run) == (
        "Of 90M USD owed in maker at the start 12.4M was still open at the end; 15.4M was lost."
    )
    assert lending_words.coupling(run) == (
        "The mark fell by 33.0 % without either and by 54.0 % with both: +8.0 points by the exchange's liquidations "
        "alone, +5.0 by lending alone and +8.0 because both are there."
    )


def test_a_quiet_run_s_words_say_that_nothing_was_lost(run):
    run.summary = {}
    assert lending_words.lending(run) == "No loan was liquidated; no bad debt was left."


def test_the_stand_in_keeps_its_own_books():
    run = lending_run()
    for name in ("aave", "maker"):
        history = loan_history(run, name)
        loans = run.loans[run.loans["pool"] == name]
        np.testing.assert_array_equal(history.at(ROWS - 1).debt, loans["debt_end"])
        for row in range(0, ROWS, 40):
            assert history.at(row).debt.sum() == pytest.approx(run.timeline[f"debt_{name}"].iloc[row], rel=1e-12)
