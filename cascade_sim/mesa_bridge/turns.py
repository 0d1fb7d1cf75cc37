"""A strategy's turn: what goes wrong in it is told with the agent and the tick, and one that does not end is ended."""

from __future__ import annotations

import ctypes
import functools
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cascade_sim.errors import StrategyError

if TYPE_CHECKING:
    from cascade_sim.mesa_bridge.trader import TraderAgent

# How often the clock is looked at, as a share of the time a turn may take.
LOOKS = 0.1
LONGEST_LOOK_S = 1.0


class TurnTooLongError(BaseException):
    """Thrown into a turn that does not end; a strategy's ``except Exception`` does not catch it."""


def guarded(step: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a strategy's ``step`` so that it is a turn, whichever way Mesa calls it."""

    @functools.wraps(step)
    def turn(agent: TraderAgent, *args: Any, **kwargs: Any) -> Any:
        return agent.model.turns.take(agent, step, args, kwargs)

    return turn


def _throw_into(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in another thread at its next line of Python; None takes back one not yet raised."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)


class Turns:
    """The turns of all strategies of one market.

    Parameters
    ----------
    timeout_s : float or None
        How long a turn may take; None: for ever. A loop in Python is broken off, a call into compiled code that does
        not return cannot be.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self.timeout_s = timeout_s
        self._lock = threading.Lock()
        self._agent: TraderAgent | None = None
        self._thread = 0
        self._ends = 0.0
        self._watched = False

    def take(self, agent: TraderAgent, step: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let an agent take its turn.

        Raises
        ------
        StrategyError
            What the turn asked for cannot be done, it failed, or it did not end. What it had asked for is taken back.
        """
        if self._agent is not None:  # a step that calls its parent's
            return step(agent, *args, **kwargs)
        asked = agent.desk.asked
        try:
            return self._run(agent, step, args, kwargs)
        except StrategyError:
            agent.desk.take_back(asked)
            raise
        except TurnTooLongError:
            self._agent = None  # it may have arrived before the turn had been ended
            agent.desk.take_back(asked)
            message = f"step did not end within {self.timeout_s:g} s; let it return, or raise step_timeout"
            raise agent.error(message) from None
        except Exception as error:
            agent.desk.take_back(asked)
            raise agent.error(f"step raised {type(error).__name__}: {error}") from error

    def _run(self, agent: TraderAgent, step: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.timeout_s is None:
            return step(agent, *args, **kwargs)
        if not self._watched:
            self._watched = True
            threading.Thread(target=_watch, args=(weakref.ref(self),), daemon=True, name="strategy clock").start()
        self._thread = threading.get_ident()
        self._ends = time.monotonic() + self.timeout_s
        self._agent = agent
        try:
            return step(agent, *args, **kwargs)
        finally:
            with self._lock:
                self._agent = None
                if self._ends == 0.0:  # it was thrown, and may not have arrived
                    _throw_into(self._thread, None)

    def look(self) -> None:
        """End the turn if its time is over."""
        with self._lock:
            if self._agent is not None and 0.0 < self._ends < time.monotonic():
                self._ends = 0.0
                _throw_into(self._thread, TurnTooLongError)


def _watch(turns_ref: weakref.ref[Turns]) -> None:
    while (turns := turns_ref()) is not None:
        turns.look()
        pause = min(LOOKS * (turns.timeout_s or LONGEST_LOOK_S), LONGEST_LOOK_S)
        del turns
        time.sleep(pause)
