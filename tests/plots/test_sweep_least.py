"""Where bad debt is least along a key, in the pictures of sweeps."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from plots.looks import legend, words
from plots.pictured_sweeps import sweep_result
from plots.readable import unreadable

import cascade_sim as cs
from cascade_sim import plots
from cascade_sim.plots.sweep_album import SWEEP_ALBUM, main_output
from cascade_sim.plots.sweep_least import Least, is_loss, least_of

BONUS, REFILL = "lending.0.bonus", "market.book.refill.half_life"
NOTHING = float("nan")


def lost(best: float = 0.06, refills: tuple[float, ...] = ()) -> SimpleNamespace:
    """A sweep in which bad debt rises with the square of the distance from a bonus, and the fall with the bonus."""
    keys = {BONUS: list(np.round(np.linspace(0.0, 0.1, 6), 3)), **({REFILL: list(refills)} if refills else {})}
    result = sweep_result(keys, lambda rng, bonus, half_life=0.0: 0.1 + bonus, replicates=4, name="Bonus")
    result.frame["bad_debt"] = 1e9 * (result.frame[BONUS] - best) ** 2
    result.frame.attrs["units"] = {**result.frame.attrs["units"], BONUS: "fraction"}
    return result


def first(result: SimpleNamespace) -> SimpleNamespace:
    """The same sweep with bad debt as its first output."""
    result.frame.insert(0, "bad_debt", result.frame.pop("bad_debt"))
    return result


@pytest.mark.parametrize(
    ("values", "least"),
    [
        ([3.0, 1.0, 2.0], Least(1, 1)),
        ([3.0, 0.0, 0.0, 2.0], Least(1, 2)),
        ([10.0, 0.05, 0.0, 0.2, 5.0], Least(1, 2)),
        ([3.0, NOTHING, 1.0, 2.0], Least(2, 2)),
        ([1.0, 2.0, 3.0], None),
        ([3.0, 2.0, 1.0], None),
        ([2.0, 0.0, 0.0, 0.0], None),
        ([1.0, 1.0, 1.0], None),
        ([2.0, 1.0], None),
        ([NOTHING, NOTHING, NOTHING], None),
    ],
)
def test_the_least_is_where_there_is_more_on_both_sides_with_neighbours_as_good(values, least):
    assert least_of(np.array(values)) == least


def test_only_what_somebody_loses_is_wanted_small():
    assert all(map(is_loss, ("bad_debt", "aave_bad_debt", "maker_shortfall", "pool_under_water")))
    assert not any(map(is_loss, ("cascade", "max_drawdown", "keeper_profit", "bad_debt_share")))


def test_the_fan_marks_the_bonus_with_least_bad_debt():
    figure = plots.fan_chart(lost(), value="bad_debt")
    panel = figure.axes[1]
    assert "least: 6 %" in legend(panel)
    (mark,) = [patch for patch in panel.patches if patch.get_label() == "least: 6 %"]
    assert (mark.get_x(), mark.get_x() + mark.get_width()) == pytest.approx((0.05, 0.07))
    assert "lending.0.bonus with least" in words(figure)
    assert "3.6M USD" in words(figure)
    assert "largest median" in words(figure)
    assert unreadable(figure) == []


def test_a_loss_that_only_falls_has_no_least_and_other_outputs_are_not_marked():
    assert not any(each.startswith("least") for each in legend(plots.fan_chart(lost(0.2), value="bad_debt").axes[1]))
    falls = plots.fan_chart(lost(), value="max_drawdown")
    assert not any(each.startswith("least") for each in legend(falls.axes[1]))


def test_the_map_frames_the_least_of_every_row():
    result = lost(refills=(60.0, 120.0))
    slow = result.frame[REFILL] == 120.0
    result.frame.loc[slow, "bad_debt"] = 1e9 * (result.frame.loc[slow, BONUS] - 0.02) ** 2
    figure = plots.sweep_map(result, value="bad_debt", theory=False)
    frames = [patch for patch in figure.axes[1].patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    assert [patch.get_x() for patch in frames] == pytest.approx([0.05, 0.01])
    assert "least of its row" in legend(figure.axes[1])
    assert unreadable(figure) == []


def test_the_album_draws_a_loss_that_stands_first_and_says_where_it_is_least():
    result = first(lost())
    assert main_output(result) == "bad_debt"
    assert main_output(lost()) == "max_drawdown"
    fan = SWEEP_ALBUM["fan_chart"]
    assert fan.settings(result) == {"value": "bad_debt"}
    assert fan.finding(result) == "The median of bad_debt is least at lending.0.bonus = 6 %."
    assert fan.finding(first(lost(0.2))) == "The median of bad_debt is largest at lending.0.bonus = 0 %: 40M."
    pair = first(lost(refills=(60.0, 120.0)))
    assert SWEEP_ALBUM["sweep_map"].settings(pair)["value"] == "bad_debt"
    assert (
        SWEEP_ALBUM["sweep_map"].finding(pair).startswith("The mean of bad_debt goes from 0 at lending.0.bonus = 0.06")
    )


@pytest.mark.slow
def test_lenders_are_short_where_the_bonus_is_small_and_where_it_is_large():
    sweep = cs.load_sweep("sweeps/bonus")
    result = cs.sweep(sweep.model_copy(update={"replicates": 4}), workers=1)
    short = result.frame.groupby("lending.pool.bonus")["pool_shortfall"].median()
    assert least_of(short.to_numpy()) is not None
    assert short.iloc[0] > 100 * short.min() < short.iloc[-1]


@pytest.mark.slow
def test_auctions_are_won_for_nothing_only_where_congestion_keeps_bidders_away():
    sweep = cs.load_sweep("sweeps/congestion")
    frame = cs.sweep(sweep.model_copy(update={"replicates": 4}), workers=1).frame
    share = frame.groupby("chain.congestion.floor")["pool_zero_bid_share"].mean()
    assert share.iloc[0] > 0.0
    assert share.iloc[-1] == 0.0
    assert (frame["pool_bad_debt"] > 0.0).equals(frame["pool_zero_bids"] > 0.0)
