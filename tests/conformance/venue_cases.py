"""The published cases of deleveraging, insurance funds, funding, marks and throttles: names to public functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cascade_sim.mechanics import adl, funding, insurance_fund, mark, throttle

Values = dict[str, Any]


def adl_bitmex_score(inputs: Values) -> Values:
    contract = "inverse" if inputs.get("inverse") else "linear"
    score = adl.adl_score(inputs["side"], inputs["entry"], inputs["mark"], inputs["bankruptcy"], contract=contract)
    return {"pnl_pct": score.profit, "eff_leverage": score.effective_leverage, "score": score.score}


def adl_hl_index(inputs: Values) -> Values:
    index = adl.hyperliquid_adl_index(inputs["mark"], inputs["entry"], inputs["notional"], inputs["account_value"])
    return {"index": index}


def adl_queue(inputs: Values) -> Values:
    names = [str(account["id"]) for account in inputs["accounts"]]
    scores = [account["score"] for account in inputs["accounts"]]
    quantities = [account["qty"] for account in inputs["accounts"]]
    done = adl.deleverage(scores, quantities, inputs["liq_qty"], inputs["bankruptcy"])
    touched = [place for place in done.order.tolist() if done.closed[place] > 0]
    return {
        "fills": {names[place]: float(done.closed[place]) for place in touched},
        "left": {names[place]: float(done.left[place]) for place in touched},
        "quintile": dict(zip(names, adl.adl_quintile(scores, quantities).tolist(), strict=True)),
        "price": done.price,
    }


def insurance_linear(inputs: Values) -> Values:
    change = insurance_fund.fund_change(inputs["side"], inputs["qty"], inputs["fill"], inputs["bankruptcy"])
    return {"fund_change": change}


def insurance_sign(inputs: Values) -> Values:
    return {"fund_sign": insurance_fund.fund_sign(inputs["side"], inputs["fill"], inputs["bankruptcy"])}


def funding_bitmex(inputs: Values) -> Values:
    return {"funding": funding.clamped_funding_rate(inputs["premium"], inputs["interest"])}


def funding_deribit(inputs: Values) -> Values:
    return {"funding_8h": funding.damped_funding_rate(inputs["premium"], damp=inputs["damp"])}


def funding_payment(inputs: Values) -> Values:
    return {"payment": funding.funding_payment(inputs["notional"], inputs["rate"], inputs["times"])}


def hl_ema(inputs: Values) -> Values:
    durations, samples = zip(*inputs["samples"], strict=True)
    path = mark.exponential_average(samples, durations, time_constant_s=inputs["tau"])
    return {"ema": float(path[-1])}


def mark_median(inputs: Values) -> Values:
    return {"mark": mark.median_price(inputs["prices"])}


def mark_p1(inputs: Values) -> Values:
    price = mark.fair_price(inputs["index"], inputs["last_funding"], inputs["hours_left"], inputs["period_h"])
    return {"price1": price}


def snx_liq_seq(inputs: Values) -> Values:
    names = list(inputs["positions"])
    done = throttle.liquidate_in_window(
        [time for time, _ in inputs["calls"]],
        [names.index(str(name)) for _, name in inputs["calls"]],
        [inputs["positions"][name] for name in names],
        inputs["capacity"],
        inputs["window"],
    )
    return {"size_after": done.size_after.tolist()}


def snx_liq_window(inputs: Values) -> Values:
    capacity = throttle.window_capacity(
        inputs["maker"],
        inputs["taker"],
        inputs["skew_scale"],
        inputs["seconds"],
        multiplier=inputs["multiplier"],
    )
    return {"window_capacity": capacity}


FORMULAS: dict[str, Callable[[Values], Values]] = {
    rule.__name__: rule
    for rule in (
        adl_bitmex_score,
        adl_hl_index,
        adl_queue,
        insurance_linear,
        insurance_sign,
        funding_bitmex,
        funding_deribit,
        funding_payment,
        hl_ema,
        mark_median,
        mark_p1,
        snx_liq_seq,
        snx_liq_window,
    )
}
