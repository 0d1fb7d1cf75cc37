"""The published cases of lending hold inside the tick, and go through the functions that the tick calls."""

from __future__ import annotations

import math

import pytest
from conformance.test_published_cases import ROWS, agrees
from textbook_lending import lending, run

from cascade_sim.kernels import auctions, clips, flips, health, kicks, lending_state, liquidate, loans
from cascade_sim.metrics.lending_theory import Loans

SHARED = [
    (health.health_factors, "health_factor", loans),
    (health.liquidatable, "is_liquidatable", loans),
    (health.health_raised, "raises_health", liquidate),
    (health.close_factor, "closable", liquidate),
    (health.seizures, "seizure", liquidate),
    (health.account_nets, "account_net", loans),
    (health.tokens_seized, "seize_tokens", liquidate),
    (auctions.unsafe_vaults, "vault_is_unsafe", loans),
    (auctions.bites, "bite", kicks),
    (auctions.barks, "bark", kicks),
    (auctions.tends, "tend_is_accepted", flips),
    (auctions.dents, "dent_is_accepted", flips),
    (auctions.phases, "phase", flips),
    (auctions.prices, "price", clips),
    (auctions.kicks, "reward", kicks),
    (auctions.redo_needed, "needs_redo", clips),
    (auctions.takes, "take", clips),
]


def names_called(module, name: str) -> bool:
    """Tell whether any kernel of a module calls a function of that name."""
    kernels = (value.py_func for value in vars(module).values() if hasattr(value, "py_func"))
    return any(kernel.__module__ == module.__name__ and name in kernel.__code__.co_names for kernel in kernels)


@pytest.mark.parametrize(("public", "name", "tick"), SHARED, ids=lambda part: part if isinstance(part, str) else "")
def test_the_tick_calls_the_function_that_the_published_cases_call(public, name, tick):
    assert name in public.py_func.__code__.co_names
    assert names_called(tick, name)
    assert getattr(tick, name) is public.py_func.__globals__[name]


def cases(formula: str):
    found = [case for case in ROWS if case["formula"] == formula]
    missing = pytest.mark.skip(reason="the published cases (mechanics_cases.json) are not beside this checkout")
    rows = [pytest.param(case, id=case["id"]) for case in found]
    return pytest.mark.parametrize("case", rows or [pytest.param({}, marks=missing)])


def after_a_block(collateral, debt, threshold, *, oracle=1.0, bonus=0.0, close_factor=0.5, **changes):
    """Return the first action of a block with one loan and a keeper who takes whatever he is given."""
    seen = {"oracle": oracle, "posted": oracle, "deviation": math.inf}
    taker = {"kept": 1.0, "margin": -1.0, "cash": 1e30}
    chain = lending([0.1], [collateral], Loans(1.0, threshold, bonus, close_factor), **(seen | taker | changes))
    chain.debt[:] = debt
    chain.key[:] = -(debt / (collateral * threshold))
    world = run(chain, [], ticks=1)
    assert world.lending.chain["actions"][0] > 0
    return world.lending.actions[0], world.lending.auctions[0]


@cases("aave_close_factor")
def test_a_block_closes_as_much_of_an_aave_loan_as_published(case):
    given = case["inputs"]
    version = str(given["version"])
    need = 0.0 if version == "v2" else 0.95
    small = given.get("min_base", 0.0) if version == "v3.3" else 0.0
    debt = given.get("debt_reserve", 1e6)
    action, _ = after_a_block(2.0 * given["hf"] * debt, debt, 0.5, whole_at=need, whole_under=small)
    assert action["health"] == pytest.approx(given["hf"], rel=1e-14)
    assert action["paid"] / debt == pytest.approx(case["expected"]["close_factor"], rel=1e-14)


@cases("aave_seize")
def test_a_block_seizes_of_an_aave_loan_what_is_published(case):
    given = case["inputs"]
    debt = 2.0 * given["repay"] * given["debt_price"]
    loan = (2.0 * debt / given["coll_price"], debt, 0.45)
    action, _ = after_a_block(*loan, oracle=given["coll_price"], bonus=given["bonus"])
    assert agrees(action["quantity"], case["expected"]["collateral_seized"], case["tolerance"])


@cases("comp_seize")
def test_a_block_seizes_of_a_compound_loan_what_is_published(case):
    given = case["inputs"]
    price, debt = given["collateral_price"], 2.0 * given["repay"] * given["borrowed_price"]
    action, _ = after_a_block(2.0 * debt / price, debt, 0.45, oracle=price, bonus=given["incentive"] - 1.0, compound=1)
    tokens = action["quantity"] / given["exchange_rate"]
    assert agrees(tokens, case["expected"]["seize_tokens"], case["tolerance"])


@cases("maker_bark")
def test_a_block_puts_to_a_clip_what_is_published(case):
    given, expected = case["inputs"], case["expected"]
    rate = given.get("rate", 1.0)
    debt = given["art"] * rate
    room = min(given["Hole"], given["hole"])
    rules = {"chop": given["chop"], "room": room, "dust": given.get("dust", 0.0)}
    action, auction = after_a_block(given["ink"], debt, 0.5, kind=lending_state.CLIP, buf=1.2, tail=1e3, **rules)
    found = {
        "lot": auction["start_lot"],
        "tab": auction["start_tab"],
        "ink_left": action["collateral_left"],
        "art_left": action["debt_left"] / rate,
    }
    assert agrees(found, expected, case["tolerance"])


@cases("maker_bite")
def test_a_block_puts_to_a_flip_what_is_published(case):
    given, expected = case["inputs"], case["expected"]
    rules = {"chop": given["chop"], "dunk": given["dunk"], "room": given.get("box", math.inf)}
    action, auction = after_a_block(given["ink"], given["art"], 0.5, kind=lending_state.FLIP, beg=1.05, ttl=60, **rules)
    names = {"lot": "start_lot", "tab": "start_tab"}
    found = {name: float(auction[field]) for name, field in names.items()}
    found |= {"ink_left": action["collateral_left"], "art_left": action["debt_left"]}
    assert agrees(found, expected, case["tolerance"])
