"""Laws are tested at a significance of 1e-4 with fixed seeds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from naive import margin as naive
from scipy import stats

from cascade_sim.crowd import build_crowd
from cascade_sim.errors import DataError, ScenarioError
from cascade_sim.streams import stream

ALPHA = 1e-4
HOUR = 3600.0
POINTS = [(-72.0, 9000.0), (-48.0, 7400.0), (-30.0, 8600.0), (-12.0, 7700.0), (-1.0, 8100.0)]
PATH = {"kind": "path", "points": [[f"{hours:g}h", price] for hours, price in POINTS]}
DISCRETE = {"kind": "discrete", "weights": {"4": "50%", "8": "20%", "15": "20%", "40": "10%"}}


def price_at(hours: float) -> float:
    for (before, low), (after, high) in pairwise(POINTS):
        if before <= hours <= after:
            return math.exp(math.log(low) + (hours - before) / (after - before) * math.log(high / low))
    return POINTS[-1][1]


def survives(side: int, hours: float, trigger: float, start_price: float) -> bool:
    """Walk the path from the opening to the start, point after point."""
    marks = [price_at(hours), *(price for time, price in POINTS if time > hours), price_at(0.0), start_price]
    return not any(mark <= trigger if side > 0 else mark >= trigger for mark in marks)


def plain_trader(seed, name, k, side, holding_hours, rate, inverse):
    """Draw one trader in plain Python: leverage, opening time, and again until it stands."""
    for turn in range(500):
        again = f".again{turn}" if turn else ""
        luck = [
            float(stream(seed, f"crowd.{name}.{purpose}{again}").random(k + 1)[k]) for purpose in ("leverage", "entry")
        ]
        leverage = 4.0 if luck[0] < 0.5 else 8.0 if luck[0] < 0.7 else 15.0 if luck[0] < 0.9 else 40.0
        span = -POINTS[0][0]
        age = -holding_hours * math.log1p(-luck[1] * (1.0 - math.exp(-span / holding_hours)))
        entry = price_at(-age)
        quantity = 5000.0 if inverse else 5000.0 / entry
        collateral = (quantity / entry if inverse else quantity * entry) / leverage
        trigger = naive.liquidation_price(side, quantity, entry, collateral, inverse, False, [rate], [0.0])
        if survives(side, -age, trigger, 8000.0):
            return entry, trigger, quantity
    raise AssertionError("nobody stands")


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_survivors_are_those_of_a_walk_along_the_path_trader_by_trader(venue, longs, side, contract):
    traders = 150
    cohort = longs(
        side=side,
        traders=traders,
        open_interest=5000 * traders,
        leverage=DISCRETE,
        entry=PATH | {"holding": "20h"},
    )
    crowd = build_crowd(venue({"c": cohort}, contract=contract, maintenance={"rate": "1%"}), 11)
    sign = 1 if side == "long" else -1
    plain = [plain_trader(11, "c", k, sign, 20.0, 0.01, contract == "inverse") for k in range(traders)]
    for column, values in zip(
        (crowd.entry_price, crowd.trigger, crowd.quantity), zip(*plain, strict=True), strict=True
    ):
        np.testing.assert_allclose(column, values, rtol=1e-11)


def test_surviving_entries_have_the_law_of_opening_closing_and_liquidation_played_out(venue, longs):
    """Open uniformly, close after an exponential time, be liquidated on the way; compare what is left."""
    crowd = build_crowd(venue({"c": longs(traders=4000, leverage=DISCRETE, entry=PATH | {"holding": "20h"})}), 4)
    chance = np.random.default_rng(17)
    left = []
    while len(left) < 4000:
        opened = -72.0 * chance.random()
        if opened + chance.exponential(20.0) < 0:
            continue
        leverage = chance.choice([4, 8, 15, 40], p=[0.5, 0.2, 0.2, 0.1])
        entry = price_at(opened)
        if survives(1, opened, entry * (1 - 1 / leverage), 8000.0):
            left.append(entry)
    assert stats.ks_2samp(crowd.entry_price, left).pvalue > ALPHA


def test_nobody_who_opened_above_a_fall_beyond_its_margin_stands(venue, longs):
    fall = {"kind": "path", "points": [["-2d", 10_000], ["-1d", 10_000], ["-12h", 6000], ["-1h", 8000]]}
    cohort = longs(leverage={"kind": "fixed", "value": 5}, entry=fall, traders=5000)
    crowd = build_crowd(venue({"c": cohort}), 1)
    assert crowd.trigger.max() < 8000
    # Entered above 7,500 before the low of 6,000 is gone; after it prices are at most 8,000.
    assert crowd.entry_price.max() <= 8000 * (1 + 1e-12)


def test_without_a_holding_time_openings_are_uniform_along_the_path(venue, longs):
    ramp = {"kind": "path", "points": [["-10h", 4000], ["-1s", 8000]]}
    crowd = build_crowd(venue({"c": longs(leverage={"kind": "fixed", "value": 1.2}, entry=ramp)}), 2)
    elapsed = np.log(crowd.entry_price / 4000) / np.log(2)
    assert stats.kstest(elapsed, stats.uniform().cdf).pvalue > ALPHA


def test_short_holding_times_leave_recent_entries(venue, longs):
    ramp = {"kind": "path", "points": [["-100h", 4000], ["-1s", 8000]], "holding": "2h"}
    crowd = build_crowd(venue({"c": longs(leverage={"kind": "fixed", "value": 1.2}, entry=ramp)}), 2)
    age = 100 * (1 - np.log(crowd.entry_price / 4000) / np.log(2))
    assert stats.kstest(age, stats.expon(0, 2).cdf).pvalue > ALPHA


def test_path_from_a_candle_file_is_cut_at_the_start(venue, longs, tmp_path):
    rows = ["# a comment", "time_utc,open,close,volume"]
    rows += [f"2020-03-12T{hour:02}:00:00Z,{1000 + hour},{1000 + hour},1" for hour in range(12)]
    file = tmp_path / "spot.csv"
    file.write_text("\n".join(rows))
    leverage = {"kind": "fixed", "value": 1.001}
    cohort = longs(leverage=leverage, entry={"kind": "path", "file": str(file)})
    crowd = build_crowd(venue({"c": cohort}, start="2020-03-12T06:00:00Z"), 1)
    # The bar of 05:00 closes at 06:00, the start; its close of 1005 is the last price of the path.
    assert 1000 <= crowd.entry_price.min() < 1000.01
    assert 1004.99 < crowd.entry_price.max() <= 1005 + 1e-9


def test_path_that_begins_after_the_start_is_refused(venue, longs):
    late = {"kind": "path", "points": [["1h", 8000], ["2h", 8100]]}
    with pytest.raises(ScenarioError, match=r"crowd\.c\.entry.*before the start of the run; begin the path"):
        build_crowd(venue({"c": longs(entry=late)}), 1)


def test_path_file_that_is_missing_is_named(venue, longs):
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        build_crowd(venue({"c": longs(entry={"kind": "path", "file": "nowhere.csv"})}), 1)
