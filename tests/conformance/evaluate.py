"""Published worked examples of liquidation, put to the package: names of formulas and inputs, no arithmetic of its own.

``evaluate(formula, inputs)`` takes a formula's name and a dict of its inputs as the published cases name them
(`margin`, `qty`, `mmr`, ...), calls the public function that states the rule, and returns all of the formula's outputs
by name. It needs nothing but cascade_sim, so that it can be imported by path from anywhere.

Optional inputs may be absent or None. Sides are "long" and "short"; brackets are rows (floor, rate) or (floor, cap,
rate); names of accounts and positions may be numbers or strings, and come back as strings.

Liquidation prices are prices: where the published formula gives a long a negative number (its margin is more than it
can lose), no price liquidates it, and `liq_price` is 0, as exchanges and their clients show it. A short that no price
liquidates (an inverse one at leverage 1) has infinity. The same holds for `bankruptcy_price`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cascade_sim.mechanics import (
    adl,
    auctions,
    compound,
    cross_margin,
    dydx,
    flip,
    funding,
    hyperliquid,
    insurance_fund,
    lending,
    margin,
    mark,
    requirements,
    throttle,
    tiers,
)

Case = dict[str, Any]

FORMULAS: dict[str, Callable[[Case], Case]] = {}


def evaluate(formula: str, inputs: Case) -> Case:
    """Return every output of a formula for one case's inputs.

    Parameters
    ----------
    formula : str
        One of `FORMULAS`.
    inputs : dict
        The formula's inputs by name; those that are None count as absent.

    Returns
    -------
    dict
        Plain numbers, truth values, lists and dicts.

    Raises
    ------
    KeyError
        If the formula has no function, or an input that it needs is absent.
    ValueError
        If an input is unusable.
    """
    return FORMULAS[formula]({name: value for name, value in inputs.items() if value is not None})


def formula(rule: Callable[[Case], Case]) -> Callable[[Case], Case]:
    """Enter a function under its own name."""
    FORMULAS[rule.__name__] = rule
    return rule


def some(case: Case, **names: str) -> Case:
    """Return the optional inputs that a case has, under the package's names."""
    return {ours: case[theirs] for ours, theirs in names.items() if case.get(theirs) is not None}


def columns(table: list[list[float]], width: int) -> list[list[float]]:
    """Return the columns of a list of rows, also of an empty one."""
    return [[row[place] for row in table] for place in range(width)]


def brackets(case: Case) -> list[tuple[float, float]]:
    """Return a case's brackets as floors and rates."""
    return [(row[0], row[-1]) for row in case["tiers"]]


@formula
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


@formula
def lin_liq_mm_mark(case: Case) -> Case:
    rules = {"rate": case["mmr"], **some(case, maintenance_amount="maint_amount")}
    return {"liq_price": margin.liquidation_price(case["side"], case["qty"], case["entry"], case["wallet"], **rules)}


@formula
def lin_liq_mm_mark_cross2(case: Case) -> Case:
    others = case.get("other", [])
    if isinstance(others, dict):
        others = [others] if "side" in others else list(others.values())
    positions = [{**case, "mark": case["entry"]}, *others]  # its own mark does not enter a position's own price
    prices = cross_margin.cross_liquidation_price(
        case["wallet"],
        [position["side"] for position in positions],
        [position["qty"] for position in positions],
        [position["entry"] for position in positions],
        [position["mark"] for position in positions],
        rate=[position["mmr"] for position in positions],
        maintenance_amount=[position.get("maint_amount") or 0.0 for position in positions],
    )
    return {"liq_price": float(prices[0])}


@formula
def lin_liq_mm_mark_fee(case: Case) -> Case:
    rules = {"rate": case["mmr"], **some(case, closing_fee="taker_fee")}
    return {"liq_price": margin.liquidation_price(case["side"], case["qty"], case["entry"], case["margin"], **rules)}


@formula
def lin_liq_brackets(case: Case) -> Case:
    position = (case["side"], case["qty"], case["entry"], case["wallet"])
    found = tiers.liquidation_price_and_tier(*position, brackets(case))
    return {"liq_price": found.price, "tier": found.tier}


@formula
def maint_amounts(case: Case) -> Case:
    return {"maint_amounts": tiers.maintenance_amounts(brackets(case)).tolist()}


@formula
def maint_amount_step(case: Case) -> Case:
    step = (case["floor"], case["mmr"], case["mmr_prev"], case["prev_amount"])
    return {"maint_amount": tiers.maintenance_amount_step(*step)}


@formula
def tier_lookup(case: Case) -> Case:
    found = tiers.find_tier(case["notional"], brackets(case))
    return {"tier": found.tier, "mmr": found.rate}


