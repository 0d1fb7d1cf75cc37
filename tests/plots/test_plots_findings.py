"""What is said of a run follows from its summary."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.plots.findings import (
    amplification_words,
    in_a_row,
    liquidated_words,
    loss_words,
    move_words,
)
from cascade_sim.plots.headline import fell_most


@pytest.mark.parametrize(
    ("fall", "rise", "fell"),
    [(0.5, 0.99, True), (0.5, 1.01, False), (0.0, 0.0, True), (1.0, 9.0, True), (None, 0.1, False), (0.1, None, True)],
)
def test_a_fall_by_half_is_as_large_as_a_rise_by_the_whole(fall, rise, fell):
    assert fell_most({"max_drawdown": fall, "max_runup": rise}) is fell


def test_a_rise_is_told_with_its_ends_where_the_rows_show_them(calm):
    mark = np.full(len(calm.timeline), 40_000.0)
    mark[100:200], mark[200:] = 39_000.0, 46_800.0
    calm.timeline["mark"] = mark
    calm.summary |= {"max_runup": 0.2, "max_drawdown": 0.025}
    assert move_words(calm) == "the mark price rose 20.0 % from 39,000 to 46,800 by 12:03:21 on 19 May 2021"
    calm.summary["max_runup"] = 0.3
    assert move_words(calm) == "the mark price rose 30.0 %"


def test_a_run_without_a_summary_or_a_move_is_told_too(calm):
    calm.summary = {}
    assert move_words(calm) == "the way of the mark price is not known"
    assert liquidated_words(calm) == "nobody was liquidated"
    assert amplification_words(calm) == loss_words(calm) == ""
    calm.summary = {"max_drawdown": 0.0, "max_runup": 0.0}
    assert move_words(calm) == "the mark price did not move"


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "all of it longs"), (0.0, "all of it shorts"), (0.25, "75.0 % of it shorts"), (0.5, "50.0 % of it longs")],
)
def test_the_larger_side_is_named(small, share, words):
    small.summary["liquidated_share_long"] = share
    assert words in liquidated_words(small)


def test_everybody_who_bore_a_loss_is_named_largest_first(small):
    small.summary |= {"collateral_lost": 3e6, "fund_paid": 5e6, "adl_forgone": 0.0, "socialised_loss": 0.5}
    small.summary["bad_debt"] = 2e6
    assert loss_words(small) == (
        "the insurance fund paid 5M USD, the liquidated traders lost 3M USD of margin and 2M USD was covered by nobody"
    )


def test_an_older_run_s_fund_is_told_from_its_largest_draw(small):
    small.summary |= {"collateral_lost": 3e6, "insurance_fund_used": 1e6, "bad_debt": 0.0}
    assert loss_words(small) == "the liquidated traders lost 3M USD of margin and the insurance fund paid 1M USD"


@pytest.mark.parametrize(
    ("parts", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")]
)
def test_words_are_joined_as_in_a_sentence(parts, words):
    assert in_a_row(parts) == words
