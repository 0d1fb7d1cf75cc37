"""A venue's rules as the kernels read them: liquidation, backstops, fees, funding and brakes."""

from __future__ import annotations

import math

import numpy as np

from cascade_sim.engine.shares import share_closed
from cascade_sim.kernels import state as k
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.clock import Clock
from cascade_sim.scenario.funding import Funding

_POLICIES = {
    "none": k.POLICY_NONE,
    "market": k.POLICY_MARKET,
    "partial": k.POLICY_MARKET,  # sold at market as well, in steps
    "paced": k.POLICY_PACED,
    "limit": k.POLICY_LIMIT,
}
_PARTIAL = {"tiers": k.PARTIAL_TIERS, "share": k.PARTIAL_SHARE, "health": k.PARTIAL_HEALTH}
_RANKINGS = {
    "profit_leverage": k.RANKING_PROFIT_LEVERAGE,
    "hyperliquid": k.RANKING_HYPERLIQUID,
    "none": k.RANKING_NONE,
}
_FUNDING = {"clamp": k.FUNDING_CLAMP, "dampened": k.FUNDING_DAMPENED, "plain": k.FUNDING_PLAIN}
DAY_S = 86_400.0


def ticks_of(duration: float, tick: float) -> int:
    """Whole ticks that cover a duration."""
    return math.ceil(duration / tick - 1e-9)


def first_payment(clock: Clock, funding: Funding) -> int:
    """Ticks from the start to the first funding payment: the next multiple of the interval since 00:00 UTC, offset."""
    start = clock.start
    since_midnight = start.hour * 3600.0 + start.minute * 60.0 + start.second + start.microsecond * 1e-6
    passed = (since_midnight - funding.offset) % funding.interval
    return max(1, round((funding.interval - passed) / clock.tick))


def liquidation_rules(scenario: Scenario, rules: np.void) -> None:
    """Write what the engine does with a position below its maintenance, and what it costs."""
    exchange, tick = scenario.exchange, scenario.clock.tick
    liquidation = exchange.liquidation
    rules["policy"] = _POLICIES[liquidation.policy]
    rules["delay_ticks"] = ticks_of(liquidation.delay, tick)
    if liquidation.half_life is not None:
        rules["pace_share"] = share_closed(tick, liquidation.half_life)
    if liquidation.notional_per_second is not None:
        rules["pace_notional"] = liquidation.notional_per_second * tick
    rules["surplus_to_trader"] = liquidation.surplus == "trader"
    rules["taker_fee"] = exchange.fees.taker
    rules["liquidation_fee"] = exchange.fees.liquidation
    rules["maintenance_on_entry"] = exchange.maintenance.basis == "entry"
    if liquidation.policy == "partial" and liquidation.partial is not None:
        steps = liquidation.partial
        rules["partial"] = _PARTIAL[steps.by]
        rules["partial_tiers"] = steps.tiers
        rules["partial_share"] = steps.share
        rules["partial_above"] = steps.above
        rules["partial_buffer"] = steps.buffer
        rules["cooldown_ticks"] = ticks_of(steps.cooldown, tick)


def backstop_rules(scenario: Scenario, rules: np.void) -> None:
    """Write who bears what the market leaves: the vault, the fund, winners."""
    exchange, tick = scenario.exchange, scenario.clock.tick
    rules["fund_start"] = exchange.insurance_fund
    rules["adl"] = exchange.adl
    rules["ranking"] = _RANKINGS[exchange.adl_ranking]
    rules["socialise"] = exchange.socialise
    vault = exchange.liquidation.absorb
    if vault is not None:
        rules["absorb_share"] = vault.share
        rules["absorb_capital"] = vault.capital
        rules["absorb_leverage"] = vault.leverage
        rules["absorb_below"] = vault.below
        rules["absorb_unwind"] = share_closed(tick, vault.half_life)


def funding_rules(scenario: Scenario, rules: np.void) -> None:
    """Write what longs and shorts pay each other, and when."""
    funding = scenario.exchange.funding
    if funding is None:
        return
    tick = scenario.clock.tick
    rules["funding"] = _FUNDING[funding.kind]
    rules["funding_ticks"] = round(funding.interval / tick)
    rules["first_funding_tick"] = first_payment(scenario.clock, funding)
    rules["funding_share"] = funding.interval / funding.period
    rules["funding_interest"] = funding.interest
    rules["funding_clamp"] = funding.dampener if funding.kind == "dampened" else funding.clamp
    rules["funding_cap"] = math.inf if funding.cap is None else funding.cap
    rules["impact_notional"] = funding.impact_notional


def brake_rules(scenario: Scenario, rules: np.void) -> None:
    """Write the halt, the price band and the throttle."""
    exchange, tick = scenario.exchange, scenario.clock.tick
    if exchange.halt is not None:
        rules["halt_move"] = exchange.halt.move
        rules["halt_over_ticks"] = ticks_of(exchange.halt.over, tick)
        rules["halt_for_ticks"] = ticks_of(exchange.halt.for_, tick)
    if exchange.price_band is not None:
        rules["band"] = exchange.price_band.within
        rules["band_of_mark"] = exchange.price_band.of == "mark"
    if exchange.throttle is not None:
        rules["throttle"] = exchange.throttle.notional
        rules["throttle_ticks"] = ticks_of(exchange.throttle.over, tick)


def triggers_change(scenario: Scenario, defended: bool) -> bool:
    """Tell whether positions can have other triggers during the run than at its start.

    Parameters
    ----------
    scenario : Scenario
    defended : bool
        Whether anybody in the crowd defends, leaves or arrives.

    Notes
    -----
    Such a crowd keeps its live triggers beside the sorted ones. Funding and socialised losses change them too, but for
    everybody at once: the crowd is then sorted anew.
    """
    exchange = scenario.exchange
    return (
        defended
        or exchange.liquidation.policy == "partial"
        or exchange.throttle is not None
        or (exchange.adl and len(exchange.brackets) > 1)
    )
