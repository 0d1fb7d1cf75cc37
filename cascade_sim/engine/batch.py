"""Many small worlds of one scenario, which differ in their seed: built array-wise, advanced in compiled code."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cascade_sim.crowd.many import Crowds, build_crowds, depends_on_seed, only_drawn_or_placed
from cascade_sim.engine.advance import advance, sort_crowd
from cascade_sim.engine.order import in_trigger_order
from cascade_sim.engine.paths import index_paths
from cascade_sim.engine.rules import rules_of
from cascade_sim.engine.tape import noises, tape_with
from cascade_sim.engine.venue_rules import triggers_change
from cascade_sim.engine.world import World, bound_prices, clock_minutes, count_crowd, empty_log, first_state
from cascade_sim.kernels import many
from cascade_sim.kernels.outcome import OUTCOME, conclude
from cascade_sim.kernels.state import Log, Positions, Tape
from cascade_sim.kernels.triggers import split_sides
from cascade_sim.scenario import Scenario

# Beyond this many traders a run alone is about as quick (benchmarks/batches.py).
MOST_TRADERS = 10_000
# What the worlds that are built together take: near the processor, and one block of `crowd.generate` a cohort.
BLOCK_BYTES = 6_500_000
TRADER_BYTES = 200
TICK_BYTES = 24
_RANDOM_PATHS = ("gbm", "jumps")
_NEVER = np.array([0.0, np.inf]).view(np.uint64)


@dataclass(frozen=True)
class Batch:
    """What the worlds of a batch came to.

    Attributes
    ----------
    seeds : tuple of int
        One a world.
    outcomes : ndarray of OUTCOME, shape (worlds,)
        What a summary is made of, `metrics.many.summarise_many`.
    """

    seeds: tuple[int, ...]
    outcomes: np.ndarray


def batchable(scenario: Scenario) -> bool:
    """Tell whether the runs of a scenario can be done in a batch, and gain by it.

    They can where every cohort is drawn or placed and only holds its positions, no trigger changes during the run but
    everybody's at once, nobody lends, and no liquidation map is kept; they gain up to `MOST_TRADERS` traders.
    """
    traders = sum(cohort.traders or 0 for cohort in scenario.crowd.values())
    return (
        traders <= MOST_TRADERS
        and scenario.record.heatmap is None
        and scenario.flow.replay is None
        and not scenario.lending
        and only_drawn_or_placed(scenario)
        and not triggers_change(scenario, defended=False)
    )


def run_batch(scenario: Scenario, seeds: Sequence[int], threads: int = 1, block_bytes: int = BLOCK_BYTES) -> Batch:
    """Run a scenario once for every seed.

    Parameters
    ----------
    scenario : Scenario
        A `batchable` one.
    seeds : sequence of int
        One a run.
    threads : int
        How many advance worlds while the caller's builds the next ones. Every world writes rows of its own, so that any
        number gives the same bits.
    block_bytes : int
        About how much memory the worlds that are built together may take; changes nothing else.

    Returns
    -------
    Batch
        Each world to the bit what `build_world` and `advance` give for its seed.

    Raises
    ------
    ValueError
        If the scenario is not batchable.
    ScenarioError, DataError
        If any of the crowds, or a path, cannot be built as the scenario says. Nothing is returned of the other worlds:
        run the seeds one by one to have those, and each seed's own message.
    """
    if not batchable(scenario):
        raise ValueError(f"{scenario.name}: its runs cannot be done in a batch; run them one by one")
    given = tuple(int(seed) for seed in seeds)
    outcomes = np.zeros(len(given), OUTCOME)
    if not given:
        return Batch(given, outcomes)
    work = _Work(scenario, given[0])

    def build(rows: slice) -> Callable[[], None]:
        return work.build(given[rows], outcomes[rows])

    in_blocks(build, len(given), block_bytes // work.world_bytes, threads)
    return Batch(given, outcomes)


def in_blocks(build: Callable[[slice], Callable[[], None]], worlds: int, most: int, threads: int) -> None:
    """Build worlds in slices of at most ``most``, and advance each slice, in other threads where asked for.

    Parameters
    ----------
    build : callable
        Takes a slice of worlds and returns what advances them, which writes only what belongs to them and hardly
        needs Python's lock: building needs it nearly all the time, so that two threads that build only wait for each
        other.
    worlds, most, threads : int
        What fits into one slice is not cut for the threads' sake: small arrays cost more than a second thread gains.
    """
    step = max(1, most)
    blocks = [slice(start, min(start + step, worlds)) for start in range(0, worlds, step)]
    if threads == 1 or len(blocks) < 2 * threads:
        for block in blocks:
            build(block)()
        return
    pool, under_way = ThreadPoolExecutor(threads), deque[Future[None]]()
    try:
        for block in blocks:
            under_way.append(pool.submit(build(block)))
            if len(under_way) > threads:
                under_way.popleft().result()
        for future in under_way:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def to_the_end(
    rules: np.ndarray,
    states: np.ndarray,
    crowds: many.SortedCrowds,
    paths: many.Paths,
    tape: Tape,
    log: Log,
    outcomes: np.ndarray,
) -> None:
    """Advance worlds to their end and write what they came to; those that ask for it are sorted anew.

    Parameters
    ----------
    rules, states, outcomes : ndarray of RULES, STATE and OUTCOME, shape (worlds,)
    crowds, paths, tape, log
        See `kernels.many.advance_worlds`. Event rows cannot run out: a position fires once, and has a row.
    """
    which = -1
    while True:
        which = many.advance_worlds(which + 1, states.size, rules, states, crowds, paths, tape, log, outcomes)
        if which == states.size:
            return
        row = slice(which, which + 1)
        path, log_path, noise = (each[which % each.shape[0]] for each in paths)
        own_tape = tape._replace(path=path, log_path=log_path, noise=noise)
        world = World(rules[row], states[row], one_of(crowds, which), own_tape, log)
        sort_crowd(world)
        advance(world, world.ticks)
        conclude(world.rules, world.state, world.positions.entry, log, world.ticks, outcomes[row])


class _Work:
    """What the worlds of a scenario share, and how some of them are run."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.price = scenario, scenario.market.price
        self.inverse = scenario.market.contract == "inverse"
        self.index_start, path = index_paths(scenario, (seed,))
        self.path = None if scenario.market.index.path.kind in _RANDOM_PATHS else (path, np.log(path))
        self.tape: Tape = tape_with(scenario, path[0], np.log(path[0]), np.empty(0))
        self.rules = rules_of(scenario, 1.0)
        bound_prices(self.rules, self.price)
        self.state = first_state(self.rules, self.tape, self.price, self.index_start)
        self.ticks = path.shape[1]
        self.traders = sum(cohort.traders or 0 for cohort in scenario.crowd.values())
        self.crowd = None if depends_on_seed(scenario) else self._sorted((seed,))

    @property
    def world_bytes(self) -> int:
        return TRADER_BYTES * self.traders + TICK_BYTES * self.ticks + self.state.nbytes + self.rules.nbytes

    def build(self, seeds: tuple[int, ...], outcomes: np.ndarray) -> Callable[[], None]:
        """Build some worlds; what is returned advances them to their end and writes what they came to."""
        crowds, start_quantity = self.crowd or self._sorted(seeds)
        if self.crowd is not None:
            crowds, start_quantity = copies(crowds, len(seeds)), np.repeat(start_quantity, len(seeds))
        rules, states = np.repeat(self.rules, len(seeds)), np.repeat(self.state, len(seeds))
        margin = start_quantity / self.price if self.inverse else start_quantity * self.price
        rules["open_interest_margin"] = np.where(margin > 0.0, margin, 1.0)
        count_crowd(states, crowds.quantity, crowds.longs, self.traders)
        paths = self._paths(seeds)
        log = empty_log(self.traders, self.rules, self.ticks, clock_minutes(self.rules, self.ticks))
        outcomes["start_quantity"] = start_quantity
        return lambda: to_the_end(rules, states, crowds, paths, self.tape, log, outcomes)

    def _paths(self, seeds: tuple[int, ...]) -> many.Paths:
        noise = noises(self.scenario, seeds)
        if self.path is not None:
            return many.Paths(*self.path, noise)
        path = index_paths(self.scenario, seeds)[1]
        return many.Paths(path, np.log(path), noise)

    def _sorted(self, seeds: tuple[int, ...]) -> tuple[many.SortedCrowds, np.ndarray]:
        """Return crowds in trigger order, and their open quantity."""
        built = build_crowds(self.scenario, seeds)
        entry = -1.0 / built.entry_price if self.inverse else built.entry_price
        return in_trigger_orders(built, np.ascontiguousarray(entry)), built.quantity.sum(axis=1)


