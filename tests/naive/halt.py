"""Trading halt: nothing trades for a while after the mark has moved too far within a window."""

from __future__ import annotations


class Halt:
    def __init__(self, rules):
        self.rules = rules
        self.window: list[tuple[int, float]] = []  # marks at the ends of ticks that traded
        self.until = 0  # first tick after the halt

    def stands(self, now: int) -> bool:
        return now < self.until

    def watch(self, now: int, mark: float) -> None:
        if self.rules.halt_move > 0.0:
            self.window.append((now, mark))

    def trips(self, now: int, mark: float) -> bool:
        """Halt if the running mark is too far from an extreme of the last ticks; the window then starts afresh."""
        marks = [earlier for tick, earlier in self.window if tick > now - self.rules.halt_over_ticks]
        if not marks:
            return False
        move = self.rules.halt_move
        if (1.0 - move) * max(marks) < mark < (1.0 + move) * min(marks):
            return False
        self.until = now + 1 + self.rules.halt_for_ticks
        self.window = []
        return True
