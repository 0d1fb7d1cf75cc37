"""From a scenario to a finished world: built, and advanced in chunks that can be watched and interrupted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from cascade_sim.crowd import Crowd, build_crowd
from cascade_sim.engine.advance import advance
from cascade_sim.engine.heatmap import heat_rules
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.lending import lending_of, loans_of
from cascade_sim.engine.moves import Turnover
from cascade_sim.engine.replay import Pushes, lay_replay
from cascade_sim.engine.rules import rules_of
from cascade_sim.engine.tape import tape_of
from cascade_sim.engine.world import World, open_interest_margin, world_of_arrays
from cascade_sim.kernels.state import INVERSE, LINEAR, Positions
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.resolve import resolve

Progress = Callable[[int], None]

# How long a chunk should take: how soon the progress bar moves and Ctrl-C is heard.
CHUNK_S = 0.1
FIRST_CHUNK = 1_000
# A quiet stretch must not make the chunk so long that a storm after it is deaf to Ctrl-C.
LARGEST_CHUNK = 20_000


def crowd_signature(scenario: Scenario) -> str:
    """Return what a crowd's building depends on, as text: scenarios that share it have the same crowd."""
    exchange, market = scenario.exchange, scenario.market
    parts = [
        resolve(scenario.crowd),
        market.contract,
        market.price,
        resolve(exchange.maintenance),
        exchange.max_leverage,
        resolve(exchange.fees),
        resolve(scenario.clock),
        str(scenario.base_dir),
    ]
    return json.dumps(parts, sort_keys=True, default=str)


def build_world(
    scenario: Scenario,
    seed: int,
    crowd: Crowd | None = None,
    positions: Any = None,
    ordered: Positions | None = None,
    accounts: int = 0,
    pushes: Pushes | None = None,
) -> World:
    """Turn a scenario into arrays.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Seed of every random stream.
    crowd : Crowd, optional
        The crowd, where it has been built already.
    positions : pandas.DataFrame, optional
        Positions to stand in the market beside the scenario's cohorts; see `build_crowd`.
    ordered : Positions, optional
        That crowd in trigger order, where an earlier world had to sort it; copied.
    accounts : int
        Strategies that the market has room for.
    pushes : Pushes, optional
        Of a tracked run, sent again where this scenario would solve for its own.

    Returns
    -------
    World
        Before its first tick.

    Raises
    ------
    ScenarioError, DataError
        The crowd, loans or a recorded path cannot be built as the scenario says.
    """
    if crowd is None:
        crowd = build_crowd(scenario, seed, positions)
    index_start, tape = tape_of(scenario, seed)
    price = scenario.market.price
    inverse = scenario.market.contract == "inverse"
    entry = -1.0 / crowd.entry_price if inverse else crowd.entry_price
    margin = open_interest_margin(INVERSE if inverse else LINEAR, crowd.quantity, price)
    if margin == 0.0:  # a crowd that only arrives
        margin = float(crowd.entrants["notional"].sum()) / (price if inverse else 1.0)
    loans = loans_of(scenario, seed)
    if margin == 0.0:  # nobody on the exchange: what stands behind the loans
        margin = price * sum(float(each.collateral.sum()) for each in loans)
    rules = rules_of(scenario, margin, crowd.terms is not None)
    tape = lay_replay(scenario, rules, tape, pushes)
    heat_rules(scenario, rules, crowd, tape.path)
    world = world_of_arrays(
        rules,
        tape,
        price,
        index_start,
        crowd.side,
        crowd.trigger,
        crowd.quantity,
        crowd.bankruptcy,
        np.ascontiguousarray(entry),
        Turnover(crowd.terms, crowd.entrants, crowd.exit_tick, crowd.exit_position),
        ordered,
        accounts,
    )
    world.loans = loans or None
    world.lending = lending_of(scenario, seed, world.log.rows.shape[0], loans)
    return world


def run_world(world: World, progress: Progress | None = None) -> None:
    """Advance a world to its end, in chunks of about a tenth of a second.

    Parameters
    ----------
    world : World
        Changed in place. A KeyboardInterrupt passes through between two chunks: the world can then be
        advanced further to the same bits.
    progress : callable, optional
        Called with the number of ticks done after every chunk.
    """
    chunk = FIRST_CHUNK
    with interrupts_held() as listen:
        while world.tick < world.ticks:
            begin = time.perf_counter()
            done = advance(world, chunk)
            took = time.perf_counter() - begin
            if progress is not None:
                progress(done)
            listen()
            if took < 0.5 * CHUNK_S:
                chunk = min(2 * chunk, LARGEST_CHUNK)
            elif took > 2.0 * CHUNK_S:
                chunk = max(1, chunk // 2)
