"""Stand-in replays: a tracked fall in which forced sales are partly bought back, and its variants."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from plots.stand_ins import small_run


def replayed_run(rows: int = 45, news: bool = False, scale: float = 1.0) -> SimpleNamespace:
    """A tracked replay: a sale each second, forced sales from a third of the run on, half of them bought back."""
    run = small_run(rows)
    frame = run.timeline
    ticks = np.arange(rows)
    frame[["mark", "bid", "ask", "index"]] *= scale
    run.scenario.market.price *= scale
    frame["mid"] = frame["mark"]
    frame["absorbed"] = 0.5 * frame["forced_sell"]
    absorbs = frame["absorbed"].to_numpy() > 0.0
    before = np.where(ticks % 5 == 4, 3.0, -2.0)
    after = np.where(absorbs, frame["absorbed"], 0.25)
    sent = np.where(absorbs, 0.0, after) + (0.0 if news else before)
    frame["flow"] = sent
    run.push = pd.DataFrame(
        {
            "tick": ticks,
            "before": 1e-3 * before if news else before,
            "after": after,
            "kind": pd.Categorical(["news" if news else "order"] * rows, categories=["order", "news"]),
            "absorbs": absorbs,
            "log_recorded": np.log(frame["mid"].to_numpy()),
        }
    )
    run.scenario.flow = SimpleNamespace(replay=SimpleNamespace(mode="tracked", file="spot.csv"))
    run.summary |= {
        "tracked_ticks": rows,
        "missed_ticks": 0,
        "absorbed_ticks": int(absorbs.sum()),
        "absorbed_share": 0.5,
    }
    return run


def uneventful_run() -> SimpleNamespace:
    """A tracked replay in which nobody is liquidated."""
    run = replayed_run()
    run.timeline[["forced_sell", "absorbed"]] = 0.0
    run.push["absorbs"] = False
    run.timeline["flow"] = run.push["before"].to_numpy() + run.push["after"].to_numpy()
    run.summary |= {"liquidated_notional": 0.0, "liquidated_count": 0, "absorbed_ticks": 0, "absorbed_share": None}
    return run
