from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from plots.looks import check_the_look, words
from plots.stand_ins import ACCOUNT, calm_run, small_run

from cascade_sim import plots
from cascade_sim.plots.style import LONG, SHORT
from cascade_sim.plots.who_paid import account_of


@pytest.fixture
def run():
    run = small_run()
    run.summary |= ACCOUNT
    return run


def bars(figure):
    return next(ax for ax in figure.axes if ax.patches).patches


def labels(figure) -> list[str]:
    ax = next(ax for ax in figure.axes if ax.patches)
    return [text.get_text().replace("\n", " ") for text in ax.get_xticklabels()]


def test_bars_rise_to_the_total_and_fall_back_to_zero(run):
    drawn = bars(plots.waterfall(run))
    heights = np.array([bar.get_height() for bar in drawn])
    np.testing.assert_allclose([bar.get_y() for bar in drawn], np.r_[0.0, np.cumsum(heights)[:-1]])
    assert np.all(heights[:5] > 0)
    assert np.all(heights[5:] < 0)
    assert heights[:5].sum() == pytest.approx(16_225.0)
    assert heights.sum() == pytest.approx(0.0, abs=1e-9)


def test_payers_come_first_then_receivers(run):
    assert labels(plots.waterfall(run)) == [
        "liquidated traders",
        "insurance fund",
        "deleveraged winners",
        "all winners",
        "nobody",
        "the market",
        "insurance fund",
        "still in the engine",
    ]


def test_every_amount_is_written_out_and_every_bar_explained(run):
    text = words(plots.waterfall(run))
    for written in ("13.4k", "1,800", "620", "310", "95", "14.9k", "925", "400"):
        assert written in text.split()
    for part in (*account_of(run.summary).paid, *account_of(run.summary).received):
        assert f"{part.who}: {part.meaning}" in text


def test_neighbouring_bars_are_connected_where_one_ends_and_the_next_begins(run):
    figure = plots.waterfall(run)
    ax = next(ax for ax in figure.axes if ax.patches)
    levels = [line.get_ydata()[0] for line in ax.lines if len(set(line.get_ydata())) == 1]
    np.testing.assert_allclose(levels, np.cumsum([bar.get_height() for bar in ax.patches])[:-1])


def test_parts_that_are_zero_or_null_are_left_out(run):
    run.summary |= {"fund_paid": 0.0, "adl_forgone": None, "socialised_loss": 0.0, "bad_debt": 0.0}
    run.summary |= {"loss_to_market": 13_400.0, "fund_received": 0.0, "loss_in_engine": 0.0}
    assert labels(plots.waterfall(run)) == ["liquidated traders", "the market"]


@pytest.mark.parametrize(("beyond", "side"), [(500.0, "received"), (-500.0, "paid")])
def test_what_does_not_balance_is_called_other_on_the_side_that_lacks_it(run, beyond, side):
    run.summary["collateral_lost"] += beyond
    account = account_of(run.summary)
    other = getattr(account, side)[-1]
    assert (other.who, other.amount) == ("other", pytest.approx(500.0))
    assert sum(part.amount for part in account.paid) == pytest.approx(sum(part.amount for part in account.received))


def test_rounding_is_not_called_other(run):
    run.summary["collateral_lost"] *= 1.0 + 1e-8
    account = account_of(run.summary)
    assert "other" not in {part.who for part in account.paid + account.received}


def test_no_bar_has_the_colours_of_longs_and_shorts(run):
    assert {LONG, SHORT}.isdisjoint(to_hex(bar.get_facecolor()) for bar in bars(plots.waterfall(run)))


def test_amounts_are_in_margin_currency(run):
    run.scenario.market.contract = "inverse"
    figure = plots.waterfall(run, base="BTC")
    assert next(ax for ax in figure.axes if ax.patches).get_ylabel() == "BTC"
    assert "16.2k BTC" in words(figure)


def test_a_run_without_liquidations_and_a_run_that_does_not_know_say_so(run):
    assert "no position was liquidated in this run" in words(plots.waterfall(calm_run()))
    del run.summary["loss_to_market"]
    assert "does not say who paid" in words(plots.waterfall(run))
    run.summary |= dict.fromkeys(ACCOUNT, 0.0)
    assert "no position was liquidated in this run" in words(plots.waterfall(run))


def test_a_small_place_loses_the_explanation_before_the_bars(run):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4))
    plots.waterfall(run, figure.subplots())
    check_the_look(figure)
    assert "liquidated traders:" not in words(figure)
    assert next(ax for ax in figure.axes if ax.patches).bbox.height > figure.dpi


def test_a_market_that_lost_is_drawn_below_zero_and_fits(run):
    run.summary |= dict.fromkeys(ACCOUNT, 0.0) | {"collateral_lost": -50.0, "loss_to_market": -50.0}
    figure = plots.waterfall(run)
    ax = next(ax for ax in figure.axes if ax.patches)
    assert ax.get_ylim()[0] <= -50.0
    check_the_look(figure)