@formula
def hl_mmr(case: Case) -> Case:
    return {"mmr": hyperliquid.maintenance_rate(case["max_leverage"])}


@formula
def hl_liq(case: Case) -> Case:
    position = (case["side"], case["qty"], case["entry"], case["margin"])
    return {"liq_price": hyperliquid.liquidation_price(*position, max_leverage=case["max_leverage"])}


@formula
def inv_initial_margin(case: Case) -> Case:
    coin = requirements.initial_margin(case["usd_size"], case["entry"], case["leverage"], contract="inverse")
    return {"initial_margin_coin": coin}


@formula
def inv_liq_mm_entry(case: Case) -> Case:
    opened = (case["side"], case["entry"], case["leverage"])
    return {
        "liq_price": margin.liquidation_price_at_leverage(*opened, rate=case["mmr"], contract="inverse"),
        "bankruptcy_price": margin.bankruptcy_price_at_leverage(*opened, contract="inverse"),
    }


@formula
def inv_liq_mm_mark(case: Case) -> Case:
    position = (case["side"], case["usd_size"], case["entry"], case["wallet_coin"])
    rules = {"rate": case["mmr"], **some(case, maintenance_amount="maint_amount")}
    return {
        "liq_price": margin.liquidation_price(*position, contract="inverse", **rules),
        "bankruptcy_price": margin.bankruptcy_price(*position, contract="inverse"),
        "position_value_coin": requirements.position_value(case["usd_size"], case["entry"], contract="inverse"),
    }


@formula
def dydx_liq_price(case: Case) -> Case:
    position = (case["equity"], case["size"], case["price"], case["mmf"])
    return {"liq_price": dydx.liquidation_price(*position, **some(case, others_maintenance="mmr_other"))}


def subaccount(case: Case) -> Case:
    names = [str(name) for name in case["positions"]]
    positions = case["positions"].values()
    return {
        "quote_balance": case["quote_balance"],
        "size": [position["size"] for position in positions],
        "oracle_price": [position["oracle"] for position in positions],
        "maintenance_fraction": [position["mmf"] for position in positions],
        "market": names.index(str(case["market"])),
    }


@formula
def dydx_bankruptcy(case: Case) -> Case:
    return {"bankruptcy_quote_usd": dydx.bankruptcy_quote(**subaccount(case), delta=case["delta"])}


@formula
def dydx_fillable(case: Case) -> Case:
    ratios = some(case, bankruptcy_adjustment_ppm="ba_ppm", spread_to_maintenance_margin_ratio_ppm="smmr_ppm")
    return {"fillable_price": dydx.fillable_price(**subaccount(case), **ratios)}


@formula
def dydx_if_delta(case: Case) -> Case:
    fill = {"fill_price": case["fill_price"], "max_liquidation_fee_ppm": case["max_fee_ppm"]}
    return {"insurance_fund_delta": dydx.insurance_fund_delta(**subaccount(case), delta=case["delta"], **fill)}


@formula
def adl_bitmex_score(case: Case) -> Case:
    contract = "inverse" if case.get("inverse") else "linear"
    score = adl.adl_score(case["side"], case["entry"], case["mark"], case["bankruptcy"], contract=contract)
    return {"pnl_pct": score.profit, "eff_leverage": score.effective_leverage, "score": score.score}


@formula
def adl_hl_index(case: Case) -> Case:
    return {"index": adl.hyperliquid_adl_index(case["mark"], case["entry"], case["notional"], case["account_value"])}


@formula
def adl_queue(case: Case) -> Case:
    names = [str(account["id"]) for account in case["accounts"]]
    scores = [account["score"] for account in case["accounts"]]
    quantities = [account["qty"] for account in case["accounts"]]
    done = adl.deleverage(scores, quantities, case["liq_qty"], case["bankruptcy"])
    touched = [place for place in done.order.tolist() if done.closed[place] > 0]
    return {
        "fills": {names[place]: float(done.closed[place]) for place in touched},
        "left": {names[place]: float(done.left[place]) for place in touched},
        "quintile": dict(zip(names, adl.adl_quintile(scores, quantities).tolist(), strict=True)),
        "price": done.price,
    }


@formula
def insurance_linear(case: Case) -> Case:
    return {"fund_change": insurance_fund.fund_change(case["side"], case["qty"], case["fill"], case["bankruptcy"])}


@formula
def insurance_sign(case: Case) -> Case:
    return {"fund_sign": insurance_fund.fund_sign(case["side"], case["fill"], case["bankruptcy"])}


@formula
def funding_bitmex(case: Case) -> Case:
    return {"funding": funding.clamped_funding_rate(case["premium"], **some(case, interest="interest"))}


@formula
def funding_deribit(case: Case) -> Case:
    return {"funding_8h": funding.damped_funding_rate(case["premium"], **some(case, damp="damp"))}


