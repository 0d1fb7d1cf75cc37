"""What happened in a run, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cascade_sim.plots.findings import amplification_words, liquidated_words, loss_words, move_words
from cascade_sim.plots.headline import status_words, subtitle
from cascade_sim.plots.picture_words import sentence
from cascade_sim.plots.reading import names_of, recording_of

if TYPE_CHECKING:
    from cascade_sim.engine.run import Run


def story(run: Run) -> str:
    """Say in one sentence how far the price went, how much was liquidated, and who bore the loss."""
    move = ", ".join(words for words in (move_words(run), amplification_words(run)) if words)
    return sentence(move, liquidated_words(run), loss_words(run))


def when(run: Run) -> str:
    """Return the line below the title: when, at what tick, what kind of contract, which seed."""
    recording = recording_of(run.timeline, run.scenario, names_of(run))
    return "no time has passed" if recording is None else subtitle(run, recording)


def unfinished(run: Run) -> str:
    """Say what kept a run from completing; nothing where it did complete."""
    return sentence(status_words(str(run.summary.get("status") or "completed")))
