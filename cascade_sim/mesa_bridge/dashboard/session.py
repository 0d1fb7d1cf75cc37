"""A visitor's market: built, run at a chosen speed, and drawn, in a thread of its own.

The page only says what it wants; everything that takes time (building a crowd, compiling, ticks) happens in `work`, so
that a click is never kept waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from cascade_sim.engine.advance import advance
from cascade_sim.errors import CascadeError
from cascade_sim.mesa_bridge.model import CascadeModel
from cascade_sim.mesa_bridge.parameters import with_parameters
from cascade_sim.metrics.cascade import summarise
from cascade_sim.scenario import Scenario, load_scenario

SPEEDS = (1.0, 10.0, 60.0, 300.0, 1_000.0, 5_000.0, 20_000.0)
"""Seconds of the market in a second of the clock on the wall."""

UNLIMITED = 0.0
"""The speed that does as many ticks as there is time for."""

WATCHED_S = 45.0
"""How long a whole run is to take at the speed that is chosen first; chosen."""

FRAME_S = 0.1
TICKS_S = 0.05
"""A redraw every tenth of a second at most, and half as long at most for the ticks before it; chosen."""

UNSEEN_S = 1.0
"""How long to wait for a page that does not say that it has drawn (a hidden tab) before going on; chosen."""

SETTLE_S = 0.15
"""How long a slider must stand still before the market is built anew; chosen."""

COLUMNS = 240
BINS = 200


def first_speed(scenario: Scenario) -> float:
    """Return the speed at which a scenario takes about three quarters of a minute."""
    wanted = scenario.clock.duration / WATCHED_S
    return min(SPEEDS, key=lambda speed: abs(speed - wanted))


def watched(scenario: Scenario) -> Scenario:
    """Return a scenario with what the page shows and without what it does not: a map over time, no comparisons."""
    bare, clock = scenario.bare(), scenario.clock
    if bare.record.heatmap is not None:
        return bare
    ticks = max(round(clock.duration / clock.tick / COLUMNS), 1)
    return bare.with_overrides({"record.heatmap": {"bins": BINS, "every": ticks * clock.tick}})


class Session:
    """What one visitor sees, and the thread that moves it on.

    Parameters
    ----------
    scenario : str
        Name or file of the first scenario.
    redraw : callable
        Called in the thread whenever there is something new to draw.

    Attributes
    ----------
    model : CascadeModel or None
        None until the first one is built.
    frame : int
        How many times it was drawn.
    rates : tuple of float
        Ticks and redraws a second, over the last second of playing.
    """

    def __init__(self, scenario: str, redraw: Callable[[], None]) -> None:
        self.name, self._redraw = scenario, redraw
        self.base: Scenario | None = None
        self.model: CascadeModel | None = None
        self.parameters: dict[str, Any] = {}
        self.error = ""
        self.playing, self.building = False, True
        self.speed = UNLIMITED
        self.frame = 0
        self.rates = (0.0, 0.0)
        self._wake = threading.Condition()
        self._build_at: float | None = time.monotonic()
        self._load, self._steps, self._closed, self._stale = True, 0, False, True
        self._seen = threading.Event()
        self._owed, self._frame_at = 0.0, time.monotonic()

    @property
    def finished(self) -> bool:
        """Whether the clock of the run has come to its end."""
        return self.model is not None and not self.model.running

    @property
    def ready(self) -> bool:
        """Whether there is a market that can go on."""
        return self.model is not None and not self.building and not self.error and not self.finished

    def choose(self, name: str) -> None:
        """Take another scenario; sliders go back to its own values."""
        with self._wake:
            self.name, self._load = name, True
            self._want_build(0.0)

    def set(self, keyword: str, value: Any) -> None:
        """Set a parameter of `with_parameters`; None goes back to the scenario's own."""
        with self._wake:
            changed = {**self.parameters, keyword: value}
            self.parameters = {name: each for name, each in changed.items() if each is not None}
            self._want_build(SETTLE_S)

    def reset(self) -> None:
        """Begin again with the same parameters."""
        with self._wake:
            self._want_build(0.0)

    def play(self) -> None:
        """Run on until the end, or until `pause`."""
        with self._wake:
            self.playing, self._owed, self._frame_at = True, 0.0, time.monotonic()
            self._touch()

    def pause(self) -> None:
        """Stand still after the ticks that are being done."""
        with self._wake:
            self.playing = False
            self._touch()

    def step(self) -> None:
        """Do one tick."""
        with self._wake:
            self._steps += 1
            self._touch()

    def go_at(self, speed: float) -> None:
        """Go on at another speed, seconds of the market a second."""
        with self._wake:
            self.speed = speed
            self._touch()

    def saw(self, frame: int) -> None:
        """Note that the page has drawn a frame."""
        if frame >= self.frame:
            self._seen.set()

    def close(self) -> None:
        """End the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _want_build(self, after: float) -> None:
        self.playing, self.building, self._steps = False, True, 0
        self._build_at = time.monotonic() + after
        self._touch()

    def _touch(self) -> None:
        """Have the page drawn anew, by `work` alone; of two threads that draw, one can miss what the other changed."""
        self._stale = True
        self._wake.notify()

    def work(self) -> None:
        """Do what is wanted until `close`; the body of the thread."""
        begin, ticks, frames = time.perf_counter(), 0, 0
        while True:
            with self._wake:
                if self._closed:
                    return
                stale, self._stale = self._stale, False
                if not stale and not self._wanted():
                    settles = self._build_at
                    self._wake.wait(None if settles is None else max(settles - time.monotonic(), 0.0))
                    continue
            if stale:
                self._draw()
                continue
            try:
                if self._build_at is not None:
                    self._build()
                elif self._steps:
                    self._steps -= 1
                    self._advance(1, TICKS_S)
                else:
                    begin = begin if frames else time.perf_counter()
                    ticks, frames = ticks + self._play(), frames + 1
            except CascadeError as error:
                self.error, self.playing = str(error), False
            except Exception as error:  # the page must say what happened, or it would stand still without a word
                self.error, self.playing = f"{type(error).__name__}: {error}", False
            elapsed = time.perf_counter() - begin
            if elapsed >= 1.0 or not self.playing:
                self.rates = (ticks / elapsed, frames / elapsed) if self.playing else self.rates
                begin, ticks, frames = time.perf_counter(), 0, 0
            self._draw()

    def _wanted(self) -> bool:
        if self._build_at is not None:
            return time.monotonic() >= self._build_at
        return self.error == "" and self.model is not None and (self._steps > 0 or self.playing)

    def _build(self) -> None:
        with self._wake:
            self._build_at, load, name, parameters = None, self._load, self.name, dict(self.parameters)
            self.error = ""
        try:
            if load or self.base is None:
                base = watched(load_scenario(name))
                with self._wake:
                    self.base, self.parameters, parameters, self._load = base, {}, {}, False
                self.speed = first_speed(base)
            model = CascadeModel(with_parameters(self.base, **parameters))
            advance(model.world, 0)  # compiles where that is new: here, where the page says so
            summarise(model.world, model.scenario, 0.0)
            self.model = model
        finally:
            with self._wake:
                self.building = self._build_at is not None

    def _play(self) -> int:
        """Wait until the page has drawn and a redraw is due, and do the ticks of the time since the one before."""
        assert self.model is not None
        self._seen.wait(UNSEEN_S)
        with self._wake:
            self._wake.wait_for(lambda: not self._goes_on(), max(self._frame_at + FRAME_S - time.monotonic(), 0.0))
            if not self._goes_on():
                return 0
        now = time.monotonic()
        self._owed += (now - self._frame_at) * self.speed / self.model.market.tick_s
        self._frame_at = now
        due = int(self._owed) if self.speed else 10**9
        done = self._advance(due, TICKS_S)
        self._owed = min(self._owed - done, self.speed) if self.speed else 0.0
        return done

    def _goes_on(self) -> bool:
        return self.playing and not self._closed and self._build_at is None

    def _advance(self, ticks: int, most_s: float) -> int:
        """Do at most ``ticks`` ticks, and about ``most_s`` seconds of them; return how many."""
        assert self.model is not None
        end, done = time.perf_counter() + most_s, 0
        while done < ticks and self.model.running:
            self.model.step()
            done += 1
            if time.perf_counter() > end:
                break
        if not self.model.running:
            self.playing = False
        return done

    def _draw(self) -> None:
        self._seen.clear()
        self.frame += 1
        self._redraw()
