from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_sim.kernels.health import raises_health
from cascade_sim.metrics.coupling import NEITHER, NO_EXCHANGE, NO_LENDING, Coupling, coupling
from cascade_sim.metrics.health_factors import (
    START,
    debt_in_bins,
    health_factors,
    loan_history,
    toxic_below,
)

COLUMNS = ["tick", "action", "pool", "loan", "collateral_left", "debt_left"]


def small(actions: list[tuple] = (), oracle: tuple[float, ...] = (100.0, 80.0, 80.0, 90.0)) -> SimpleNamespace:
    """Three loans of one pool, listed out of order, beside a loan of another one; rows of ten ticks each."""
    loans = pd.DataFrame(
        {
            "pool": pd.Categorical(["p", "q", "p", "p"]),
            "loan": [2, 0, 0, 1],
            "collateral": [4.0, 9.0, 2.0, 1.0],
            "debt": [100.0, 1.0, 100.0, 40.0],
            "threshold": [0.5, 0.5, 0.75, 0.5],
        }
    )
    timeline = pd.DataFrame({"tick": [9, 19, 29, 39], "oracle_p": oracle})
    scenario = SimpleNamespace(market=SimpleNamespace(price=100.0))
    lending = pd.DataFrame(list(actions), columns=COLUMNS)
    return SimpleNamespace(loans=loans, lending=lending, timeline=timeline, scenario=scenario)


CALLS = [
    (12, "liquidated", "p", 1, 0.5, 20.0),
    (12, "liquidated", "p", 1, 0.25, 10.0),
    (19, "sold", "p", 1, 7.0, 7.0),
    (20, "kicked", "p", 0, 0.0, 0.0),
    (20, "liquidated", "q", 2, 1.0, 1.0),
    (20, "dealt", "p", 2, 0.0, 0.0),
]


def test_health_at_the_start_is_collateral_times_price_times_threshold_over_debt():
    standing = loan_history(small(), "p").at(START)
    assert standing.health.tolist() == [1.5, 1.25, 2.0]
    assert standing.debt.tolist() == [100.0, 40.0, 100.0]


def test_a_row_holds_what_was_done_up_to_its_last_tick_and_nothing_later():
    history = loan_history(small(CALLS), "p")
    assert history.at(0).debt.tolist() == [100.0, 40.0, 100.0]
    assert history.at(1).debt.tolist() == [100.0, 10.0, 100.0]
    assert history.at(1).collateral.tolist() == [2.0, 0.25, 4.0]
    assert history.at(2).debt.tolist() == [0.0, 10.0, 100.0]
    assert [history.changes_before(row) for row in (START, 0, 1, 2, 3)] == [0, 0, 2, 3, 3]


def test_health_follows_the_pool_s_oracle_and_is_infinite_without_debt():
    history = loan_history(small(CALLS), "p")
    assert history.at(1).health.tolist() == [1.2, 1.0, 1.6]
    assert history.at(3).health.tolist() == [np.inf, 1.125, 1.8]
    assert history.price(START) == 100.0


def test_auctions_sales_and_other_pools_leave_a_loan_as_it_is():
    assert loan_history(small(CALLS), "p").changed.tolist() == [1, 1, 0]


def test_changes_are_found_in_the_row_that_holds_their_tick():
    history = loan_history(small(CALLS), "p")
    assert [history.row_of_change(change) for change in (0, 1, 2)] == [1, 1, 2]


