"""Ctrl-C, heard only where stopping leaves everything whole."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interrupts_held(notice: str = "") -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back inside a block; at the end of the block, one that came is let through.

    Parameters
    ----------
    notice : str
        What to say on standard error to somebody who presses Ctrl-C and has to wait.

    Yields
    ------
    callable
        Lets a Ctrl-C that came through at once: called where it is safe to stop.

    Notes
    -----
    Outside the main thread, where Python lets nobody handle signals, and under a handler that is not
    Python's, nothing is held.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    held: list[tuple[int, Any]] = []

    def hold(number: int, frame: Any) -> None:
        held.append((number, frame))
        if notice:
            print(notice, file=sys.stderr, flush=True)

    def listen() -> None:
        if held:
            handler(*held.pop())

    signal.signal(signal.SIGINT, hold)
    try:
        yield listen
    finally:
        signal.signal(signal.SIGINT, handler)
    listen()