@formula
def funding_payment(case: Case) -> Case:
    return {"payment": funding.funding_payment(case["notional"], case["rate"], **some(case, times="times"))}


@formula
def hl_ema(case: Case) -> Case:
    durations, samples = columns(case["samples"], 2)
    path = mark.exponential_average(samples, durations, **some(case, time_constant_s="tau"))
    return {"ema": float(path[-1])}


@formula
def mark_median(case: Case) -> Case:
    return {"mark": mark.median_price([price for price in case["prices"] if price is not None])}


@formula
def mark_p1(case: Case) -> Case:
    period = some(case, interval_h="period_h")
    return {"price1": mark.fair_price(case["index"], case["last_funding"], case["hours_left"], **period)}


@formula
def snx_liq_seq(case: Case) -> Case:
    given = case["positions"]
    positions = {str(name): size for name, size in (given.items() if isinstance(given, dict) else enumerate(given))}
    names = list(positions)
    times, called = columns(case["calls"], 2)
    order = [names.index(str(name)) for name in called]
    done = throttle.liquidate_in_window(times, order, list(positions.values()), case["capacity"], case["window"])
    return {"size_after": done.size_after.tolist()}


@formula
def snx_liq_window(case: Case) -> Case:
    market = (case["maker"], case["taker"], case["skew_scale"], case["seconds"])
    return {"window_capacity": throttle.window_capacity(*market, **some(case, multiplier="multiplier"))}


@formula
def aave_close_factor(case: Case) -> Case:
    reserves = some(case, collateral_reserve="collateral_reserve", debt_reserve="debt_reserve", min_base="min_base")
    return {"close_factor": lending.close_factor(case["hf"], case["version"], **reserves)}


@formula
def aave_hf(case: Case) -> Case:
    debt = case["debt"] if isinstance(case["debt"], list) else [case["debt"]]
    return {"hf": lending.health_factor(*columns(case["collateral"], 2), debt)}


@formula
def aave_max_repay(case: Case) -> Case:
    return {"max_repay": lending.max_repay(case["debts"], int(case["k"]), case["version"])}


@formula
def aave_seize(case: Case) -> Case:
    offer = (case["repay"], case["debt_price"], case["coll_price"], case["bonus"])
    seized = lending.seizure(*offer, **some(case, protocol_fee="protocol_fee"))._asdict()
    return {name: seized[name] for name in ("bonus", "collateral_seized", "protocol_fee", "to_liquidator")}


@formula
def comp_liquidity(case: Case) -> Case:
    return compound.account_liquidity(*columns(case["supply"], 3), *columns(case["borrow"], 2))._asdict()


@formula
def comp_seize(case: Case) -> Case:
    names = ("repay", "borrowed_price", "collateral_price", "exchange_rate", "incentive")
    share = some(case, protocol_share="protocol_share")
    return compound.seize_tokens(*(case[name] for name in names), **share)._asdict()


@formula
def flip_tend_ok(case: Case) -> Case:
    return {"accepted": flip.tend_accepted(case["bid"], case["prev"], beg=case["beg"], tab=case["tab"])}


@formula
def flip_dent_ok(case: Case) -> Case:
    return flip.dent(case["lot"], case["prev_lot"], beg=case["beg"])._asdict()


@formula
def maker_bite(case: Case) -> Case:
    limits = some(case, dunk="dunk", box="box")
    return flip.bite(case["ink"], case["art"], chop=case["chop"], **limits)._asdict()


@formula
def maker_bark(case: Case) -> Case:
    limits = {"Hole": case["Hole"], "hole": case["hole"], "chop": case["chop"]}
    return auctions.bark(case["ink"], case["art"], **limits, **some(case, dust="dust", rate="rate"))._asdict()


@formula
def maker_kick(case: Case) -> Case:
    optional = some(case, buf="buf", tip="tip", chip="chip")
    return auctions.kick(case["debt"], case["oracle"], chop=case["chop"], **optional)._asdict()


@formula
def maker_abacus(case: Case) -> Case:
    optional = some(case, tau="tau", cut="cut", step="step")
    return {"price": auctions.auction_price(case["kind"], case["t"], case["top"], **optional)}


@formula
def maker_needs_redo(case: Case) -> Case:
    price = auctions.auction_price("linear", case["t"], case["top"], tau=case["tau"])
    ends = {"tail": case["tail"], "cusp": case["cusp"]}
    return {"needs_redo": auctions.needs_redo(case["t"], price, case["top"], **ends)}


@formula
def maker_take(case: Case) -> Case:
    offer = (case["lot"], case["tab"], case["price"], case["amt"])
    return auctions.take(*offer, **some(case, chost="chost"))._asdict()
