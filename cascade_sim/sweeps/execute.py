"""Tasks in, finished rows out, on whatever executor: few chunks under way, and workers that may die."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from functools import lru_cache
from typing import TYPE_CHECKING

from cascade_sim.errors import RunError
from cascade_sim.sweeps.chunks import Chunk, Pieces, Sizes
from cascade_sim.sweeps.executors import Workers

if TYPE_CHECKING:
    from cascade_sim.sweeps.plan import Plan, Task
    from cascade_sim.sweeps.work import Done

    Work = Callable[[Plan, list[Task]], Done]

DIED = (
    "the worker that ran it died, twice, with nothing else running beside it; probably there was not enough memory: "
    "use a smaller crowd, fewer ticks or a larger machine"
)
_LOOK_S = 1.0
_MOST_DEATHS = 2
_one_at_a_time = threading.Lock()


def execute(
    plan: Plan,
    tasks: Iterable[Task],
    workers: Workers,
    total: int,
    work: Work | None = None,
    idle: Callable[[], object] | None = None,
) -> Iterator[Done]:
    """Run tasks and yield what is finished, as it comes.

    Parameters
    ----------
    plan : Plan
    tasks : iterable of Task
        Taken as they are needed; tasks of one crowd are neighbours and stay so.
    workers : Workers
        From `executors.as_workers`; the caller closes them.
    total : int
        Number of runs in the tasks.
    work : callable, optional
        What a worker calls, importable by its name; `work.run_tasks` if left out.
    idle : callable, optional
        Called about once a second, also while nothing is finished.

    Yields
    ------
    Done
        Each run once, in no order to rely on. A run that killed its workers is a row that says so.

    Raises
    ------
    RunError
        Workers cannot start, the scheduler is lost, or a worker has other versions.
    KeyboardInterrupt
        After everything that was finished has been yielded.

    Notes
    -----
    No more than two chunks a worker are under way, each of about a second: what the parent holds does not grow with
    the sweep, and Ctrl-C loses no more than a chunk. A chunk that was under way at two deaths is cut into single
    runs, which are then done one at a time: a run of which a worker dies twice while nothing else runs is given up.
    """
    if work is None:
        from cascade_sim.sweeps.work import run_tasks

        work = run_tasks
    return _Execution(plan, tasks, workers, total, work).done(idle or (lambda: None))


class _Execution:
    def __init__(self, plan: Plan, tasks: Iterable[Task], workers: Workers, total: int, work: Work) -> None:
        self._plan, self._workers, self._work = plan, workers, work
        self._pieces, self._sizes = Pieces(tasks), Sizes(total)
        self._again: deque[Chunk] = deque()
        self._suspects: deque[Chunk] = deque()
        self._flying: dict[Future[tuple[float, Done]], Chunk] = {}
        self._proved = not workers.one_by_one
        self._broken = False

    def done(self, idle: Callable[[], object]) -> Iterator[Done]:
        try:
            while self._hand_out():
                finished, _ = wait(self._flying, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                idle()
                if not finished:
                    self._workers.check()
                yield from self._collect(finished)
                if self._broken:
                    # All that was handed to a broken executor ends at once, most of it broken too.
                    yield from self._collect(wait(self._flying).done)
                    self._workers.renew()
                    self._broken = False
        except KeyboardInterrupt:
            yield from self._collect([future for future in self._flying if future.done()])
            raise
        finally:
            for future in self._flying:
                future.cancel()

    def _hand_out(self) -> bool:
        """Give the workers what they have room for; tell whether anything is under way."""
        if self._suspects:
            if not self._flying:
                self._submit(self._suspects.popleft())
            return True
        room = self._workers.count() * self._workers.ahead if self._proved else 1
        while len(self._flying) < room and not self._broken:
            chunk = self._again.popleft() if self._again else self._new_chunk()
            if chunk is None:
                break
            self._submit(chunk)
        return bool(self._flying or self._broken)

    def _new_chunk(self) -> Chunk | None:
        chunk = self._pieces.take(self._sizes.next(self._workers.count()))
        if chunk is not None:
            self._sizes.handed_out(chunk.runs)
        return chunk

    def _submit(self, chunk: Chunk) -> None:
        workers = self._workers
        try:
            future = workers.executor.submit(
                _timed, self._work, self._plan, chunk.tasks, workers.threads, workers.versions
            )
        except BrokenExecutor:
            self._broken = True
            (self._suspects if chunk.alone else self._again).appendleft(chunk)
        else:
            self._flying[future] = chunk

    def _collect(self, finished: Iterable[Future[tuple[float, Done]]]) -> Iterator[Done]:
        for future in finished:
            chunk = self._flying.pop(future)
            try:
                seconds, done = future.result()
            except BrokenExecutor:
                self._broken = True
                yield from self._died(chunk, 1)
            except CancelledError:
                raise self._workers.lost() from None
            except Exception as error:
                if not self._workers.is_death(error):
                    raise
                yield from self._died(chunk, _MOST_DEATHS)
            else:
                self._proved = True
                self._sizes.measured(chunk.runs, seconds)
                yield done

    def _died(self, chunk: Chunk, times: int) -> Iterator[Done]:
        chunk.deaths += times
        if chunk.deaths < _MOST_DEATHS:
            (self._suspects if chunk.alone else self._again).append(chunk)
        elif not chunk.alone:
            self._suspects.extend(chunk.single_runs())
        else:
            from cascade_sim.sweeps.work import Done, fail

            done = Done.nothing(self._plan)
            for task in chunk.tasks:
                fail(done, self._plan, task, DIED)
            yield done


def _timed(
    work: Work, plan: Plan, tasks: list[Task], threads: int | None, wanted: dict[str, str] | None
) -> tuple[float, Done]:
    """Do a chunk, in a worker; return the seconds it took beside what came of it."""
    if wanted is not None and (found := _versions()) != wanted:
        others = ", ".join(f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name])
        raise RunError(f"a worker has other versions ({others}); install the same on all machines")
    # A process keeps the latest crowd for the next run, and kernels do not let threads run beside each other anyway.
    with _one_at_a_time:
        if threads is not None:
            _use_threads(threads)
        start = time.perf_counter()
        done = work(plan, tasks)
        return time.perf_counter() - start, done


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    from cascade_sim.engine.provenance import versions

    return versions()


def _use_threads(threads: int) -> None:
    # Work without kernels need not load numba for this.
    numba = sys.modules.get("numba")
    if numba is not None and numba.get_num_threads() != threads:
        numba.set_num_threads(threads)