def copies(crowds: many.SortedCrowds, worlds: int) -> many.SortedCrowds:
    """Return one world's crowd as that of several worlds; entries, which nothing changes, stay one row."""
    key, quantity, bankruptcy, index = (
        np.repeat(column, worlds, axis=0) for column in (crowds.key, crowds.quantity, crowds.bankruptcy, crowds.index)
    )
    return crowds._replace(key=key, quantity=quantity, bankruptcy=bankruptcy, index=index)


def one_of(crowds: many.SortedCrowds, which: int) -> Positions:
    """Return one world's positions; views, whose changes are the crowds'."""
    return Positions(
        crowds.key[which],
        crowds.quantity[which],
        crowds.bankruptcy[which],
        crowds.index[which],
        crowds.entry[which % crowds.entry.shape[0]],
        crowds.heat,
        crowds.longs,
    )


def in_trigger_orders(built: Crowds, entry: np.ndarray) -> many.SortedCrowds:
    """Return crowds in trigger order; see `engine.order.in_trigger_order`.

    Parameters
    ----------
    built : Crowds
    entry : ndarray of float64, shape (worlds, n)
        u-values of the entry prices.
    """
    worlds, n = built.trigger.shape
    longs = int(np.count_nonzero(built.side > 0))
    places = np.empty(n, np.int32)
    split_sides(built.side, places[:longs], places[longs:])
    key, quantity, bankruptcy = (np.empty((worlds, n)) for _ in range(3))
    index = np.empty((worlds, n), np.int32)
    crowds = many.SortedCrowds(key, quantity, bankruptcy, index, entry, np.empty(0, np.int64), longs)
    settled = np.empty(worlds, np.bool_)
    many.sort_worlds(
        built.trigger.view(np.uint64),
        places,
        longs,
        _NEVER,
        max(1, int(n - 1).bit_length()),
        np.empty(n, np.uint64),
        crowds,
        key.view(np.uint64),
        built.trigger,
        built.quantity,
        built.bankruptcy,
        settled,
    )
    for world in np.flatnonzero(~settled).tolist():
        whole = built.trigger[world], built.quantity[world], built.bankruptcy[world], entry[world]
        alone = in_trigger_order(built.side, *whole)
        key[world], quantity[world], bankruptcy[world], index[world] = alone[:4]
    return crowds
