"""The folder of a sweep or a comparison: rows in Parquet parts as they come, taken up again after any kind of end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_sim.engine.folder import held, output_error, renamed, write_whole
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.store import load_run, read_parquet, save_run, write_parquet
from cascade_sim.errors import OutputError, RunError, ScenarioError
from cascade_sim.sweeps.manifest import SWEEP, Kind, manifest_of, read_manifest, refuse_to_mix, write_manifest

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.engine.run import Run
    from cascade_sim.sweeps.asked import Asked
    from cascade_sim.sweeps.result import SweepResult
    from cascade_sim.sweeps.rows import Rows
    from cascade_sim.sweeps.spec import Sweep
    from cascade_sim.sweeps.work import Done

PARTS, CSV, KEPT = "parts", "runs.csv", "kept"
EVERY_S = 2.0
MOST_ROWS = 10_000
# Of the time gone by: how much a killed sweep may have to do again, where this is more than EVERY_S.
_LOST = 0.01
_PART = re.compile(r"part-(\d+)\.parquet")
_KEPT = re.compile(r"point-(\d+)-replicate-(\d+)")
_GO_ON = "rows that were finished are kept, and the same command goes on from there"


@contextmanager
def open_store(
    folder: Path, sweep: Asked, rows: Rows, retry_failed: bool = False, kind: Kind = SWEEP
) -> Iterator[Store]:
    """Open a folder for the rows of a sweep or a comparison, and keep other writers out until the end of the block.

    Parameters
    ----------
    folder : Path
        New, empty, or holding rows of the same sweep, which then goes on.
    sweep : Sweep or other Asked
    rows : Rows
    retry_failed : bool
        Whether runs that failed count as not yet done.
    kind : Kind
        What the folder is of.

    Yields
    ------
    Store
        Whatever was given to it is written at the end of the block, whichever way it ends.

    Raises
    ------
    OutputError
        The folder holds another sweep, one of other versions or data, or something else; another process writes
        into it; it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{folder}: is a file, or lies in one; give a folder") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be used: {error.strerror or error}; give another folder") from None
    with held(folder):
        store = Store(folder, sweep, rows, retry_failed, kind)
        try:
            yield store
        except OutputError:
            # What could not be written a moment ago cannot be written now.
            raise
        except BaseException:
            store.flush()
            raise
        store.flush()


