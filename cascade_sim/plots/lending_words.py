"""What each picture of lending shows, in one sentence: the text for whoever cannot see it."""

from __future__ import annotations

from typing import Any

from cascade_sim.metrics.coupling import NEITHER
from cascade_sim.metrics.coupling import coupling as coupling_of
from cascade_sim.metrics.health_factors import START, loan_history
from cascade_sim.plots.coupling import signed
from cascade_sim.plots.findings import in_a_row, summary_of
from cascade_sim.plots.headline import fell_most, number_in
from cascade_sim.plots.lending_reading import largest_pool, pools_of
from cascade_sim.plots.numbers import human, percent
from cascade_sim.plots.picture_words import sentence
from cascade_sim.plots.reading import names_of


def lending(run: Any) -> str:
    """Say how much was liquidated in each pool, what of it was won for nothing, and what was lost."""
    summary, quote = summary_of(run), names_of(run).quote
    pools = [(pool.name, number_in(summary, f"{pool.name}_liquidated")) for pool in pools_of(run)]
    parts = [f"{human(amount)} {quote} of collateral in {name}" for name, amount in pools if amount > 0]
    liquidated = f"liquidated was {in_a_row(parts)}" if parts else "no loan was liquidated"
    free = sum(value for pool in pools_of(run) if (value := number_in(summary, f"{pool.name}_zero_bid_value")) > 0)
    nothing = f"{human(free)} {quote} of it was won for nothing" if free > 0 else ""
    lost, paid = (number_in(summary, f"lending_{key}") for key in ("bad_debt", "covered"))
    covered = f", {percent(paid / lost)} of which a backstop covered" if lost > 0 and paid > 0 else ""
    debt = f"bad debt came to {human(lost)} {quote}{covered}" if lost > 0 else "no bad debt was left"
    return sentence(liquidated, nothing, debt)


def health(run: Any) -> str:
    """Say how much was owed in the pool with most liquidations at the start and at the end, and what was lost."""
    pool = largest_pool(run)
    history = None if pool is None else loan_history(run, pool.name)
    if pool is None or history is None:
        return ""
    quote, rows = names_of(run).quote, history.ticks.size
    before, after = (float(history.at(row).debt.sum()) for row in (START, rows - 1))
    owed = f"of {human(before)} {quote} owed in {pool.name} at the start {human(after)} was still open at the end"
    lost = float(run.timeline[f"bad_debt_{pool.name}"].iloc[-1])
    return sentence(owed, f"{human(lost)} was lost" if lost > 0 else "nothing was lost")


def coupling(run: Any) -> str:
    """Say what each side adds alone, and what both add beyond that."""
    falls = fell_most(summary_of(run))
    found = coupling_of(run, "max_drawdown" if falls else "max_runup")
    if found is None:
        return ""
    word = "fell" if falls else "rose"
    key = "max_drawdown" if falls else "max_runup"
    without, whole = (number_in(summary_of(each), key) for each in (run.counterfactuals[NEITHER], run))
    adds = in_a_row([
        f"{signed(found.exchange_adds)} points by the exchange's liquidations alone",
        f"{signed(found.lending_adds)} by lending alone",
        f"{signed(found.together)} because both are there",
    ])  # fmt: skip
    return sentence(
        f"the mark {word} by {percent(without)} without either and by {percent(whole)} with both: in log price {adds}"
    )
