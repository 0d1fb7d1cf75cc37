"""Stand-in runs with the columns of every rule, with events and orders."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from plots.stand_ins import crash_run


def event_of(at: object, what: str, source: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        at=at if isinstance(at, float) else pd.Timestamp(at).to_pydatetime(), what=what, source=source
    )


def order_of(at: float, signed_notional: float, over: float = 0.0) -> SimpleNamespace:
    return SimpleNamespace(at=at, signed_notional=signed_notional, over=over)


def add_book(run: SimpleNamespace, full: float = 10e6) -> SimpleNamespace:
    """Give a run the depth columns of an engine that records them; bids thinner where somebody was sold out."""
    frame = run.timeline
    frame["ask_depth"] = full * frame["depth_multiplier"]
    frame["bid_depth"] = frame["ask_depth"] * np.where(frame["forced_sell"] > 0, 0.6, 0.9)
    return run


def full_run(rows: int = 2_600) -> SimpleNamespace:
    """March 2020 with every column that a venue's rules can bring, two events and an order."""
    run = add_book(crash_run(rows, 93_600 / rows))
    frame = run.timeline
    frame["vault_inventory"] = 0.5 * frame["engine_inventory"]
    frame["entries"], frame["exits"] = 2_000.0, 1_500.0
    frame["funding_rate"] = np.where(np.arange(rows) < rows // 2, 1e-4, -3.75e-3)
    run.scenario.events = [
        event_of("2020-03-13T02:16:00Z", "the venue goes down", "https://www.example.org/status/13?x=1"),
        event_of("2020-03-12T10:30:00Z", "first leg", "Binance BTCUSDT spot bars"),
    ]
    run.scenario.flow = SimpleNamespace(orders=[order_of(3600.0, -40e6, 20.0)])
    return run
