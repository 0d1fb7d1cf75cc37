"""Published cases of margin, brackets and liquidation prices, by the names of their inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cascade_sim.mechanics import cross_margin, dydx, hyperliquid, margin, requirements, tiers

Case = dict[str, Any]


def lin_liq_mm_entry(case: Case) -> Case:
    position = {"quantity": case.get("qty", 1.0), "extra_margin": case.get("extra_margin", 0.0)}
    opened = (case["side"], case["entry"], case["leverage"])
    value = requirements.position_value(position["quantity"], case["entry"])
    return {
        "liq_price": margin.liquidation_price_at_leverage(*opened, rate=case["mmr"], **position),
        "bankruptcy_price": margin.bankruptcy_price_at_leverage(*opened, **position),
        "initial_margin": requirements.initial_margin(position["quantity"], case["entry"], case["leverage"]),
        "maintenance_margin": tiers.maintenance_margin(value, rate=case["mmr"]),
    }


def lin_liq_mm_mark(case: Case) -> Case:
    rules = {"rate": case["mmr"], "maintenance_amount": case.get("maint_amount", 0.0)}
    return {"liq_price": margin.liquidation_price(case["side"], case["qty"], case["entry"], case["wallet"], **rules)}


def lin_liq_mm_mark_cross2(case: Case) -> Case:
    others = case["other"] if isinstance(case["other"], list) else [case["other"]]
    positions = [{**case, "mark": case["entry"]}, *others]  # its own mark does not enter a position's own price
    prices = cross_margin.cross_liquidation_price(
        case["wallet"],
        [position["side"] for position in positions],
        [position["qty"] for position in positions],
        [position["entry"] for position in positions],
        [position["mark"] for position in positions],
        rate=[position["mmr"] for position in positions],
        maintenance_amount=[position.get("maint_amount", 0.0) for position in positions],
    )
    return {"liq_price": float(prices[0])}


def lin_liq_mm_mark_fee(case: Case) -> Case:
    rules = {"rate": case["mmr"], "closing_fee": case["taker_fee"]}
    return {"liq_price": margin.liquidation_price(case["side"], case["qty"], case["entry"], case["margin"], **rules)}


def lin_liq_brackets(case: Case) -> Case:
    found = tiers.liquidation_price_and_tier(case["side"], case["qty"], case["entry"], case["wallet"], case["tiers"])
    return {"liq_price": found.price, "tier": found.tier}


def inv_initial_margin(case: Case) -> Case:
    coin = requirements.initial_margin(case["usd_size"], case["entry"], case["leverage"], contract="inverse")
    return {"initial_margin_coin": coin}


def inv_liq_mm_entry(case: Case) -> Case:
    opened = (case["side"], case["entry"], case["leverage"])
    return {
        "liq_price": margin.liquidation_price_at_leverage(*opened, rate=case["mmr"], contract="inverse"),
        "bankruptcy_price": margin.bankruptcy_price_at_leverage(*opened, contract="inverse"),
    }


def inv_liq_mm_mark(case: Case) -> Case:
    position = (case["side"], case["usd_size"], case["entry"], case["wallet_coin"])
    rules = {"rate": case["mmr"], "maintenance_amount": case.get("maint_amount", 0.0)}
    return {
        "liq_price": margin.liquidation_price(*position, contract="inverse", **rules),
        "bankruptcy_price": margin.bankruptcy_price(*position, contract="inverse"),
        "position_value_coin": requirements.position_value(case["usd_size"], case["entry"], contract="inverse"),
    }


def maint_amounts(case: Case) -> Case:
    return {"maint_amounts": tiers.maintenance_amounts(case["tiers"]).tolist()}


def maint_amount_step(case: Case) -> Case:
    step = (case["floor"], case["mmr"], case["mmr_prev"], case["prev_amount"])
    return {"maint_amount": tiers.maintenance_amount_step(*step)}


def tier_lookup(case: Case) -> Case:
    found = tiers.find_tier(case["notional"], case["tiers"])
    return {"tier": found.tier, "mmr": found.rate}


def hl_mmr(case: Case) -> Case:
    return {"mmr": hyperliquid.maintenance_rate(case["max_leverage"])}


def hl_liq(case: Case) -> Case:
    position = (case["side"], case["qty"], case["entry"], case["margin"])
    return {"liq_price": hyperliquid.liquidation_price(*position, max_leverage=case["max_leverage"])}


def dydx_liq_price(case: Case) -> Case:
    position = (case["equity"], case["size"], case["price"], case["mmf"])
    return {"liq_price": dydx.liquidation_price(*position, others_maintenance=case.get("mmr_other", 0.0))}


def _subaccount(case: Case) -> Case:
    positions = case["positions"].values()
    return {
        "quote_balance": case["quote_balance"],
        "size": [position["size"] for position in positions],
        "oracle_price": [position["oracle"] for position in positions],
        "maintenance_fraction": [position["mmf"] for position in positions],
        "market": list(case["positions"]).index(case["market"]),
    }


def dydx_bankruptcy(case: Case) -> Case:
    return {"bankruptcy_quote_usd": dydx.bankruptcy_quote(**_subaccount(case), delta=case["delta"])}


def dydx_fillable(case: Case) -> Case:
    ratios = {
        "bankruptcy_adjustment_ppm": case["ba_ppm"],
        "spread_to_maintenance_margin_ratio_ppm": case["smmr_ppm"],
    }
    return {"fillable_price": dydx.fillable_price(**_subaccount(case), **ratios)}


def dydx_if_delta(case: Case) -> Case:
    fill = {"fill_price": case["fill_price"], "max_liquidation_fee_ppm": case["max_fee_ppm"]}
    return {"insurance_fund_delta": dydx.insurance_fund_delta(**_subaccount(case), delta=case["delta"], **fill)}


FORMULAS: dict[str, Callable[[Case], Case]] = {
    "dydx_bankruptcy": dydx_bankruptcy,
    "dydx_fillable": dydx_fillable,
    "dydx_if_delta": dydx_if_delta,
    "dydx_liq_price": dydx_liq_price,
    "hl_liq": hl_liq,
    "hl_mmr": hl_mmr,
    "inv_initial_margin": inv_initial_margin,
    "inv_liq_mm_entry": inv_liq_mm_entry,
    "inv_liq_mm_mark": inv_liq_mm_mark,
    "lin_liq_brackets": lin_liq_brackets,
    "lin_liq_mm_entry": lin_liq_mm_entry,
    "lin_liq_mm_mark": lin_liq_mm_mark,
    "lin_liq_mm_mark_cross2": lin_liq_mm_mark_cross2,
    "lin_liq_mm_mark_fee": lin_liq_mm_mark_fee,
    "maint_amount_step": maint_amount_step,
    "maint_amounts": maint_amounts,
    "tier_lookup": tier_lookup,
}
