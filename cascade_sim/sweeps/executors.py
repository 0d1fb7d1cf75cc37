"""Where runs are done: in this process, in a pool of processes, or on an executor that somebody gives."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, process
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.errors import CascadeError, RunError

WORK = "cascade_sim.sweeps.work"
_ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_NAME = "cascade_sim worker"
_NO_GUARD = 97
_UNGUARDED = (
    "the script that asks for the sweep is run again by every worker process, and would ask again; put what it does "
    'under `if __name__ == "__main__":`, or pass workers=1 to run in this process'
)


def processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class Workers:
    """Those who do the runs: an executor, how many work at once, and what to do when one dies.

    Attributes
    ----------
    executor : concurrent.futures.Executor
    ahead : int
        Chunks that each worker has before it or in hand.
    one_by_one : bool
        Whether the first chunk is to come back before others are handed out: it compiles what all need.
    threads : int or None
        numba threads of a worker; None leaves them as they are.
    versions : dict or None
        Versions that a worker must have; None where it cannot have others.
    """

    executor: Executor
    ahead = 2
    one_by_one = False
    threads: int | None = 1
    versions: dict[str, str] | None = None

    def count(self) -> int:
        """Return how many work at once just now."""
        return 1

    def check(self) -> None:
        """Raise RunError if nobody is there who could do what was handed out."""

    def lost(self) -> RunError:
        """Return the error that says that what was handed out will not come back."""
        return RunError("the executor dropped what it was given; rows that were finished are kept, run it again")

    def is_death(self, error: BaseException) -> bool:
        """Tell whether an error of a chunk means that its workers died of it again and again."""
        return any(kind.__name__ == "KilledWorker" for kind in type(error).__mro__)

    def renew(self) -> None:
        """Replace an executor that broke.

        Raises
        ------
        RunError
            It cannot be replaced.
        """
        raise RunError("the executor that was given broke; rows that were finished are kept, give a new executor")

    def close(self, at_once: bool = False) -> None:
        """Let the workers go; ``at_once`` stops them in the middle of what they do."""

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        self.close(at_once=kind is not None)


class InProcess(Executor):
    """An executor that runs what it is given at once, in this process; Ctrl-C passes through."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function and return a future that is finished."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Here(Workers):
    """The process that asks, without any other."""

    ahead = 1
    threads = None

    def __init__(self) -> None:
        self.executor = InProcess()


class Given(Workers):
    """An executor of somebody else, who also closes it."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._count = int(getattr(executor, "_max_workers", 0) or processors())

    def count(self) -> int:
        """Return how many workers the executor says it has, or the number of processors."""
        return self._count


class LocalPool(Workers):
    """Processes of this machine.

    Parameters
    ----------
    workers : int
    preload : str
        Module that every worker imports before it says that it has started.
    compiled : bool
        Whether compiled kernels are on the disk; if not, one worker compiles before the others begin.

    Raises
    ------
    CascadeError
        A worker is asked for a pool of its own, because the script that runs has no guard.
    """

    def __init__(self, workers: int, preload: str = WORK, compiled: bool = True) -> None:
        refuse_unguarded_script()
        self._workers, self._preload = workers, preload
        self.one_by_one = not compiled
        self._start()

    def _start(self) -> None:
        self._context = _Spawning()
        self._started = self._context.Event()
        self.executor = ProcessPoolExecutor(
            self._workers, mp_context=self._context, initializer=_begin, initargs=(self._started, self._preload)
        )

    @property
    def processes(self) -> Sequence[process.BaseProcess]:
        """The processes that this pool has started."""
        return tuple(each for each in self._context.processes if each.pid is not None)

    def count(self) -> int:
        """Return the number of processes."""
        return self._workers

    def renew(self) -> None:
        """Start a new pool, unless nobody of the old one ever came to work."""
        self.executor.shutdown(wait=True)
        codes = [each.exitcode for each in self.processes]
        if _NO_GUARD in codes:
            raise CascadeError(_UNGUARDED)
        if not self._started.is_set():
            ended = next((code for code in codes if code), 0)
            raise RunError(
                f"the worker processes cannot start, the first ended with code {ended}; what they said stands above; "
                "pass workers=1 to run in this process"
            )
        self._start()

    def close(self, at_once: bool = False) -> None:
        """End the processes: when their work is done, or at once."""
        if at_once:
            for each in self.processes:
                each.kill()
        self.executor.shutdown(wait=True, cancel_futures=True)
        for each in self.processes:
            each.join()


class _Worker(SpawnProcess):
    """A process that begins with one thread for each library, and deaf to Ctrl-C, before it imports anything."""

    def start(self) -> None:
        self.name = _NAME
        # Held, too: a signal may reach another thread of this process, which blocks nothing.
        with interrupts_held(), _environment(dict.fromkeys(_ONE_THREAD, "1")), _interrupts_blocked():
            super().start()


class _Spawning(SpawnContext):
    """The spawn context, which remembers whom it started: only they may be ended."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[process.BaseProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        started = _Worker(*args, **kwargs)
        self.processes.append(started)
        return started


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    # A process inherits what is blocked; a Ctrl-C meanwhile waits until the end of the block.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(started: Any, preload: str) -> None:
    """Prepare a worker: the parent alone hears Ctrl-C, and nobody works on when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    importlib.import_module(preload)
    started.set()


def _end_with_parent() -> None:
    parent = process.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def refuse_unguarded_script() -> None:
    """Stop a worker that runs the script of its parent again and has come to the place where the parent stood.

    Raises
    ------
    CascadeError
        The worker is another library's; ours end with a code from which their parent knows.
    """
    current = process.current_process()
    if getattr(current, "_inheriting", False):
        if current.name == _NAME:
            sys.stdout.flush()
            os._exit(_NO_GUARD)
        raise CascadeError(_UNGUARDED)


def local_pool(workers: int | None = None) -> LocalPool:
    """Return a pool of processes: started by spawn, one thread each, sharing the kernels compiled on the disk.

    Parameters
    ----------
    workers : int, optional
        As many as there are processors if left out.
    """
    from cascade_sim.kernels.jit import is_compiled

    return LocalPool(workers or processors(), compiled=is_compiled())


def as_workers(executor: Any = None, workers: int | None = None) -> Workers:
    """Return those who do the runs.

    Parameters
    ----------
    executor : Workers, concurrent.futures.Executor or distributed.Client, optional
        A pool of processes if left out.
    workers : int, optional
        Processes of the pool; 1 is this process, which needs no pool.

    Raises
    ------
    CascadeError
        It is nothing that runs anything, or the number of workers is not positive, or a client cannot be used.
    """
    if workers is not None and workers < 1:
        raise CascadeError(f"workers: {workers} is not a number of processes; give 1 or more")
    if executor is None:
        return Here() if workers == 1 else local_pool(workers)
    if isinstance(executor, Workers):
        return executor
    if isinstance(executor, Executor):
        return Given(executor)
    if type(executor).__module__.partition(".")[0] == "distributed" and hasattr(executor, "get_executor"):
        from cascade_sim.sweeps.cluster import Cluster

        return Cluster(executor)
    raise CascadeError(
        f"executor: {type(executor).__name__} runs nothing; give a concurrent.futures.Executor or a distributed.Client"
    )
