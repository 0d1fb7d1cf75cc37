"""The way from published names to public functions: absent inputs, other kinds of values, any folder."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conformance.evaluate import FORMULAS, evaluate

NAMES = Path(__file__).resolve().parents[3] / "shared" / "data" / "mechanics_formulas.md"

ISOLATED = {"side": "long", "wallet": 100, "qty": 1, "entry": 1000, "mmr": 0.01}
OTHER = {"side": "short", "qty": 2, "entry": 50, "mark": 40, "mmr": 0.02, "maint_amount": 1}
SUBACCOUNT = {
    "quote_balance": -4900,
    "positions": {"BTC": {"size": 0.1, "oracle": 50_000, "mmf": 0.1}},
    "market": "BTC",
}


@pytest.mark.parametrize(
    ("formula", "inputs", "optional"),
    [
        ("aave_close_factor", {"hf": 0.97, "version": 3.3}, ("collateral_reserve", "debt_reserve", "min_base")),
        ("aave_seize", {"repay": 2, "debt_price": 1, "coll_price": 4, "bonus": 0.1}, ("protocol_fee",)),
        ("adl_bitmex_score", {"side": 1, "qty": 1, "entry": 10, "mark": 11, "bankruptcy": 9}, ("inverse",)),
        ("dydx_liq_price", {"equity": 1000, "size": -3, "price": 3000, "mmf": 0.05}, ("mmr_other",)),
        ("inv_liq_mm_mark", {**ISOLATED, "usd_size": 1000, "wallet_coin": 0.1}, ("maint_amount",)),
        ("lin_liq_mm_entry", {**ISOLATED, "leverage": 5, "qty": None}, ("extra_margin", "qty")),
        ("lin_liq_mm_mark", ISOLATED, ("maint_amount",)),
        ("maker_abacus", {"kind": "stair", "t": 3, "top": 5, "cut": 0.99}, ("step", "tau")),
        ("maker_bark", {"ink": 4, "art": 9, "Hole": 99, "hole": 9, "chop": 1.1, "dust": 0}, ("rate",)),
        ("maker_bite", {"ink": 4, "art": 9, "chop": 1.1, "dunk": 8}, ("box",)),
        ("maker_kick", {"debt": 9, "oracle": 4, "chop": 1.1, "buf": 1}, ("tip", "chip")),
    ],
)
def test_an_optional_input_that_is_none_is_an_absent_one(formula, inputs, optional):
    bare = {name: value for name, value in inputs.items() if value is not None}
    assert evaluate(formula, bare) == evaluate(formula, {**bare, **dict.fromkeys(optional)})


def test_others_in_cross_margin_come_as_one_position_a_list_or_by_name():
    price = evaluate("lin_liq_mm_mark_cross2", {**ISOLATED, "maint_amount": 0, "other": OTHER})["liq_price"]
    for others in ([OTHER], {"ETH": OTHER}):
        assert evaluate("lin_liq_mm_mark_cross2", {**ISOLATED, "other": others})["liq_price"] == price
    twice = evaluate("lin_liq_mm_mark_cross2", {**ISOLATED, "other": [OTHER, {**OTHER, "maint_amount": None}]})
    assert twice["liq_price"] < price
    alone = evaluate("lin_liq_mm_mark_cross2", {**ISOLATED, "other": []})["liq_price"]
    assert alone == pytest.approx(evaluate("lin_liq_mm_mark", ISOLATED)["liq_price"], rel=1e-15)


@pytest.mark.parametrize("cap", [[], [None]])
def test_brackets_have_two_columns_or_three(cap):
    tiers = [[0, *cap, 0.01], [500, *cap, 0.02]]
    assert evaluate("maint_amounts", {"tiers": tiers}) == {"maint_amounts": [0.0, 5.0]}
    assert evaluate("tier_lookup", {"notional": 501, "tiers": tiers}) == {"tier": 2, "mmr": 0.02}
    assert evaluate("lin_liq_brackets", {**ISOLATED, "tiers": tiers})["tier"] == 2


def test_accounts_and_positions_may_have_numbers_for_names():
    accounts = [{"id": 7, "qty": 2, "score": 1}, {"id": "b", "qty": 2, "score": 3}, {"id": 9, "qty": 2, "score": -1}]
    queue = evaluate("adl_queue", {"accounts": accounts, "liq_qty": 3, "bankruptcy": 650})
    assert queue["fills"] == {"b": 2.0, "7": 1.0}
    assert queue["left"] == {"b": 0.0, "7": 1.0}
    assert set(queue["quintile"]) == {"7", "b", "9"}
    window = {"capacity": 10, "window": 5, "calls": [[0, 2], [1, "3"], [9, 3]]}
    assert evaluate("snx_liq_seq", {**window, "positions": {"2": 8, "3": -8}})["size_after"] == [0.0, -6.0, 0.0]
    assert evaluate("snx_liq_seq", {**window, "positions": {2: 8, 3: -8}})["size_after"] == [0.0, -6.0, 0.0]


def test_a_position_that_no_price_liquidates_has_zero_or_infinity():
    assert evaluate("lin_liq_mm_mark", {**ISOLATED, "wallet": 2000})["liq_price"] == 0.0
    assert evaluate("hl_liq", {**ISOLATED, "margin": 2000, "max_leverage": 20, "leverage": 1})["liq_price"] == 0.0
    assert evaluate("dydx_liq_price", {"equity": 9000, "size": 1, "price": 3000, "mmf": 0.05})["liq_price"] == 0.0
    at_one = evaluate("inv_liq_mm_entry", {"side": "short", "entry": 30_000, "leverage": 1, "mmr": 0})
    assert at_one == {"liq_price": math.inf, "bankruptcy_price": math.inf}


def test_a_market_that_requires_all_of_its_notional_and_a_fill_for_nothing_have_answers():
    whole = {**SUBACCOUNT, "positions": {"BTC": {"size": 0.1, "oracle": 50_000, "mmf": 1}}}
    assert evaluate("dydx_bankruptcy", {**whole, "delta": -0.1})["bankruptcy_quote_usd"] == 4900
    assert evaluate("dydx_fillable", {**whole, "ba_ppm": 10**6, "smmr_ppm": 10**5})["fillable_price"] < 50_000
    given_away = {**SUBACCOUNT, "delta": -0.1, "fill_price": 0, "max_fee_ppm": 5000}
    assert evaluate("dydx_if_delta", given_away)["insurance_fund_delta"] == -4900


def test_lists_may_be_empty_where_an_account_holds_or_owes_nothing():
    assert evaluate("aave_hf", {"collateral": [[10_000, 0.8]], "debt": []})["hf"] == math.inf
    assert evaluate("aave_hf", {"collateral": [], "debt": 10})["hf"] == 0.0
    assert evaluate("comp_liquidity", {"supply": [[2, 0.5, 3]], "borrow": []})["net"] == 3.0
    assert evaluate("comp_liquidity", {"supply": [], "borrow": [[2, 3]]})["shortfall"] == 6.0


def test_answers_can_be_written_as_json():
    json.dumps(evaluate("lin_liq_mm_mark_cross2", {**ISOLATED, "other": OTHER}))
    json.dumps(evaluate("flip_dent_ok", {"lot": 9, "prev_lot": 10, "beg": 1.05}))
    json.dumps(evaluate("insurance_sign", {"side": "long", "fill": 9, "bankruptcy": 10}))
    json.dumps(evaluate("lin_liq_brackets", {**ISOLATED, "tiers": [[0, 0.01], [500, 0.02]]}))


def test_the_module_stands_alone_in_any_folder(tmp_path):
    folder = Path(__file__).parent.parent / "conformance"
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from evaluate import evaluate; "
    program += "print(evaluate('mark_median', {'prices': [2, None, 1, 5]}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "{'mark': 2.0}\n", done.stderr


@pytest.mark.skipif(not NAMES.exists(), reason="mechanics_formulas.md is not beside this checkout")
def test_every_formula_that_may_be_asked_for_has_a_function():
    assert set(re.findall(r"^\| `(\w+)` \|", NAMES.read_text(), re.MULTILINE)) == set(FORMULAS)
