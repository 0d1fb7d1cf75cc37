"""In which order the engine's offers lie: as a heap of four children a node, best offer first.

Nothing depends on it but the last digit of a sum over offers.
"""

from __future__ import annotations


class Offers:
    """(priority, number of the event, event), the best first."""

    def __init__(self):
        self.heap: list[tuple] = []

    def push(self, entry: tuple) -> None:
        place = len(self.heap)
        self.heap.append(entry)
        while place > 0 and entry[:2] < self.heap[(place - 1) // 4][:2]:
            self.heap[place] = self.heap[(place - 1) // 4]
            place = (place - 1) // 4
        self.heap[place] = entry

    def pop(self) -> None:
        """Take the best out; the last sinks from its place."""
        entry, place = self.heap.pop(), 0
        if not self.heap:
            return
        while children := range(4 * place + 1, min(4 * place + 5, len(self.heap))):
            best = min(children, key=lambda child: self.heap[child][:2])
            if entry[:2] < self.heap[best][:2]:
                break
            self.heap[place] = self.heap[best]
            place = best
        self.heap[place] = entry

    def in_preorder(self, place: int = 0):
        """Every offer before those below it."""
        if place < len(self.heap):
            yield self.heap[place]
            for child in range(4 * place + 1, 4 * place + 5):
                yield from self.in_preorder(child)

    def lie_in_order(self, waiting: list) -> None:
        """After the backstop has gone through them, those that still wait lie in order of price."""
        self.heap = sorted((entry for entry in self.heap if entry[2] in waiting), key=lambda entry: entry[:2])
