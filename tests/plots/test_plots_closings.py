"""What pictures add up is all that was closed by force: in the book, against winners, and to the vault."""

from __future__ import annotations

import pytest
from small_runs import crash, inverse

import cascade_sim as cs
from cascade_sim import plots

VAULT = {"exchange.liquidation.absorb": {"share": "50%", "capital": 100, "below": 1}}


@pytest.fixture(scope="module")
def run() -> cs.Run:
    """Of an inverse contract, whose notional is its quantity whatever the price."""
    found = cs.run(crash({**inverse(), **VAULT, "exchange.insurance_fund": 0}))
    assert (found.timeline[["forced_sell", "forced_buy", "adl", "vault_taken"]].sum() > 0).all()
    return found


def test_the_running_total_of_the_timeline_is_all_that_was_liquidated(run):
    totals = [line for ax in plots.timeline(run).axes for line in ax.lines if line.get_label() == "running total"]
    assert totals[0].get_ydata()[-1] == pytest.approx(run.liquidations["quantity"].sum(), rel=1e-9)


def test_the_bars_of_the_timeline_hold_it_too(run):
    panel = next(ax for ax in plots.timeline(run).axes if ax.get_title(loc="left") == "Liquidations")
    assert sum(bar.get_height() for bar in panel.patches) == pytest.approx(run.liquidations["quantity"].sum(), rel=1e-9)


def test_the_total_of_a_comparison_is_all_that_was_liquidated(run):
    panel = next(ax for ax in plots.compare(run).axes if ax.get_title(loc="left") == "Closed by force so far")
    assert panel.lines[0].get_ydata()[-1] == pytest.approx(run.liquidations["quantity"].sum(), rel=1e-9)
