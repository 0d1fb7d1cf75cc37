"""Who moved the price of a replay: what was pushed, what was forced, and what absorbed it, row by row."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cascade_sim.engine.paths import data_path
from cascade_sim.engine.replay import read_pushes
from cascade_sim.errors import CascadeError
from cascade_sim.plots.aggregate import Floats
from cascade_sim.plots.numbers import SECOND
from cascade_sim.plots.reading import Recording
from cascade_sim.plots.style import ABSORBED, LONG, OTHER_FLOW, PUSHED, SHORT

# Sums of the same orders in another order differ by rounding.
_ROUNDING = 1e-9
_COLUMNS = ("before", "after", "absorbs", "log_recorded")


class Mover(NamedTuple):
    """Signed trades of one kind.

    Attributes
    ----------
    words : str
        What they are, for a legend with room.
    short : str
        The same in a word or two.
    colour : str
        Theirs.
    amounts : ndarray, shape (n,)
        Quote notional in each row of the timeline, purchases positive.
    """

    words: str
    short: str
    colour: str
    amounts: Floats


class Pushes(NamedTuple):
    """Pushes of a replay, one a tick with a recorded price; arrays of shape (ticks,).

    Attributes
    ----------
    moments : ndarray of int64
        When the ticks ended, ns since 1970.
    before : ndarray
        Log returns of the index (news) or quantities, purchases positive.
    after : ndarray
        Quantities after the forced trades.
    absorbs : ndarray of bool
        Whether ``after`` went against forced trades.
    recorded : ndarray
        The recorded price.
    news : bool
        Whether news was pushed.
    tracked : bool
        Whether they were solved for in this run; else they are those of another, sent again.
    """

    moments: NDArray[np.int64]
    before: Floats
    after: Floats
    absorbs: NDArray[np.bool_]
    recorded: Floats
    news: bool
    tracked: bool


def is_replay(run: Any) -> bool:
    """Tell whether a run replays a recorded path or saved pushes."""
    timeline = getattr(run, "timeline", None)
    return timeline is not None and "absorbed" in timeline


def pushes_of(run: Any) -> Pushes | None:
    """Return what was solved for in a run, or what it read from a file; None where the file is not there any more."""
    frame = getattr(run, "push", None)
    replay = getattr(getattr(run.scenario, "flow", None), "replay", None)
    if frame is not None:
        ticks = frame["tick"].to_numpy()
        before, after, absorbs, recorded = (frame[name].to_numpy() for name in _COLUMNS)
        news, tracked = bool((frame["kind"] == "news").any()), True
    elif replay is not None and replay.mode == "push":
        try:
            sent = read_pushes(data_path(run.scenario, str(replay.file)), run.scenario, str(replay.file))
        except CascadeError:
            return None
        ticks = np.flatnonzero(np.isfinite(sent.target))
        before, after, absorbs, recorded = (part[ticks] for part in sent[:4])
        news, tracked = sent.news, False
    else:
        return None
    clock = run.scenario.clock
    start = pd.Timestamp(clock.start).as_unit("ns").value
    moments = start + np.rint((ticks + 1.0) * clock.tick * SECOND).astype(np.int64)
    return Pushes(moments, before, after, absorbs > 0, np.exp(recorded), news, tracked)


def recorded_price(pushes: Pushes | None, recording: Recording) -> Floats:
    """Return the recorded price at the end of each row, NaN where none is known."""
    if pushes is None:
        return np.full(recording.moments.size, np.nan)
    return pd.Series(pushes.recorded, index=pushes.moments).reindex(recording.moments).to_numpy(dtype=np.float64)


def _solved_orders(pushes: Pushes, recording: Recording) -> Floats:
    """Return the quantity that was solved for in each row, what absorbs left out."""
    sent = np.where(pushes.absorbs, 0.0, pushes.after) + (0.0 if pushes.news else pushes.before)
    rows = np.searchsorted(recording.moments, pushes.moments)
    inside = rows < recording.moments.size
    return np.bincount(rows[inside], sent[inside], recording.moments.size).astype(np.float64)


def movers_of(run: Any, recording: Recording, pushes: Pushes | None) -> list[Mover]:
    """Return the kinds of trade that took part: what was pushed, other flow, what was forced, what absorbed.

    Other flow is told apart in the run that the pushes were solved in, where they are traded whole; elsewhere it is
    part of what was pushed.
    """
    flow, absorbed = recording.flow("flow"), recording.flow("absorbed")
    pushed, other = flow, np.zeros_like(flow)
    tracked, news = pushes is not None and pushes.tracked, pushes is not None and pushes.news
    if pushes is not None and tracked:
        solved = _solved_orders(pushes, recording)
        if np.abs(flow - solved).max() > _ROUNDING * np.abs(flow).max():
            pushed, other = solved, flow - solved
    what = "corrections beside the news" if news else "pushed"
    how = "solved for" if tracked else "sent again, and other flow" if _other_flow(run) else "sent again"
    kinds = [
        (f"{what} ({how})", what.split()[0], PUSHED, pushed),
        ("other flow", "other flow", OTHER_FLOW, other),
        ("forced sales (longs)", "forced sales", LONG, -recording.flow("forced_sell")),
        ("forced purchases (shorts)", "forced purchases", SHORT, recording.flow("forced_buy")),
        (_absorbed_words(absorbed), "absorbed", ABSORBED, absorbed),
    ]
    return [Mover(*kind[:3], recording.notional(kind[3])) for kind in kinds if kind[3].any()]


def _other_flow(run: Any) -> bool:
    """Tell whether a scenario has flow beside its replay."""
    flow = getattr(run.scenario, "flow", None)
    return any(getattr(flow, name, None) for name in ("noise", "momentum", "value", "orders"))


def beside_the_book(recording: Recording) -> float:
    """Return the notional closed by force without a trade in the book: against winners, or taken by a vault."""
    return float(recording.notional(recording.flow("adl") + recording.flow("vault_taken")).sum())


def _absorbed_words(absorbed: Floats) -> str:
    """Say what the orders did that took the price back to the recorded one."""
    if (absorbed >= 0.0).all():
        return "absorbed: bought back after forced sales"
    if (absorbed <= 0.0).all():
        return "absorbed: sold back after forced purchases"
    return "absorbed: traded back after forced ones"
