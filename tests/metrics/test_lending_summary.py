"""What the summary says of lending: its keys, and each figure by another route."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_lending import lent
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim.metrics.definitions import SUMMARY
from cascade_sim.metrics.estimators import estimate
from cascade_sim.metrics.lending_figures import LENDING, POOL, names_a_pool, pool_figures
from cascade_sim.report.rows import figure_rows, reported_rows
from cascade_sim.tables import figure_columns, print_run

POOLS = ("spread", "flips", "clips")
REPORTED = {
    "reported": {
        "flips_liquidations": {"value": 12, "source": "assumed, for the test"},
        "lending_bad_debt": {"value": "5M", "source": "assumed, for the test"},
    }
}


@pytest.fixture(scope="module")
def run() -> cs.Run:
    return cs.run(lent({**NO_FORCED_SELLING, "compare.none": {"lending": [], "keepers": None, "chain": None}}))


def test_every_pool_has_its_figures_with_units_and_definitions(run):
    expected = [*SUMMARY, *(f"{pool}_{key}" for pool in POOLS for key in POOL)]
    assert list(run.summary) == [*expected, "units", "definitions"]
    assert list(run.summary["units"]) == list(run.summary["definitions"]) == expected
    assert all(run.summary["definitions"].values())
    assert json.loads(json.dumps(run.summary, allow_nan=False)) == run.summary


def test_without_lending_its_keys_are_null_and_no_pool_has_any(run):
    for summary in (cs.run(crash()).summary, run.counterfactuals["none"].summary):
        assert list(summary) == [*SUMMARY, "units", "definitions"]
        assert {summary[key] for key in LENDING} == {None}


def test_no_other_key_can_be_taken_for_a_pool_s():
    assert not any(names_a_pool(key) for key in SUMMARY)
    assert all(names_a_pool(key) for key in pool_figures(lent()))


def test_rounds_of_the_exchange_are_no_generations_beside_lending(run):
    keys = ("branching_ratio", "branching_ratio_low", "branching_ratio_high")
    assert {run.summary[key] for key in keys} == {None}
    assert None not in {run.counterfactuals["none"].summary[key] for key in keys}
    found = estimate(run).set_index("estimator")["note"]
    assert "keepers sell in between" in found["generation"].iloc[0]


def test_the_totals_are_sums_over_pools(run):
    summary = run.summary
    for total, part in (
        ("lending_liquidated", "liquidated"),
        ("lending_bad_debt", "bad_debt"),
        ("lending_covered", "covered"),
    ):
        assert summary[total] == pytest.approx(sum(summary[f"{pool}_{part}"] for pool in POOLS), rel=1e-12)


def test_a_backstop_pays_what_it_has_and_no_more(run):
    summary = run.summary
    assert summary["flips_covered"] == 0.0
    for pool, capital in (("spread", 10_000.0), ("clips", 15_000.0)):
        assert summary[f"{pool}_covered"] == pytest.approx(min(capital, summary[f"{pool}_bad_debt"]), rel=1e-12)


def test_debt_goes_somewhere(run):
    """Of every pool: what was owed at the start is owed, repaid, lost, or being auctioned."""
    summary, loans, auctions = run.summary, run.loans, run.auctions
    for pool in POOLS:
        mine = loans[loans["pool"] == pool]
        still = auctions[(auctions["pool"] == pool) & auctions["ended"].isna()]
        repaid = summary[f"{pool}_repaid"] - (summary[f"{pool}_surplus"] or 0.0)
        if pool == "clips":  # what has been paid in auctions that are still open is in both
            repaid -= still["bid"].sum()
        gone = summary[f"{pool}_bad_debt"] + repaid + still["debt"].sum()
        assert mine["debt"].sum() == pytest.approx(mine["debt_end"].sum() + gone, rel=1e-12)


def test_liquidations_and_toxic_ones_are_those_of_the_actions(run):
    actions = run.lending
    calls = actions[actions["action"] == "liquidated"]
    assert run.summary["spread_liquidations"] == len(calls)
    assert run.summary["spread_toxic"] == np.count_nonzero(calls["toxic"])
    assert (calls["toxic"] == (calls["health_after"] < calls["health"])).all()
    for pool in ("flips", "clips"):
        ended = run.auctions[(run.auctions["pool"] == pool) & run.auctions["ended"].notna()]
        assert run.summary[f"{pool}_liquidations"] == len(ended)


def test_loans_under_water_are_those_that_owe_more_than_their_collateral_is_worth():
    idle = {name: {"gas_limit": 1} for name in ("holders", "bots")}
    at_the_low = {"keepers": idle, "lending.0.threshold": "99%", "clock.duration": "158s", "record.every": "1min"}
    found = cs.run(lent(at_the_low))
    mid = found.timeline["mid"].iloc[-1]
    short = found.loans["debt_end"] - found.loans["collateral_end"] * mid
    assert found.summary["lending_liquidated"] == 0.0
    assert found.summary["spread_under_water"] > 1e3
    for pool, total in np.maximum(short, 0.0).groupby(found.loans["pool"], observed=False).sum().items():
        assert found.summary[f"{pool}_under_water"] == pytest.approx(total, rel=1e-12)


def test_lenders_are_short_of_bad_debt_and_of_what_is_under_water(run):
    for pool in POOLS:
        parts = run.summary[f"{pool}_bad_debt"] + run.summary[f"{pool}_under_water"]
        assert run.summary[f"{pool}_shortfall"] == pytest.approx(parts, rel=1e-12)


def test_a_figure_that_a_kind_of_pool_cannot_have_is_null(run):
    summary = run.summary
    for key in ("surplus", "zero_bids", "zero_bid_value", "zero_bid_share"):
        assert summary[f"spread_{key}"] is None
        assert summary[f"flips_{key}"] is not None
    assert summary["spread_toxic"] is not None
    assert summary["flips_toxic"] is summary["clips_toxic"] is None
    assert summary["spread_oracle_stuck"] is not None
    assert summary["flips_oracle_stuck"] is None


def test_an_auction_won_for_next_to_nothing_is_a_zero_bid():
    cheap = {"bots": {"capital": "never", "opening": "0.0001%", "gas_limit": "never"}}
    found = cs.run(
        lent({"keepers": cheap, "keepers.holders": None, "keepers.bots.count": 1, "keepers.bots.latency": 0})
    )
    ended = found.auctions[(found.auctions["pool"] == "flips") & found.auctions["ended"].notna()]
    cheap = ended[ended["bid"] < 0.001 * ended["value"]]
    assert found.summary["flips_zero_bids"] == len(cheap) > 0
    assert found.summary["flips_zero_bid_value"] == pytest.approx(cheap["value"].sum(), rel=1e-12)
    share = found.summary["flips_zero_bid_value"] / found.summary["flips_liquidated"]
    assert found.summary["flips_zero_bid_share"] == pytest.approx(share)


def test_the_printed_table_shows_pools_and_what_was_reported_of_them(run, capsys):
    print_run(cs.run(lent(REPORTED)))
    printed = capsys.readouterr().out
    lines = {line.split()[0]: line for line in printed.splitlines() if line.strip()}
    assert "12 [1]" in lines["flips_liquidations"]
    assert "5M [2]" in lines["lending_bad_debt"]
    assert "spread_liquidated" in lines
    assert "flips_oracle_over" not in lines  # zero
    assert "flips_bad_debt" in lines  # zero, and always said
    columns = figure_columns([("none", cs.run(crash()).summary), ("lent", run.summary)], {})
    row = columns[0].index("clips_liquidated")
    assert [column[row] for column in columns][1:3] == ["quote", "–"]


def test_the_report_has_the_figures_of_pools_too(run):
    reported = {row.figure: row for row in reported_rows(cs.run(lent(REPORTED)))}
    assert reported["flips_liquidations"].defined
    assert {"lending_liquidated", "clips_oracle_over"} <= {row.key for row in figure_rows(run)}
