"""Cascades on trigger maps from plain arrays: one sale into a flat book, in many worlds at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cascade_sim.engine.batch import BLOCK_BYTES, in_blocks, to_the_end
from cascade_sim.engine.rules import rules_of
from cascade_sim.engine.tape import tape_with
from cascade_sim.engine.world import bound_prices, clock_minutes, count_crowd, empty_log, first_state
from cascade_sim.kernels import many
from cascade_sim.kernels.outcome import OUTCOME
from cascade_sim.scenario import Scenario

POSITION_BYTES, WORLD_BYTES = 120, 2500


class Cascades(NamedTuple):
    """What the cascades of several worlds came to, each of shape (worlds,).

    Attributes
    ----------
    drop : ndarray of float64
        Fall of the best bid, as a log-distance.
    size : ndarray of int64
        Liquidations.
    forced : ndarray of float64
        Quantity sold by force, base units.
    """

    drop: npt.NDArray[np.float64]
    size: npt.NDArray[np.int64]
    forced: npt.NDArray[np.float64]


def _textbook(density: float) -> Scenario:
    """One tick of a linear contract at price 1, marked to the last trade, in a flat book that nothing refills."""
    depth = {"within": 0.01, "notional": 0.01 * density}
    market = {"price": 1, "mark": {"kind": "last"}, "book": {"shape": "linear", "depth": depth}}
    exchange = {"adl": False, "socialise": False, "insurance_fund": 0}
    about = {"name": "Cascades on trigger maps", "clock": {"duration": 1}}
    return Scenario.model_validate({**about, "market": market, "exchange": exchange})


def run_maps(
    distance: npt.NDArray[np.float64],
    quantity: npt.NDArray[np.float64] | float,
    *,
    density: float,
    sale: float = 0.0,
    threads: int = 1,
    block_bytes: int = BLOCK_BYTES,
) -> Cascades:
    """Sell into a flat book in many worlds, each with longs of its own below the price, and count what follows.

    Parameters
    ----------
    distance : ndarray of float64, shape (worlds, n)
        Log-distances of the longs' liquidation prices below the start price, ascending in every world. One at 0 fires
        without a sale. Positions are bankrupt where they are liquidated.
    quantity : float, or ndarray of float64, shape (worlds, n)
        Base units.
    density : float
        Base units that the book's bids hold per unit of log-distance.
    sale : float
        Base units sold at market before anybody is liquidated.
    threads, block_bytes : int
        As in `run_batch`; they change nothing.

    Returns
    -------
    Cascades
        A world of which ``size`` is ``n`` may have gone on, had it had more positions.

    Raises
    ------
    ValueError
        If the distances are negative or not ascending.

    Notes
    -----
    Runs through the tick loop of every other run, rounds, ledger and event rows included. Nothing trades below a
    millionth of the price: keep ``(sale + all quantities) / density`` below 13. Cost: 1 us a world and 40 ns a
    liquidation.
    """
    worlds, n = distance.shape
    if n and not (np.all(distance[:, 0] >= 0.0) and np.all(distance[:, 1:] >= distance[:, :-1])):
        raise ValueError("distances must be 0 or more, and ascend in every world")
    scenario = _textbook(density)
    rules = rules_of(scenario, 1.0)
    rules["scale_bid"] = rules["scale_ask"] = density
    bound_prices(rules, 1.0)
    path = np.ones((1, 1))
    tape = tape_with(scenario, path[0], np.log(path[0]), np.empty(0))
    if sale > 0.0:  # a notional is turned into a quantity at the index, which is 1
        tape = tape._replace(order_tick=np.zeros(1, np.int64), order_notional=np.array([-sale]))
    start = first_state(rules, tape, 1.0, 1.0)
    paths = many.Paths(path, np.log(path), np.empty((1, 0)))
    found = Cascades(np.empty(worlds), np.empty(worlds, np.int64), np.empty(worlds))

    def build(rows: slice) -> Callable[[], None]:
        trigger = np.exp(-distance[rows])
        count = trigger.shape[0]
        size = np.array(np.broadcast_to(quantity, distance.shape)[rows])
        index = np.tile(np.arange(n, dtype=np.int32), (count, 1))
        crowds = many.SortedCrowds(-trigger, size, trigger, index, np.ones((1, n)), np.empty(0, np.int64), n)
        states, outcomes = np.repeat(start, count), np.zeros(count, OUTCOME)
        count_crowd(states, size, n, n)
        own = np.repeat(rules, count)
        own["open_interest_margin"] = np.maximum(states["open_long"], 1e-300)
        log = empty_log(n, rules, 1, clock_minutes(rules, 1))

        def to_their_end() -> None:
            to_the_end(own, states, crowds, paths, tape, log, outcomes)
            found.drop[rows] = states["distance_bid"]
            found.size[rows] = outcomes["liquidations"]
            found.forced[rows] = outcomes["quantity"]

        return to_their_end

    in_blocks(build, worlds, block_bytes // (POSITION_BYTES * n + WORLD_BYTES), threads)
    return found
