"""How far a sweep is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

EVERY_S = 30.0

Advance = Callable[[int, int], None]


@contextmanager
def shown_runs(
    label: str, total: int, done: int = 0, show: bool = True, out: TextIO | None = None
) -> Iterator[Advance]:
    """Show how many runs are done, how many a second, the time left, and how many failed, on standard error.

    Parameters
    ----------
    label : str
        The sweep's name.
    total, done : int
        Runs of the sweep, 0 where nobody knows, and those finished at an earlier time.
    show : bool
    out : text stream, optional
        Standard error if left out.

    Yields
    ------
    callable
        Takes the number of runs that have come, and how many of them failed.
    """
    out = out or sys.stderr
    if not show:
        yield lambda runs, failed: None
    elif not out.isatty():
        yield _Lines(label, total, done, out).advance
    else:
        with _bar(out) as bar:
            task = bar.add_task(label, total=total or None, completed=done, speed="", failures="")
            pace = _Pace(total, done)

            def advance(runs: int, failed: int) -> None:
                pace.came(runs, failed)
                failures = f"[red]{pace.failed:,} failed" if pace.failed else ""
                bar.update(task, advance=runs, speed=pace.speed, failures=failures)

            yield advance


def _bar(out: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name, count = TextColumn("{task.description}"), MofNCompleteColumn()
    speed, failures = TextColumn("{task.fields[speed]}"), TextColumn("{task.fields[failures]}")
    columns = name, BarColumn(), count, TextColumn("runs"), speed, TimeRemainingColumn(), failures
    return Progress(*columns, console=Console(file=out), transient=True)


class _Pace:
    def __init__(self, total: int, done: int) -> None:
        self.total, self.done, self.failed = total, done, 0
        self._begin: float | None = None
        self._came = 0

    def came(self, runs: int, failed: int) -> None:
        self.done += runs
        self.failed += failed
        if self._begin is None:
            # What comes first took its time to load and to compile, and tells nothing of what follows.
            self._begin = time.monotonic()
        else:
            self._came += runs

    @property
    def rate(self) -> float:
        """Runs a second since the first ones came; 0 as long as no others have."""
        return self._came / max(time.monotonic() - self._begin, 1e-9) if self._begin is not None else 0.0

    @property
    def speed(self) -> str:
        """The rate with two or more digits that count."""
        rate = self.rate
        if not self._came:
            return ""
        return f"{rate:,.{2 if rate < 1 else 1 if rate < 10 else 0}f} runs/s"

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=round((self.total - self.done) / self.rate)) if self._came else timedelta.max


class _Lines(_Pace):
    def __init__(self, label: str, total: int, done: int, out: TextIO) -> None:
        super().__init__(total, done)
        self._label, self._out = label, out
        self._said = time.monotonic()

    def advance(self, runs: int, failed: int) -> None:
        self.came(runs, failed)
        now = time.monotonic()
        if now - self._said >= EVERY_S and self._came and self.done != self.total:
            self._said = now
            of, left = (f" of {self.total:,}", f", {self.left} left") if self.total else ("", "")
            failures = f", {self.failed:,} failed" if self.failed else ""
            line = f"{self._label}: {self.done:,}{of} runs, {self.speed}{left}{failures}"
            print(line, file=self._out, flush=True)
