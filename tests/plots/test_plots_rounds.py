from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from plots.looks import check_the_look, legend, line, words
from plots.stand_ins import fired, small_run

from cascade_sim import plots
from cascade_sim.metrics.branching import generation_ratio
from cascade_sim.plots.round_sums import round_sums
from cascade_sim.plots.style import LONG, SHORT


def run_of(per_round: list[int], measured: bool = True) -> SimpleNamespace:
    run = small_run()
    run.liquidations = fired(per_round)
    events = run.liquidations
    ratio = generation_ratio(events["quantity"].to_numpy(), events["round"].to_numpy())
    keys = ("branching_ratio", "branching_ratio_low", "branching_ratio_high")
    run.summary |= dict(zip(keys, ratio if measured else (None, None, None), strict=True))
    return run


def panel(figure):
    return next(ax for ax in figure.axes if ax.patches)


def heights(figure, colour: str) -> np.ndarray:
    return np.array([bar.get_height() for bar in panel(figure).patches if to_hex(bar.get_facecolor()) == colour])


def test_bars_are_the_quantities_of_each_round_and_side():
    run = run_of([40, 30, 21, 15])
    figure = plots.rounds(run)
    for side, colour in (("long", LONG), ("short", SHORT)):
        of_side = run.liquidations[run.liquidations["side"] == side]
        expected = of_side.groupby("round")["quantity"].sum().reindex([1, 2, 3, 4])
        np.testing.assert_allclose(heights(figure, colour), expected.fillna(0.0))


def test_few_bars_carry_their_number_of_liquidations():
    text = words(plots.rounds(run_of([40, 30, 21, 15]))).split("\n")
    assert all(str(count) in text for count in (40, 30, 21, 15))


def test_many_bars_have_the_numbers_on_a_second_axis():
    figure = plots.rounds(run_of([50] * 40))
    np.testing.assert_array_equal(line(figure, "liquidations").get_ydata(), np.full(40, 50))
    assert "liquidations" in {ax.get_ylabel() for ax in figure.axes}


@pytest.mark.parametrize(("rounds", "size"), [(60, 1), (61, 2), (150, 5), (3_000, 50), (3_001, 100)])
def test_thousands_of_rounds_are_joined_by_equal_widths_and_lose_nothing(rounds, size):
    events = fired([2] * rounds)
    sums = round_sums(events)
    assert sums.size == size
    assert sums.longs.size == -(-rounds // size) <= 60
    assert sums.total.sum() == pytest.approx(events["quantity"].sum())
    assert sums.count.sum() == 2 * rounds
    in_the_second = events["quantity"][(events["round"] > size) & (events["round"] <= 2 * size)].sum()
    assert sums.total[1] == pytest.approx(in_the_second)


@pytest.mark.parametrize("rounds", [7, 200])
def test_the_decay_of_all_rounds_to_come_adds_up_to_all_that_was_closed(rounds):
    sums = round_sums(run_of([1000] + [500] * (rounds - 1)).liquidations)
    ratio = 1.0 - sums.first / sums.total.sum()
    beyond = sums.first * ratio ** (sums.size * sums.longs.size) / (1.0 - ratio)
    assert sums.decay(ratio).sum() + beyond == pytest.approx(sums.total.sum())
    assert sums.decay(1.0) == pytest.approx(np.full(sums.longs.size, sums.first * sums.size))


def test_an_interval_that_reaches_above_one_is_drawn_within_what_numbers_hold():
    run = run_of([5] + [4] * 4000)
    run.summary["branching_ratio_high"] = 1.5
    for each in panel(plots.rounds(run)).lines:
        assert np.isfinite(each.get_ydata()).all()


def test_the_measured_ratio_is_drawn_and_said_with_its_interval():
    run = run_of([400, 200, 100, 50])
    figure = plots.rounds(run)
    ratio, low, high = (run.summary[f"branching_ratio{end}"] for end in ("", "_low", "_high"))
    first = run.liquidations.query("round == 1")["quantity"].sum()
    np.testing.assert_allclose(line(figure, "first round").get_ydata(), first * ratio ** np.arange(4))
    assert f"Branching ratio R = {ratio:.3g} (95 % interval {low:.2f} to {high:.2f})" in words(figure)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"liquidation": SimpleNamespace(policy="paced", delay=0.0)}, "the liquidation policy is paced"),
        ({"liquidation": SimpleNamespace(policy="market", delay=2.0)}, "liquidations are delayed"),
    ],
)
def test_a_run_whose_rounds_are_no_generations_says_why(change, reason):
    run = run_of([4, 3, 2], measured=False)
    vars(run.scenario.exchange).update(change)
    figure = plots.rounds(run)
    assert f"rounds are not generations here, because {reason}." in words(figure)
    assert "first round" not in " ".join(legend(panel(figure)))


def test_an_averaged_mark_and_an_older_summary_are_reasons_too():
    run = run_of([4, 3, 2], measured=False)
    assert "No branching ratio: the summary of this run has none." in words(plots.rounds(run))
    run.scenario.market.mark = SimpleNamespace(kind="index_ema")
    assert "because the mark is not the last price (index_ema)." in words(plots.rounds(run))


@pytest.mark.parametrize(("per_round", "scale"), [([40, 30, 20], "linear"), ([40_000, 500, 3], "log")])
def test_the_scale_is_logarithmic_where_bars_span_decades(per_round, scale):
    ax = panel(plots.rounds(run_of(per_round)))
    assert ax.get_yscale() == scale
    assert ax.get_ylabel() == "coin"
    assert ax.get_xlabel() == "round k within a tick"


@pytest.mark.parametrize("per_round", [[3], [1] * 13, [5] * 2_500, [9_000, 80, 2, 1]])
@pytest.mark.parametrize("width", [None, 3.4])
def test_any_number_of_rounds_is_readable(per_round, width):
    check_the_look(plots.rounds(run_of(per_round), width=width))


def test_liquidations_without_quantity_are_nothing_to_draw():
    run = run_of([3])
    run.liquidations["quantity"] = np.nan
    assert "there are no rounds" in words(plots.rounds(run))


def test_sides_may_be_plain_words_and_columns_plain_arrays():
    events = fired([5, 3])
    plain = {"round": events["round"].to_numpy(), "quantity": events["quantity"].to_numpy()}
    plain["side"] = np.asarray(events["side"], dtype=object)
    np.testing.assert_array_equal(round_sums(plain).longs, round_sums(events).longs)


def test_a_million_liquidations_are_added_up_to_the_last():
    number = 1_000_000
    events = pd.DataFrame(
        {
            "round": np.arange(number) % 300 + 1,
            "side": pd.Categorical.from_codes(np.zeros(number, np.int8), categories=["long", "short"]),
            "quantity": np.ones(number),
        }
    )
    sums = round_sums(events)
    assert sums.total.sum() == sums.count.sum() == number
