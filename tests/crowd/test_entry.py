"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cascade_sim.crowd import build_crowd

ALPHA = 1e-4
UNLEVERED = {"kind": "fixed", "value": 1.01}  # nobody is near liquidation, so nobody is drawn again


def entries(venue, longs, entry, **cohort):
    return build_crowd(venue({"longs": longs(leverage=UNLEVERED, entry=entry, **cohort)}), 1).entry_price


def test_entries_are_at_the_market_price_by_default(venue, longs):
    assert np.all(build_crowd(venue({"longs": longs()}), 1).entry_price == 8000)


@pytest.mark.parametrize(("at", "median"), [(None, 8000), (8400, 8400)])
def test_lognormal_entries_have_their_median_and_log_deviation(venue, longs, at, median):
    entry = {"kind": "lognormal", "width": "3%"} | ({"at": at} if at else {})
    logs = np.log(entries(venue, longs, entry) / median)
    assert stats.kstest(logs, stats.norm(0, 0.03).cdf).pvalue > ALPHA


def test_clusters_hold_their_shares_of_traders(venue, longs):
    entry = {"kind": "clusters", "at": [7900, 7750], "weights": ["60%", "40%"]}
    values, counts = np.unique(entries(venue, longs, entry), return_counts=True)
    assert values.tolist() == [7750, 7900]
    assert stats.chisquare(counts, 20_000 * np.array([0.4, 0.6])).pvalue > ALPHA


def test_clusters_without_weights_are_equal_and_scatter_by_their_width(venue, longs):
    price = entries(venue, longs, {"kind": "clusters", "at": [6000, 9000], "width": "0.5%"})
    upper = price > 7500
    assert stats.binomtest(int(upper.sum()), price.size).pvalue > ALPHA
    assert stats.kstest(np.log(price[upper] / 9000), stats.norm(0, 0.005).cdf).pvalue > ALPHA
    assert stats.kstest(np.log(price[~upper] / 6000), stats.norm(0, 0.005).cdf).pvalue > ALPHA


def test_snapping_moves_its_share_of_traders_to_the_nearest_round_price(venue, longs):
    entry = {"kind": "lognormal", "width": "3%"}
    free = entries(venue, longs, entry)
    snapped = entries(venue, longs, entry | {"snap": {"to": 100, "share": "30%"}})
    moved = snapped != free
    assert stats.binomtest(int(moved.sum()), free.size, 0.3).pvalue > ALPHA
    np.testing.assert_array_equal(snapped[moved], 100 * np.rint(free[moved] / 100))
    everybody = entries(venue, longs, entry | {"snap": {"to": 100}})
    np.testing.assert_array_equal(everybody, 100 * np.rint(free / 100))


def test_snapping_never_rounds_a_price_to_zero(venue, longs):
    entry = {"kind": "lognormal", "width": "1%", "snap": {"to": 100_000}}
    shorts = entries(venue, longs, entry, side="short")
    assert np.all(shorts == 100_000)