class Store:
    """The rows of a sweep on their way to the disk; made by `open_store`.

    Attributes
    ----------
    folder : Path
    finished : frozenset of (point, replicate)
        What earlier processes have done.
    notes : list of str
        What was found damaged and set aside.
    """

    def __init__(self, folder: Path, sweep: Asked, rows: Rows, retry_failed: bool = False, kind: Kind = SWEEP) -> None:
        self.folder, self._rows, self._kind = folder, rows, kind
        self.notes: list[str] = []
        self._manifest = manifest_of(sweep, rows)
        self._about = {
            f"{kind.word}_hash": sweep.hash,
            "scenario_hash": sweep.base.hash,
            "seed": str(sweep.seed),
            "versions": ", ".join(f"{name} {version}" for name, version in self._manifest["versions"].items()),
        }
        if (folder / kind.manifest).is_file():
            self._take_up()
        else:
            self._claim(sweep)
        self.finished, self._next = self._what_is_done(retry_failed)
        self._fresh: dict[str, list[Any]] = {}
        self._began = self._written = time.monotonic()

    def _take_up(self) -> None:
        try:
            there = read_manifest(self.folder, self._kind)
        except RunError as error:
            raise OutputError(str(error)) from error
        refuse_to_mix(self.folder, there, self._manifest, self._kind)
        self._manifest["finished"] = there.get("finished", False)

    def _claim(self, sweep: Asked) -> None:
        """Begin in a folder that is empty but for what one leaves behind that was killed at its very beginning."""
        strange = [
            entry.name
            for entry in sorted(self.folder.iterdir())
            if entry.name not in (self._kind.asked, PARTS) and not entry.name.endswith(".tmp")
        ]
        if strange or any((self.folder / PARTS).glob("part-*")):
            raise OutputError(
                f"{self.folder}: is in use and holds no {self._kind.word} of cascade_sim (it has "
                f"{(strange or [PARTS])[0]}); give an empty or new folder"
            )
        write_whole(self.folder / self._kind.asked, sweep.to_yaml().encode(), f"the {self._kind.word}")
        write_manifest(self.folder, self._manifest, self._kind)

    def _what_is_done(self, retry_failed: bool) -> tuple[frozenset[tuple[int, int]], int]:
        """Return which runs the readable parts hold, and the number of the next part; clear away what is not whole."""
        done: dict[tuple[int, int], bool] = {}
        try:
            (self.folder / PARTS).mkdir(exist_ok=True)
            for leftover in (*self.folder.glob(".*.tmp"), *(self.folder / PARTS).glob(".*.tmp")):
                leftover.unlink(missing_ok=True)
            numbers = [0, *(number for number, _ in _numbered(self.folder / PARTS, "part-*"))]
            for _, path in parts_of(self.folder):
                try:
                    frame = self._readable(path)
                except (OSError, ValueError, LookupError) as error:
                    path.replace(path.with_name(f"{path.name}.damaged"))
                    reason = str(error).partition("\n")[0]
                    self.notes.append(f"{path}: is damaged ({reason}); set aside, its runs are done again")
                    continue
                runs = zip(frame["point"].tolist(), frame["replicate"].tolist(), strict=True)
                done |= zip(runs, frame["error"].notna().tolist(), strict=True)
        except OSError as error:
            raise output_error(self.folder, error) from error
        finished = frozenset(run for run, failed in done.items() if not (failed and retry_failed))
        return finished, max(numbers) + 1

    def _readable(self, path: Path) -> pd.DataFrame:
        frame = read_parquet(path, threads=False)
        if list(frame.columns) != self._rows.columns:
            raise ValueError("it has other columns")
        return frame

    def kept_folder(self, point: int, replicate: int) -> Path:
        """Return the folder of a run that is kept whole."""
        return self.folder / KEPT / f"point-{point:06d}-replicate-{replicate:03d}"

    def add(self, done: Done) -> None:
        """Take finished runs; they are written within a few seconds, whole runs at once."""
        with interrupts_held():
            for point, replicate, run in done.kept:
                save_run(run, self.kept_folder(point, replicate))
            for name, values in done.columns.items():
                self._fresh.setdefault(name, []).extend(values)
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Write what has come if it has waited long enough: some seconds, in a long sweep a hundredth of its time."""
        now = time.monotonic()
        due = max(EVERY_S, _LOST * (now - self._began))
        if now - self._written >= due or len(self._fresh.get("point", ())) >= MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what has come as a part of its own.

        Raises
        ------
        OutputError
            It cannot be written, for want of room on the disk for example. Earlier parts stay as they are.
        """
        self._written = time.monotonic()
        if not self._fresh.get("point"):
            return
        path = self.folder / PARTS / f"part-{self._next:06d}.parquet"
        with interrupts_held():
            try:
                with renamed(path) as temporary:
                    write_parquet(temporary, self._rows.frame(self._fresh), self._about)
            except OSError as error:
                raise OutputError(f"{output_error(path, error)}; {_GO_ON}") from error
            self._fresh = {}
            self._next += 1
            if self._manifest["finished"]:
                self._manifest["finished"] = False
                write_manifest(self.folder, self._manifest, self._kind)

    def frame(self) -> pd.DataFrame:
        """Return every row, those of earlier processes included, in the order of points and replicates."""
        self.flush()
        return read_rows(self.folder, self._kind)

    def finish(self, frame: pd.DataFrame | None = None) -> None:
        """Write ``runs.csv`` and note that all is done; nothing to do where this is noted already."""
        self.flush()
        if self._manifest["finished"] and (self.folder / CSV).is_file():
            return
        write_csv(self.folder / CSV, self.frame() if frame is None else frame)
        self.note_finished()

    def note_finished(self) -> None:
        """Note that all that was asked is there."""
        self._manifest["finished"] = True
        write_manifest(self.folder, self._manifest, self._kind)


def _numbered(folder: Path, pattern: str) -> list[tuple[int, Path]]:
    """Return paths with the number that their name begins with, in its order."""
    found = ((re.match(r"part-(\d+)\.parquet", path.name), path) for path in folder.glob(pattern))
    return sorted((int(match[1]), path) for match, path in found if match)


def parts_of(folder: Path) -> list[tuple[int, Path]]:
    """Return the parts of a sweep's folder with their numbers, in the order in which they were written."""
    return [(number, path) for number, path in _numbered(folder / PARTS, "*.parquet") if _PART.fullmatch(path.name)]


