"""What each picture of a run shows, in one sentence: the text for whoever cannot see it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.metrics.sizes import cascades
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.findings import (
    in_a_row,
    liquidated_words,
    loss_words,
    move_words,
    summary_of,
)
from cascade_sim.plots.headline import fell_most, number_in
from cascade_sim.plots.numbers import human, moment, percent, price
from cascade_sim.plots.reading import names_of

_MOST_NAMED = 6


def sentence(*clauses: str) -> str:
    """Join clauses to one sentence; empty ones are left out."""
    text = "; ".join(clause for clause in clauses if clause)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def timeline(run: Any) -> str:
    """Say how far the mark went and how much was liquidated."""
    return sentence(move_words(run), liquidated_words(run))


def replay(run: Any) -> str:
    """Say where the mid was the recorded price, and how much of what was forced had to be absorbed."""
    summary = summary_of(run)
    tracked, ticks, share, missed = (
        number_in(summary, key) for key in ("tracked_ticks", "absorbed_ticks", "absorbed_share", "missed_ticks")
    )
    landed = f"the mid landed on the recorded price in {tracked:,.0f} ticks" if tracked > 0 else ""
    if np.isnan(share):
        absorbed = "nothing was traded by force in the book"
    elif ticks > 0:
        absorbed = f"in {ticks:,.0f} ticks orders against forced trades absorbed {percent(share)} of their quantity"
    else:
        absorbed = "no forced trade was absorbed"
    return sentence(move_words(run), landed, absorbed, f"{missed:,.0f} ticks were missed" if missed > 0 else "")


def heatmap(run: Any) -> str:
    """Say where and when most notional waited in one price bin."""
    frame, names = run.heatmap, names_of(run)
    values = frame.to_numpy(dtype=np.float64, na_value=0.0)
    if not values.any():
        return sentence("no open position could be liquidated at the prices shown")
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    at = moment(pd.DatetimeIndex(frame.index)[int(row)].as_unit("ns").value, day=True)
    most = f"{human(float(values[row, column]))} {names.quote}"
    return sentence(
        f"most notional in one band of prices waited near {price(float(frame.columns[column]))} at {at}: {most}"
    )


def liquidation_map(run: Any) -> str:
    """Say how much each side had waiting, and how near half of it was."""
    crowd, names, start = run.crowd_map, names_of(run), float(run.scenario.market.price)
    trigger, quantity = (np.asarray(crowd[name], dtype=np.float64) for name in ("trigger_price", "quantity"))
    exposed = np.isfinite(trigger) & (trigger > 0)
    notional = quantity if names.inverse else quantity * np.where(exposed, trigger, 0.0)
    clauses = []
    for side, who, way in ((1, "longs", "fall"), (-1, "shorts", "rise")):
        chosen = exposed & (np.sign(np.asarray(crowd["side"])) == side)
        if notional[chosen].sum() > 0:
            half = _median(np.abs(trigger[chosen] / start - 1.0), notional[chosen])
            reach = (
                f"half of it by a {way} of {percent(half)}" if half < 1 else "half of it only where the price doubles"
            )
            total = f"{human(float(notional[chosen].sum()))} {names.quote}"
            clauses.append(f"{total} of {who} could be liquidated, {reach}")
    return sentence(*clauses) if clauses else sentence("no price would have liquidated anybody")


def _median(values: Floats, weights: Floats) -> float:
    """Return the value up to which half of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])


def compare(run: Any) -> str:
    """Say how far the price went in the run and in each counterfactual."""
    falling = fell_most(summary_of(run))
    key, word = ("max_drawdown", "fall") if falling else ("max_runup", "rise")
    runs = {"the run itself": run, **run.counterfactuals}
    sizes = {name.replace("_", " "): number_in(summary_of(other), key) for name, other in runs.items()}
    parts = [f"{percent(size)} in {name}" for name, size in sizes.items()]
    if len(parts) > _MOST_NAMED:
        parts = [*parts[:_MOST_NAMED], f"{len(parts) - _MOST_NAMED} more"]
    return sentence(f"the largest {word} was {in_a_row(parts)}")


def waterfall(run: Any) -> str:
    """Say who bore the loss."""
    return sentence(loss_words(run) or "nobody lost anything by liquidation")


def rounds(run: Any) -> str:
    """Say how many rounds there were at most, and how much came after the first."""
    events = only_positions(run.liquidations)
    place, quantity = events["round"].to_numpy(), events["quantity"].to_numpy(dtype=np.float64)
    most, whole = int(place.max()), float(quantity.sum())
    if most < 2:
        return sentence("every liquidation was in a first round: none set off another within its tick")
    later = float(quantity[place > 1].sum()) / whole if whole > 0 else 0.0
    closed = f"{percent(later)} of the quantity was closed in round 2 and later"
    return sentence(f"forced selling came in up to {most} rounds within one tick", closed)


def depth(run: Any) -> str:
    """Say how thin the book became."""
    frame, names = run.timeline, names_of(run)
    parts = []
    for column, side in (("bid_depth", "bids"), ("ask_depth", "asks")):
        if column in frame and frame[column].notna().any():
            at, least = frame[column].idxmin(), float(frame[column].min())
            when = moment(pd.Timestamp(at).as_unit("ns").value, day=True)
            parts.append(f"{side} within 1 % of the best price were thinnest at {when}: {human(least)} {names.quote}")
    if not parts and "depth_multiplier" in frame:
        parts.append(f"the makers' depth fell to {percent(float(frame['depth_multiplier'].min()))} of normal")
    return sentence(*parts)


def cascade_sizes(run: Any) -> str:
    """Say how many cascades there were and how much the largest one had of all."""
    found, names = cascades(run), names_of(run)
    largest, whole = float(found["notional"].max()), float(found["notional"].sum())
    share = f", {percent(largest / whole)} of all that was liquidated" if whole > 0 else ""
    return sentence(f"of {len(found)} cascades the largest liquidated {human(largest)} {names.quote}{share}")