def test_debt_by_health_is_the_debt_of_each_bin_with_its_lower_edge():
    history = loan_history(small(CALLS), "p")
    edges = np.array([0.0, 1.0, 1.25, 1.6, 3.0])
    found = history.debt_by_health(edges, np.array([START, 1, 3]))
    assert found.tolist() == [[0.0, 0.0, 140.0, 100.0], [0.0, 110.0, 0.0, 100.0], [0.0, 10.0, 0.0, 100.0]]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_debt_by_health_over_time_is_the_debt_of_the_loans_at_each_row(seed):
    rng = np.random.default_rng(seed)
    count, changes = 40, int(rng.integers(0, 30))
    run = small(oracle=tuple(rng.uniform(40, 140, 4)))
    run.loans = pd.DataFrame(
        {"pool": "p", "loan": rng.permutation(count), "collateral": rng.uniform(0, 3, count), "threshold": 0.7}
    ).assign(debt=rng.uniform(0, 200, count))
    ticks = np.sort(rng.integers(0, 45, changes))
    run.lending = pd.DataFrame(
        {"tick": ticks, "action": "liquidated", "pool": "p", "loan": rng.integers(0, count, changes)}
    ).assign(collateral_left=rng.uniform(0, 3, changes), debt_left=rng.uniform(0, 200, changes))
    history = loan_history(run, "p")
    edges, rows = np.linspace(0.0, 2.0, 9), np.array([START, 0, 1, 2, 3])
    expected = [debt_in_bins(then.health, then.debt, edges) for then in map(history.at, rows)]
    np.testing.assert_allclose(history.debt_by_health(edges, rows), expected, atol=1e-9)


def test_what_lies_outside_the_bins_is_in_none():
    found = debt_in_bins(np.array([0.5, 1.0, 2.0, np.inf]), np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 1.5, 2.0]))
    assert found.tolist() == [2.0, 0.0]


def test_a_run_without_loans_or_rows_or_the_pool_has_no_history():
    run = small()
    assert loan_history(run, "other") is None
    assert loan_history(SimpleNamespace(**{**vars(run), "loans": None}), "p") is None
    assert loan_history(SimpleNamespace(**{**vars(run), "timeline": run.timeline.iloc[:0]}), "p") is None


@pytest.mark.parametrize("bonus", [0.0, 0.05, 0.5])
def test_health_falls_by_a_call_exactly_in_the_toxic_region(bonus):
    threshold, price, debt, repaid = 0.75, 100.0, 80.0, 10.0
    for health in (0.98 * toxic_below(threshold, bonus), 1.02 * toxic_below(threshold, bonus)):
        collateral = health * debt / (price * threshold)
        left = collateral - repaid * (1.0 + bonus) / price
        (after,) = health_factors(np.array([left]), np.array([debt - repaid]), np.array([threshold]), price)
        assert (after > health) == (health > toxic_below(threshold, bonus)) == raises_health(health, threshold, bonus)


def coupled(**falls: float | None) -> SimpleNamespace:
    runs = {name: SimpleNamespace(summary={"max_drawdown": fall}) for name, fall in falls.items()}
    return SimpleNamespace(summary=runs.pop("both").summary, counterfactuals=runs)


def test_what_each_side_adds_and_what_both_add_make_up_the_whole_log_move():
    falls = {name: -np.expm1(-move) for name, move in {NEITHER: 0.25, NO_LENDING: 0.375, NO_EXCHANGE: 0.3125}.items()}
    found = coupling(coupled(both=-np.expm1(-0.5), **falls))
    assert found == pytest.approx(Coupling(0.25, 0.375, 0.3125, 0.5), rel=1e-14)
    assert (found.exchange_adds, found.lending_adds, found.together) == pytest.approx(
        (0.125, 0.0625, 0.0625), rel=1e-12
    )
    whole = found.neither + found.exchange_adds + found.lending_adds + found.together
    assert whole == pytest.approx(found.both, rel=1e-14)


def test_a_rise_counts_by_its_logarithm_too():
    runs = {name: SimpleNamespace(summary={"max_runup": np.expm1(move)}) for name, move in
            {NEITHER: 0.1, NO_LENDING: 0.2, NO_EXCHANGE: 0.3, "both": 0.5}.items()}  # fmt: skip
    run = SimpleNamespace(summary=runs.pop("both").summary, counterfactuals=runs)
    assert coupling(run, "max_runup") == pytest.approx(Coupling(0.1, 0.2, 0.3, 0.5), rel=1e-12)


def test_there_is_no_coupling_without_all_three_counterfactuals_or_without_their_figures():
    whole = {"both": 0.5, NEITHER: 0.2, NO_LENDING: 0.4, NO_EXCHANGE: 0.3}
    for name in (NEITHER, NO_LENDING, NO_EXCHANGE):
        assert coupling(coupled(**{key: fall for key, fall in whole.items() if key != name})) is None
        assert coupling(coupled(**{**whole, name: None})) is None
    assert coupling(coupled(**{**whole, "both": 1.0})) is None
