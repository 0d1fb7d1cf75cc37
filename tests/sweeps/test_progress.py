from __future__ import annotations

import io
import re

from cascade_sim.sweeps import progress
from cascade_sim.sweeps.progress import shown_runs


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


def said_by(out, **options):
    with shown_runs("Leverage", 1_000, out=out, **options) as came:
        for failed in (0, 2, 0, 0):
            came(50, failed)
    return out.getvalue()


def test_a_terminal_sees_a_bar_with_its_pace_and_failures(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    said = re.sub(r"\x1b\[[?\d;]*\w", "", said_by(Terminal()))
    assert all(word in said for word in ("Leverage", "200/1000 runs", "runs/s", "2 failed"))


def test_a_file_gets_a_line_now_and_then(monkeypatch):
    clock = Clock(monkeypatch)
    out = io.StringIO()
    with shown_runs("Leverage", 1_000, out=out) as came:
        for moment, failed in ((20.0, 0), (40.0, 2), (50.0, 0), (60.0, 0)):
            clock.now = moment
            came(50, failed)
    assert out.getvalue() == "Leverage: 100 of 1,000 runs, 2.5 runs/s, 0:06:00 left, 2 failed\n"


def test_what_comes_first_compiles_and_says_nothing_of_the_pace(monkeypatch):
    clock = Clock(monkeypatch)
    out = io.StringIO()
    with shown_runs("Leverage", 1_000, out=out) as came:
        clock.now = 50.0
        came(1, 0)
        assert out.getvalue() == ""
        clock.now = 51.0
        came(100, 0)
    assert out.getvalue() == "Leverage: 101 of 1,000 runs, 100 runs/s, 0:00:09 left\n"


def test_nothing_is_said_where_nobody_wants_it():
    assert said_by(Terminal(), show=False) == ""


def test_short_sweeps_say_nothing_to_a_file():
    assert said_by(io.StringIO()) == ""


def test_runs_that_nobody_can_count_beforehand_are_shown_too(monkeypatch):
    clock = Clock(monkeypatch)
    out = io.StringIO()
    with shown_runs("cliff", 0, out=out) as came:
        came(62, 0)
        clock.now = 31.0
        came(62, 0)
    assert out.getvalue() == "cliff: 124 runs, 2.0 runs/s\n"
