"""A crowd that is larger than the book: the run says so, and invents no fills."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import POLICIES, crash, inverse

import cascade_sim as cs

DEPTH = 2e6  # quote notional within 1 %, and the book ends at a log-distance of 2 %
CHANGES = {
    "market.book": {
        "shape": "linear",
        "depth": {"within": "1%", "notional": DEPTH, "until": "2%"},
        "refill": {"half_life": "never"},
        "withdrawal": None,
        "half_spread": 0,
    },
    "market.index": {"path": {"kind": "constant"}, "pull": {"half_life": "never"}, "follow": {"half_life": "never"}},
    "flow": {"noise": None, "orders": [{"at": "1min", "sell": "2.5M"}]},
    "crowd.longs.open_interest": "80M",
    "crowd.longs.leverage": {"kind": "fixed", "value": 80},
    "exchange.adl": False,
    "exchange.socialise": False,
}


def test_the_book_sells_no_more_than_it_holds():
    run = cs.run(crash(CHANGES))
    holds = DEPTH / (0.01 * 8000) * 0.02
    sold = run.timeline["forced_sell"].sum() - run.timeline["flow"].sum()
    assert run.summary["status"] == "book_exhausted"
    assert len(run.timeline) == 600
    assert sold <= holds * (1 + 1e-12)
    assert sold == pytest.approx(holds, rel=1e-9)


def test_what_nobody_bought_stays_with_the_engine_and_has_no_fill_price():
    run = cs.run(crash(CHANGES))
    held = run.timeline["engine_inventory"].iloc[-1]
    fired = run.liquidations["quantity"].sum()
    assert held > 0
    assert held == pytest.approx(fired - run.timeline["forced_sell"].sum(), rel=1e-12)
    assert run.liquidations["fill_price"].isna().any()
    lowest = run.timeline["bid"].min()
    filled = run.liquidations["fill_price"].dropna()
    assert (filled >= lowest * (1 - 1e-12)).all()
    assert lowest == pytest.approx(8000 * np.exp(-0.02), rel=1e-12)


@pytest.mark.parametrize("contract", ["linear", "inverse"])
@pytest.mark.parametrize("adl", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_run_goes_on_to_its_end_and_its_ledger_closes(policy, adl, contract):
    changes = CHANGES | {"exchange.liquidation": POLICIES[policy], "exchange.adl": adl}
    if contract == "inverse":
        changes |= inverse()
    run = cs.run(crash(changes))
    assert run.timeline["tick"].iloc[-1] == 599
    assert run.summary["status"] in ("completed", "book_exhausted")
    assert run.summary["conservation_error"] <= 1e-9
    assert run.summary["quantity_error"] <= 1e-9
    assert np.isfinite(run.timeline.to_numpy(dtype=float)).all()


def test_a_table_ends_where_it_ends():
    table = {key: value for key, value in CHANGES["market.book"].items() if key != "depth"}
    table |= {"shape": "table", "levels": [["0.5%", 60], ["1.5%", 300]]}
    changes = CHANGES | {"market.book": table}
    run = cs.run(crash(changes))
    assert run.summary["status"] == "book_exhausted"
    assert run.timeline["forced_sell"].sum() - run.timeline["flow"].sum() <= 300 * (1 + 1e-12)
