"""Tasks cut into chunks: so many runs that a chunk takes about a second, fewer near the end."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cascade_sim.sweeps.plan import Task

CHUNK_S = 1.0
_GROWTH = 4
_REMEMBERED = 5


@dataclass
class Chunk:
    """Tasks that go to a worker together, and how often one has died of them.

    Attributes
    ----------
    tasks : list of Task
    deaths : int
        How many times a worker died while this chunk was handed out.
    alone : bool
        Whether nothing else is handed out beside it, so that a death is its own.
    """

    tasks: list[Task]
    deaths: int = 0
    alone: bool = False

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return sum(len(task.replicates) for task in self.tasks)

    def single_runs(self) -> list[Chunk]:
        """Return a chunk for every run, each to be done alone."""
        return [
            Chunk([part_of(task, place, place + 1)], alone=True)
            for task in self.tasks
            for place in range(len(task.replicates))
        ]


def part_of(task: Task, start: int, stop: int) -> Task:
    """Return some of a task's replicates as a task."""
    replicates = task.replicates[start:stop]
    keep = tuple(each for each in task.keep if each in replicates)
    return task._replace(replicates=replicates, seeds=task.seeds[start:stop], keep=keep)


class Pieces:
    """Puts tasks, in their order, into chunks of as many runs as are asked for.

    A task is cut only where it is larger than a chunk: its runs may be one batch.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._rest: Task | None = None

    def take(self, runs: int) -> Chunk | None:
        """Return a chunk of at most so many runs; None when there is nothing left."""
        taken: list[Task] = []
        while runs > 0:
            task = self._rest or next(self._tasks, None)
            self._rest = None
            if task is None:
                break
            if len(task.replicates) > runs:
                if taken:
                    self._rest = task
                    break
                task, self._rest = part_of(task, 0, runs), part_of(task, runs, len(task.replicates))
            taken.append(task)
            runs -= len(task.replicates)
        return Chunk(taken) if taken else None


class Sizes:
    """Says how many runs the next chunk should have, from what the latest ones took.

    Parameters
    ----------
    total : int
        Runs of the sweep.
    """

    def __init__(self, total: int) -> None:
        self._left = total
        self._costs: deque[float] = deque(maxlen=_REMEMBERED)
        self._largest = 1

    def measured(self, runs: int, seconds: float) -> None:
        """Take note of what a chunk took."""
        self._costs.append(seconds / runs)
        self._largest = max(self._largest, runs)

    def next(self, workers: int) -> int:
        """Return a number of runs that take about a second, and no more than a fair share of what is left.

        The first chunk has one run, and none is more than four times as large as the largest before: the first run of
        a worker takes long because it loads what it needs, and says little about the others.
        """
        if not self._costs:
            return 1
        cost = statistics.median(self._costs)
        wanted = self._largest * _GROWTH if cost <= 0 else CHUNK_S / cost
        fair = math.ceil(self._left / (2 * workers))
        return max(1, int(min(wanted, self._largest * _GROWTH, fair)))

    def handed_out(self, runs: int) -> None:
        """Take note of runs that are no longer left."""
        self._left -= runs
