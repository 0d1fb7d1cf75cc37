"""The album: which pictures a run has, in which order, how to read each, and what it shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from cascade_sim.engine.lending_frames import only_positions
from cascade_sim.metrics.coupling import coupling as coupling_of
from cascade_sim.metrics.sizes import cascades
from cascade_sim.plots import lending_words
from cascade_sim.plots import picture_words as words
from cascade_sim.plots.book_panel import changes
from cascade_sim.plots.entry import Entry
from cascade_sim.plots.headline import number_in
from cascade_sim.plots.lending_reading import pools_of
from cascade_sim.plots.movers import is_replay
from cascade_sim.plots.reading import names_of, recording_of

FEWEST_CASCADES = 20


def _replay(run: Any) -> bool:
    return is_replay(run) and len(run.timeline) > 0


def _heatmap(run: Any) -> bool:
    return getattr(run, "heatmap", None) is not None


def _crowd(run: Any) -> bool:
    crowd = getattr(run, "crowd_map", None)
    return crowd is not None and len(crowd["side"]) > 0


def _counterfactuals(run: Any) -> bool:
    return bool(getattr(run, "counterfactuals", None))


def _liquidations(run: Any) -> bool:
    events = getattr(run, "liquidations", None)
    return events is not None and len(only_positions(events)) > 0


def _account(run: Any) -> bool:
    known = [number_in(run.summary or {}, key) for key in ("collateral_lost", "loss_to_market")]
    return _liquidations(run) and not np.isnan(known).any()


def _depth(run: Any) -> bool:
    recording = recording_of(getattr(run, "timeline", None), run.scenario, names_of(run))
    columns = ("bid_depth", "ask_depth", "depth_multiplier")
    return recording is not None and any(changes(recording.column(name)) for name in columns)


def _lending(run: Any) -> bool:
    return len(run.timeline) > 0 and bool(pools_of(run))


def _loans(run: Any) -> bool:
    return _lending(run) and getattr(run, "loans", None) is not None


def _coupled(run: Any) -> bool:
    return coupling_of(run) is not None


def _cascades(run: Any) -> bool:
    return _liquidations(run) and len(cascades(run)) >= FEWEST_CASCADES


ENTRIES = (
    Entry(
        "timeline",
        "What happened, and when",
        "All panels share one clock: where the price runs away above tall bars of liquidations, forced trades push it.",
        words.timeline,
        "nothing",
        lambda run: True,
        at_once=True,
    ),
    Entry(
        "replay",
        "Who moved the price along the recorded one",
        "Bars above zero bought and bars below sold: what was pushed, what was forced, and what absorbed it by trading "
        "against it.",
        words.replay,
        "a replay (flow.replay in the scenario)",
        _replay,
        at_once=True,
    ),
    Entry(
        "heatmap",
        "Where liquidations waited, over time",
        "The brighter a place, the more open positions would be liquidated if the price (the white line) went there.",
        words.heatmap,
        "record.heatmap in the scenario",
        _heatmap,
        at_once=True,
    ),
    Entry(
        "liquidation_map",
        "Where the crowd stood before it began",
        "Bars show what would be liquidated at each price; the curves add them up from the start price to both sides.",
        words.liquidation_map,
        "a crowd",
        _crowd,
        at_once=True,
    ),
    Entry(
        "compare",
        "What would have happened under other rules",
        "Each line is the same market with the same luck and something changed; the gap between two is what that "
        "change does.",
        words.compare,
        "counterfactuals (compare in the scenario)",
        _counterfactuals,
        at_once=True,
    ),
    Entry(
        "lending",
        "Lending on the chain, beside the exchange",
        "All panels share one clock: where an oracle lies above the price, the pool does not see what is in danger.",
        lending_words.lending,
        "a lending pool (lending in the scenario)",
        _lending,
        at_once=True,
    ),
    Entry(
        "health",
        "How health factors were eaten",
        "Debt below the broken line may be liquidated; what leaves the upper panel is found in the one below it.",
        lending_words.health,
        "a lending pool, and its loans",
        _loans,
        at_once=True,
    ),
    Entry(
        "coupling",
        "How much the exchange and lending each add",
        "From left to right: the move without either, what each side adds alone, and what both add beyond that.",
        lending_words.coupling,
        "the counterfactuals no_lending, no_exchange_liquidations and neither (compare in the scenario)",
        _coupled,
        at_once=True,
    ),
    Entry(
        "waterfall",
        "Who paid, and who received it",
        "Rising bars show who paid for the liquidations, falling ones who received it; both add up to the same.",
        words.waterfall,
        "a liquidation, and a summary that says who paid",
        _account,
        at_once=True,
    ),
    Entry(
        "rounds",
        "How one liquidation set off the next",
        "Round 1 is what the market's own move fired; each later one by the forced trades of the round before.",
        words.rounds,
        "a liquidation",
        _liquidations,
    ),
    Entry(
        "depth",
        "How much the order book could take",
        "The wider the bands, the more could be traded near the best price; where they are thin, a sale moves it more.",
        words.depth,
        "a depth that varies",
        _depth,
    ),
    Entry(
        "cascade_sizes",
        "How large the cascades were",
        "Each point is a cascade: to the right its size, upwards the share of cascades that were at least as large.",
        words.cascade_sizes,
        f"{FEWEST_CASCADES} cascades",
        _cascades,
    ),
)


ALBUM = {entry.name: entry for entry in ENTRIES}


def pictures_of(run: Any) -> dict[str, Entry]:
    """Return the pictures that have something to say for a run, by name, in the album's order.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict of str to Entry
        ``entry.draw(run)`` makes the figure.
    """
    return {name: entry for name, entry in ALBUM.items() if entry.has(run)}
