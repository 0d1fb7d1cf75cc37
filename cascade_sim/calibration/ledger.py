"""Every finished run on the disk at once: a line a run, so that a fit that was stopped asks for none again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cascade_sim.calibration.asked import Asked
from cascade_sim.engine.folder import held, output_error, write_whole
from cascade_sim.engine.provenance import data_digests, versions
from cascade_sim.errors import OutputError

RUNS, MANIFEST = "runs.jsonl", "calibration.json"
FIT, EVALUATIONS = "fit.json", "evaluations.parquet"
# Parameters as text, number of the event, seed: what a run is known by.
Key = tuple[str, int, int]


def key_of(values: Mapping[str, float], event: int, seed: int) -> Key:
    """Return what a run is known by; floats keep every digit."""
    return json.dumps(list(values.values())), event, seed


class Ledger:
    """Finished runs by what they are known by; in memory alone where there is no file.

    Attributes
    ----------
    runs : dict of Key to dict
        The summary figures that targets ask for, ``status`` and ``error``.
    notes : list of str
        What was found damaged.
    """

    def __init__(self, file: IO[str] | None = None, lines: Sequence[str] = ()) -> None:
        self.runs: dict[Key, dict[str, Any]] = {}
        self.notes: list[str] = []
        self._file = file
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                self.runs[json.dumps(row["values"]), row["event"], row["seed"]] = row["figures"]
            except (ValueError, LookupError, TypeError):
                self.notes.append(f"{RUNS}: line {number} is damaged; its run is done again")

    def add(self, values: Mapping[str, float], event: int, seed: int, figures: dict[str, Any]) -> None:
        """Take a finished run, and write it.

        Raises
        ------
        OutputError
            It cannot be written, for want of room on the disk for example.
        """
        self.runs[key_of(values, event, seed)] = figures
        if self._file is None:
            return
        row = {"values": list(values.values()), "event": event, "seed": seed, "figures": figures}
        try:
            # One write a line: a process that is killed leaves whole lines and at most one torn one.
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        except OSError as error:
            raise output_error(Path(self._file.name), error) from error


@contextmanager
def open_ledger(folder: Path | None, asked: Asked) -> Iterator[Ledger]:
    """Open a folder for the runs of a fit, and keep other writers out until the end of the block.

    Parameters
    ----------
    folder : Path or None
        New, empty, or holding runs of the same fit, which then goes on; None keeps nothing.
    asked : Asked

    Raises
    ------
    OutputError
        The folder holds another fit, one of other versions or data, or something else; another process writes into it;
        it cannot be written.
    """
    if folder is None:
        yield Ledger()
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{folder}: is a file, or lies in one; give a folder") from None
    except OSError as error:
        raise output_error(folder, error) from error
    with held(folder):
        _claim(folder, asked)
        path = folder / RUNS
        try:
            lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
            torn = bool(lines) and bool(lines.pop())
            with path.open("a", encoding="utf-8") as file:
                if torn:
                    file.write("\n")
                yield Ledger(file, lines)
        except OSError as error:
            raise output_error(path, error) from error


def _claim(folder: Path, asked: Asked) -> None:
    about = {
        "digest": asked.digest,
        "events": {event.name: event.scenario.hash for event in asked.events},
        "parameters": asked.names,
        "seeds": asked.seeds,
        "versions": versions(),
        "data": data_digests(event.scenario for event in asked.events),
    }
    there = folder / MANIFEST
    if there.is_file():
        try:
            before = json.loads(there.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OutputError(f"{there}: cannot be read: {error}; give another folder") from error
        changed = [name for name, value in about.items() if before.get(name) != value]
        if changed:
            raise OutputError(
                f"{folder}: holds runs of another fit (it differs in {', '.join(changed)}); give another folder, or "
                "remove this one to start again"
            )
        return
    strange = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    if strange:
        raise OutputError(
            f"{folder}: is in use and holds no calibration of cascade_sim (it has {strange[0]}); give an empty or new "
            "folder"
        )
    write_whole(there, (json.dumps(about, indent=2) + "\n").encode(), "what the folder holds")
