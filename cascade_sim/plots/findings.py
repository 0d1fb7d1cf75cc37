"""What a run's numbers say, in words: for those who read, and for those who cannot see a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cascade_sim.plots.headline import fell_most, number_in
from cascade_sim.plots.numbers import human, moment, percent, price
from cascade_sim.plots.reading import Names, names_of

# Who bears a loss, as the summary counts it, and how one says so.
_BORNE = {
    "collateral_lost": "the liquidated traders lost {} of margin",
    "fund_paid": "the insurance fund paid {}",
    "adl_forgone": "deleveraged winners gave up {} of profit",
    "socialised_loss": "{} was taken from all winners together",
    "bad_debt": "{} was covered by nobody",
}
_WORTH_SAYING = 1e-6


def summary_of(run: Any) -> Mapping[str, Any]:
    """Return a run's summary; empty where it has none."""
    return run.summary or {}


def move_words(run: Any) -> str:
    """Say how far the mark went: ``the mark price fell 49.4 % from 7,647 to 3,866 by 02:00 on 13 Mar 2020``."""
    summary = summary_of(run)
    falling = fell_most(summary)
    size = number_in(summary, "max_drawdown" if falling else "max_runup")
    if np.isnan(size):
        return "the way of the mark price is not known"
    if size == 0:
        return "the mark price did not move"
    words = f"the mark price {'fell' if falling else 'rose'} {percent(size)}"
    begin, end, at = _fall_of(summary, size) if falling else _rise_of(run, size)
    if end > 0:
        words += f" from {price(begin)} to {price(end)}"
    return f"{words} by {_by(at)}" if at is not None else words


def _fall_of(summary: Mapping[str, Any], size: float) -> tuple[float, float, int | None]:
    low = number_in(summary, "low_mark")
    at = summary.get("low_time")
    return low / (1.0 - size) if size < 1 else np.nan, low, pd.Timestamp(at).as_unit("ns").value if at else None


def _rise_of(run: Any, size: float) -> tuple[float, float, int | None]:
    """Find the rise among the recorded rows; its ends are left out where the rows are too far apart to show it."""
    frame = getattr(run, "timeline", None)
    if frame is None or not len(frame):
        return np.nan, np.nan, None
    mark = frame["mark"].to_numpy(dtype=np.float64, na_value=np.nan)
    start = float(getattr(run.scenario.market, "price", np.nan))
    lowest = np.fmin.accumulate(np.concatenate([[start], mark]))[1:]
    ratio = np.nan_to_num(mark / lowest - 1.0)
    top = int(np.argmax(ratio))
    at = pd.DatetimeIndex(frame.index)[top].as_unit("ns").value
    shown = abs(ratio[top] - size) < 0.005 * size
    return (float(lowest[top]), float(mark[top]), at) if shown else (np.nan, np.nan, None)


def _by(at: int) -> str:
    """Write a moment to the second, with the year; seconds that are zero are left out."""
    time = pd.Timestamp(at, unit="ns").round("s")
    return f"{moment(time.value, seconds=time.second > 0, day=True)} {time.year}"


def liquidated_words(run: Any, currency: Names | None = None) -> str:
    """Say how much was liquidated: ``532M USD was liquidated, 100 % of it longs, 56.0 % of open interest``."""
    summary, names = summary_of(run), currency or names_of(run)
    notional = number_in(summary, "liquidated_notional")
    if not notional > 0:
        return "nobody was liquidated"
    words = f"{human(notional)} {names.quote} was liquidated"
    longs, cleared = number_in(summary, "liquidated_share_long"), number_in(summary, "open_interest_cleared")
    if not np.isnan(longs):
        side, share = ("longs", longs) if longs >= 0.5 else ("shorts", 1 - longs)
        words += f", all of it {side}" if share == 1 else f", {percent(share)} of it {side}"
    if cleared > 0:
        words += f", and {percent(cleared)} of open interest was closed by force"
    return words


def amplification_words(run: Any) -> str:
    """Say what forced selling added to the move; nothing where that is not known."""
    amplification = number_in(summary_of(run), "amplification")
    if np.isnan(amplification):
        return ""
    return f"{amplification:.2f} times the {'fall' if fell_most(summary_of(run)) else 'rise'} without forced selling"


def loss_words(run: Any, currency: Names | None = None) -> str:
    """Say who bore the loss, largest first: ``the liquidated traders lost 19.7k coin of margin``."""
    summary, names = summary_of(run), currency or names_of(run)
    found = {key: number_in(summary, key) for key in _BORNE}
    if np.isnan(found["fund_paid"]):
        found["fund_paid"] = number_in(summary, "insurance_fund_used")
    least = _WORTH_SAYING * max((amount for amount in found.values() if amount > 0), default=0.0)
    kept = sorted((key for key in found if found[key] > least), key=lambda key: -found[key])
    return in_a_row([_BORNE[key].format(f"{human(found[key])} {names.margin}") for key in kept])


def in_a_row(parts: list[str]) -> str:
    """Join words as a sentence does: ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
