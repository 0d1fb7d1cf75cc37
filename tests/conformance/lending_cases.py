"""The published cases of lending protocols and collateral auctions: names only, no arithmetic."""

from __future__ import annotations

from typing import Any

from cascade_sim.mechanics import auctions, compound, flip, lending

Inputs = dict[str, Any]
Outputs = dict[str, Any]


def columns(table: list[list[float]], width: int) -> list[list[float]]:
    return [[row[place] for row in table] for place in range(width)]


def some(inputs: Inputs, **names: str) -> Inputs:
    """Return the optional inputs that a case has, under the package's names."""
    return {ours: inputs[theirs] for ours, theirs in names.items() if inputs.get(theirs) is not None}


def aave_close_factor(inputs: Inputs) -> Outputs:
    reserves = some(inputs, collateral_reserve="collateral_reserve", debt_reserve="debt_reserve", min_base="min_base")
    return {"close_factor": lending.close_factor(inputs["hf"], inputs["version"], **reserves)}


def aave_hf(inputs: Inputs) -> Outputs:
    return {"hf": lending.health_factor(*columns(inputs["collateral"], 2), inputs["debt"])}


def aave_max_repay(inputs: Inputs) -> Outputs:
    return {"max_repay": lending.max_repay(inputs["debts"], inputs["k"], inputs["version"])}


def aave_seize(inputs: Inputs) -> Outputs:
    optional = some(inputs, protocol_fee="protocol_fee")
    prices = inputs["debt_price"], inputs["coll_price"]
    seized = lending.seizure(inputs["repay"], *prices, inputs["bonus"], **optional)._asdict()
    return {name: seized[name] for name in ("bonus", "collateral_seized", "protocol_fee", "to_liquidator")}


def comp_liquidity(inputs: Inputs) -> Outputs:
    return compound.account_liquidity(*columns(inputs["supply"], 3), *columns(inputs["borrow"], 2))._asdict()


def comp_seize(inputs: Inputs) -> Outputs:
    names = ("repay", "borrowed_price", "collateral_price", "exchange_rate", "incentive")
    optional = some(inputs, protocol_share="protocol_share")
    return compound.seize_tokens(*(inputs[name] for name in names), **optional)._asdict()


def flip_tend_ok(inputs: Inputs) -> Outputs:
    return {"accepted": flip.tend_accepted(inputs["bid"], inputs["prev"], beg=inputs["beg"], tab=inputs["tab"])}


def flip_dent_ok(inputs: Inputs) -> Outputs:
    return flip.dent(inputs["lot"], inputs["prev_lot"], beg=inputs["beg"])._asdict()


def maker_bite(inputs: Inputs) -> Outputs:
    optional = some(inputs, box="box")
    return flip.bite(inputs["ink"], inputs["art"], chop=inputs["chop"], dunk=inputs["dunk"], **optional)._asdict()


def maker_bark(inputs: Inputs) -> Outputs:
    limits = {name: inputs[name] for name in ("Hole", "hole", "chop", "dust")}
    return auctions.bark(inputs["ink"], inputs["art"], **limits, **some(inputs, rate="rate"))._asdict()


def maker_kick(inputs: Inputs) -> Outputs:
    optional = some(inputs, tip="tip", chip="chip")
    return auctions.kick(inputs["debt"], inputs["oracle"], chop=inputs["chop"], buf=inputs["buf"], **optional)._asdict()


def maker_abacus(inputs: Inputs) -> Outputs:
    optional = some(inputs, tau="tau", cut="cut", step="step")
    return {"price": auctions.auction_price(inputs["kind"], inputs["t"], inputs["top"], **optional)}


def maker_needs_redo(inputs: Inputs) -> Outputs:
    price = auctions.auction_price("linear", inputs["t"], inputs["top"], tau=inputs["tau"])
    ends = {"tail": inputs["tail"], "cusp": inputs["cusp"]}
    return {"needs_redo": auctions.needs_redo(inputs["t"], price, inputs["top"], **ends)}


def maker_take(inputs: Inputs) -> Outputs:
    names = ("lot", "tab", "price", "amt", "chost")
    return auctions.take(*(inputs[name] for name in names))._asdict()


FORMULAS = {
    "aave_close_factor": aave_close_factor,
    "aave_hf": aave_hf,
    "aave_max_repay": aave_max_repay,
    "aave_seize": aave_seize,
    "comp_liquidity": comp_liquidity,
    "comp_seize": comp_seize,
    "flip_dent_ok": flip_dent_ok,
    "flip_tend_ok": flip_tend_ok,
    "maker_abacus": maker_abacus,
    "maker_bark": maker_bark,
    "maker_bite": maker_bite,
    "maker_kick": maker_kick,
    "maker_needs_redo": maker_needs_redo,
    "maker_take": maker_take,
}
