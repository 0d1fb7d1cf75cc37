"""Closing fee, brackets with their own maximum leverage, and cross margin, as the built crowd shows them."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_sim.crowd import build_crowd, crowd_map
from cascade_sim.errors import DataError, ScenarioError
from cascade_sim.mechanics.margin import bankruptcy_price, liquidation_price

WILD = {
    "leverage": {"kind": "lognormal", "mean": 15, "sigma": 1.0},
    "entry": {"kind": "lognormal", "width": "2%"},
    "size": {"kind": "pareto", "exponent": 1.3},
}
HEADER = "side,quantity,entry_price,collateral"


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_a_closing_fee_is_added_to_every_rate(venue, longs, contract):
    maintenance = {"tiers": [(0, "0.5%"), ("50k", "2%")], "closing_fee": True}
    crowd = build_crowd(
        venue({"c": longs(**WILD)}, contract=contract, maintenance=maintenance, fees={"taker": "0.05%"}), 1
    )
    given = crowd.side, crowd.quantity, crowd.entry_price, crowd.collateral
    prices = liquidation_price(*given, tiers=[(0, 0.0055), (50_000, 0.0205)], contract=contract)
    np.testing.assert_allclose(crowd.trigger, prices, rtol=1e-12)
    ruin = bankruptcy_price(*given, contract=contract)
    value = crowd.bankruptcy if contract == "linear" else -1 / crowd.bankruptcy
    np.testing.assert_allclose(value, ruin, rtol=1e-12)


def test_a_fee_that_is_not_for_closing_changes_nothing(venue, longs):
    plain, with_fee = (build_crowd(venue({"c": longs(**WILD)}, fees={"taker": fee}), 1) for fee in (0, "0.05%"))
    for one, other in zip(plain.columns(), with_fee.columns(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_closing_fee_that_leaves_no_rate_below_one_is_refused(venue, longs):
    keys = {"maintenance": {"tiers": [(0, "1%"), ("1M", "95%")], "closing_fee": True}, "fees": {"taker": "6%"}}
    with pytest.raises(
        ScenarioError, match=r"exchange\.maintenance: .* a rate is 101%, .*; lower the rates or exchange\.fees"
    ):
        build_crowd(venue({"c": longs(leverage={"kind": "fixed", "value": 1})}, **keys), 1)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_standing_leverage_is_lowered_to_the_maximum_of_the_bracket(venue, longs, contract):
    leverage = {"kind": "beta", "low": 1, "high": 90, "a": 1, "b": 1}  # nobody draws twice
    tiers = [(0, "0.4%", 100), ("5k", "0.5%", 25), ("20k", "0.6%", 5)]
    cohort = {"c": longs(leverage=leverage, size={"kind": "pareto", "exponent": 1.3})}
    bound = venue(cohort, contract=contract, maintenance={"tiers": tiers})
    free = venue(cohort, contract=contract, maintenance={"tiers": [row[:2] for row in tiers]})
    crowd = build_crowd(bound, 1)
    notional = crowd.quantity if contract == "inverse" else crowd.quantity * crowd.entry_price
    most = np.select([notional > 20_000, notional > 5_000], [5.0, 25.0], 100.0)
    drawn = crowd_map(build_crowd(free, 1), free)["leverage"]
    np.testing.assert_allclose(crowd_map(crowd, bound)["leverage"], np.minimum(drawn, most), rtol=1e-12)
    assert np.unique(most).size == 3


def test_a_notional_at_a_floor_belongs_to_the_bracket_below(venue, longs):
    tiers = [(0, "0.5%", 50), (5000, "1%", 10)]
    at, above = (
        venue(
            {"c": longs(open_interest=20_000 * notional, leverage={"kind": "fixed", "value": 20})},
            maintenance={"tiers": tiers},
        )
        for notional in (5000, 5000.01)
    )
    np.testing.assert_allclose(crowd_map(build_crowd(at, 1), at)["leverage"], 20)
    np.testing.assert_allclose(crowd_map(build_crowd(above, 1), above)["leverage"], 10)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_under_cross_margin_the_wallet_stands_behind_the_position(venue, longs, contract, side):
    rules = {"maintenance": {"rate": "0.5%"}, "contract": contract}
    fixed = {"side": side, "leverage": {"kind": "fixed", "value": 10}}
    isolated = build_crowd(venue({"c": longs(**fixed, wallet=1)}, **rules), 1)
    crossed = build_crowd(venue({"c": longs(**fixed, wallet=1, margin="cross")}, **rules), 1)
    np.testing.assert_allclose(crossed.collateral, 2 * isolated.collateral, rtol=1e-15)
    five = build_crowd(venue({"c": longs(side=side)}, **rules), 1)  # five times: the same margin in all
    np.testing.assert_allclose(crossed.trigger, five.trigger, rtol=1e-14)
    np.testing.assert_allclose(crossed.bankruptcy, five.bankruptcy, rtol=1e-14)
    assert crossed.terms is None


def test_cross_margin_without_a_wallet_is_isolated_margin(venue, longs):
    isolated, crossed = (build_crowd(venue({"c": longs(**WILD, margin=m)}), 1) for m in ("isolated", "cross"))
    for one, other in zip(isolated.columns(), crossed.columns(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_trigger_map_states_its_triggers_whatever_stands_behind_them(venue, longs):
    keys = {"leverage": None, "liquidation": {"kind": "uniform", "to": "10%"}}
    isolated = build_crowd(venue({"c": longs(**keys)}), 1)
    crossed = build_crowd(venue({"c": longs(**keys, margin="cross", wallet=4)}), 1)
    np.testing.assert_array_equal(isolated.trigger, crossed.trigger)


def test_positions_of_a_file_may_be_crossed_and_their_leverage_is_judged_without_the_wallet(venue, tmp_path):
    (tmp_path / "p.csv").write_text(f"{HEADER}\nlong,1,8000,1000\nshort,2,8000,1000\n")
    keys = {"positions": str(tmp_path / "p.csv"), "margin": "cross", "wallet": 0.5}
    crowd = build_crowd(venue({"c": keys}), 1)
    assert crowd.collateral.tolist() == [1500, 1500]
    assert crowd.trigger.tolist() == [6500, 8750]
    with pytest.raises(DataError, match=r"leverage 16 is above"):
        build_crowd(venue({"c": keys}, max_leverage=12), 1)
    (tmp_path / "p.csv").write_text(f"{HEADER}\nlong,1,8000,1e308\n")
    with pytest.raises(DataError, match=r"numbers are too large"):
        build_crowd(venue({"c": keys | {"wallet": 10}}), 1)