def read_rows(folder: Path, kind: Kind = SWEEP) -> pd.DataFrame:
    """Read the rows of a folder, finished or not.

    Returns
    -------
    pandas.DataFrame
        One row a run, in the order of points and replicates; where a run was done again, what came last. Units are in
        ``attrs["units"]``.

    Raises
    ------
    RunError
        The folder is none of that kind, or a part is damaged.
    """
    import pandas as pd

    manifest = read_manifest(folder, kind)
    frames: list[Any] = []
    for _, path in parts_of(folder):
        try:
            frames.append(read_parquet(path, threads=False))
        except (OSError, ValueError, LookupError) as error:
            reason = str(error).partition("\n")[0]
            raise RunError(f"{path}: is damaged: {reason}; run the {kind.word} again with --out {folder}") from error
    if frames:
        whole = pd.concat(frames, ignore_index=True)
        frames.clear()  # every copy of many rows counts
    else:
        whole = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in manifest["columns"].items()})
    order = _last_of_each(whole["point"].to_numpy(), whole["replicate"].to_numpy())
    if order.size != len(whole) or np.any(order[1:] < order[:-1]):
        whole = whole.take(order).reset_index(drop=True)
    whole.attrs = {"units": manifest["units"]}
    return whole


def _last_of_each(point: np.ndarray, replicate: np.ndarray) -> np.ndarray:
    """Return the places of rows in the order of points and replicates; of a run that was done again, the last."""
    order = np.lexsort((replicate, point))  # stable: rows of a run stay in the order in which they were written
    point, replicate = point[order], replicate[order]
    last = np.append((point[1:] != point[:-1]) | (replicate[1:] != replicate[:-1]), True)
    return order[last[: order.size]]


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write rows as text, without what depends on the machine (``wall_*``); floats with every digit that counts.

    Raises
    ------
    OutputError
        It cannot be written; what was there before is then left as it was.
    """
    bare = frame[[name for name in frame.columns if not name.startswith("wall_")]]
    try:
        with renamed(path) as temporary:
            bare.to_csv(temporary, index=False, lineterminator="\n")
    except OSError as error:
        raise OutputError(f"{output_error(path, error)}; {_GO_ON}") from error


def read_kept(folder: Path) -> dict[tuple[int, int], Run]:
    """Read the whole runs that a sweep's folder keeps, by point and replicate."""
    kept = {}
    for path in sorted((folder / KEPT).glob("point-*")):
        match = _KEPT.fullmatch(path.name)
        if match:
            kept[int(match[1]), int(match[2])] = load_run(path)
    return kept


def save_result(result: SweepResult, folder: Path) -> Path:
    """Write a result into a new or empty folder, or into one of the same sweep; see `SweepResult.save`."""
    from cascade_sim.sweeps.rows import Rows
    from cascade_sim.sweeps.work import Done

    with open_store(folder, result.sweep, Rows(result.sweep, result.overrides)) as store:
        # Bits of rows that are there already are these rows' bits.
        frame = result.frame
        new = [run not in store.finished for run in zip(frame["point"], frame["replicate"], strict=True)]
        store.add(Done(_columns(frame[new]), [(*run, kept) for run, kept in result.kept.items()]))
        if len(frame) == len(result.points) * result.sweep.replicates:
            store.finish()
    return folder


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return rows as `Done.columns`, with None where something is missing."""
    return {str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns}


def load_result(folder: Path) -> SweepResult:
    """Read a result back; see `SweepResult.load`."""
    from cascade_sim.sweeps.result import SweepResult

    return SweepResult(sweep_of(folder), read_rows(folder), read_kept(folder))


def sweep_of(folder: Path) -> Sweep:
    """Return the sweep of a folder; its data files are looked for where they were when it was run.

    Raises
    ------
    RunError
        It cannot be read, or is not the sweep that the rows are of.
    """
    from cascade_sim.scenario.files import read_mapping
    from cascade_sim.sweeps.spec import Sweep

    manifest, path = read_manifest(folder), folder / SWEEP.asked
    home = manifest.get("base_dir")
    try:
        tree, problems = read_mapping(path, "a sweep", "name:, scenario:, vary:")
        sweep = Sweep.from_tree(tree, None if home is None else Path(home), problems)
    except ScenarioError as error:
        raise RunError(f"{error}; the sweep's folder is damaged, run it again into another one") from error
    if sweep.hash != manifest.get("sweep_hash"):
        raise RunError(f"{path}: was changed since the rows were found; run the sweep again into another folder")
    return sweep
