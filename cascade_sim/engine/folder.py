"""Folders and files that results are written to: claimed, held, and never half-written."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cascade_sim.errors import OutputError

SUMMARY, SCENARIO, MANIFEST = "summary.json", "scenario.yaml", "run.json"
# What `cascade_sim.sweeps` writes into its folders; this room may not ask it.
SWEEP_MANIFEST = "sweep.json"
TIMELINE, LIQUIDATIONS, CROWD = "timeline.parquet", "liquidations.parquet", "crowd.parquet"
HEATMAP, PUSH = "heatmap.parquet", "push.parquet"
LENDING, AUCTIONS = "lending.parquet", "auctions.parquet"
KEEPERS, LOANS = "keepers.parquet", "loans.parquet"
COUNTERFACTUALS, CHECKPOINT = "counterfactuals", "checkpoint"
CHECKPOINT_MANIFEST = "checkpoint.json"
# What `cascade_sim.plots.album` may draw for a run, in its order; this room may not ask it.
_DRAWN = (
    "timeline",
    "replay",
    "heatmap",
    "liquidation_map",
    "compare",
    "lending",
    "health",
    "coupling",
    "waterfall",
    "rounds",
    "depth",
    "cascade_sizes",
)
PICTURE_FORMATS = ("png", "svg", "pdf")
PICTURES = tuple(f"{name}.{kind}" for name in _DRAWN for kind in PICTURE_FORMATS)
REPORT = "report.html"
REQUIRED = (SUMMARY, SCENARIO, MANIFEST, TIMELINE, LIQUIDATIONS)
OPTIONAL = (CROWD, HEATMAP, PUSH, LENDING, AUCTIONS, KEEPERS, LOANS, COUNTERFACTUALS, *PICTURES, REPORT)
_UNFINISHED = ".unfinished-"


def output_error(path: Path, error: OSError) -> OutputError:
    """Say why something cannot be written."""
    reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
    return OutputError(f"{path}: cannot be written: {reason}; free some room or give another folder")


def claim_folder(folder: Path) -> None:
    """Make sure that a folder may receive a run: new, empty, or holding a run or an interrupted one already.

    Raises
    ------
    OutputError
        It is a file, holds something else, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = {entry.name for entry in folder.iterdir() if not entry.name.startswith(_UNFINISHED)}
    except (FileExistsError, NotADirectoryError):
        raise OutputError(f"{folder}: is a file, or lies in one; give a folder") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be used: {error.strerror or error}; give another folder") from None
    known = (MANIFEST, SUMMARY, f"{CHECKPOINT}/{CHECKPOINT_MANIFEST}")
    if entries and not any((folder / name).is_file() for name in known):
        strange = min(entries - {*REQUIRED, *OPTIONAL}, default=min(entries))
        raise OutputError(
            f"{folder}: is in use and holds no run of cascade_sim (it has {strange}); give an empty or new folder"
        )


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder for this process, so that two runs do not write into it at once.

    Raises
    ------
    OutputError
        Another process holds it. Where the system or the disk knows no locks, nobody is kept out.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"{folder}: is in use by another run that is going on; wait for it or give another folder"
            ) from None
        except OSError:
            pass
        yield
    finally:
        os.close(handle)


@contextmanager
def all_or_nothing(folder: Path, last: str, obsolete: Iterable[str] = ()) -> Iterator[Callable[[str], Path]]:
    """Write several files into a folder so that either all of them arrive or none does.

    Parameters
    ----------
    folder : Path
        Exists. What is in it stays as it is until everything new is on the disk.
    last : str
        The file that says that the folder is whole. It goes first and comes last, so that a machine that
        stops in between leaves a folder which says that it is not.
    obsolete : iterable of str
        Files and folders of an earlier time, removed just before the new files are moved into place.

    Yields
    ------
    callable
        From the name of a file (with ``/`` for a file in a folder below) to the temporary path to write.

    Raises
    ------
    OutputError
        Something cannot be written; what was written of it is gone again.
    """
    for leftover in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    place = folder / f"{_UNFINISHED}{os.getpid()}"
    names: list[str] = []

    def path(name: str) -> Path:
        names.append(name)
        return place / f"{len(names)}.tmp"

    try:
        place.mkdir()
        yield path
        (folder / last).unlink(missing_ok=True)
        for old in (folder / name for name in obsolete):
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
        for number, name in sorted(enumerate(names, start=1), key=lambda each: each[1] == last):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(place / f"{number}.tmp", folder / name)
    except OSError as error:
        raise output_error(folder, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def renamed(target: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, and rename what was written there once the block has ended well.

    Parameters
    ----------
    target : Path
        The file; its folder exists. A reader of it never meets half of it.

    Raises
    ------
    OSError
        It cannot be written; what was there before is then left as it was.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(target: Path, content: bytes, what: str) -> Path:
    """Write one file so that a reader of it never meets half of it: under a temporary name, then renamed.

    Parameters
    ----------
    target : Path
        The file; its folder exists.
    content : bytes
    what : str
        What it is, for the message: ``the picture``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    OutputError
        It cannot be written; what was there before is then left as it was.
    """
    try:
        with renamed(target) as temporary, open(temporary, "xb") as file:
            file.write(content)
    except OSError as error:
        raise OutputError(f"{target}: {what} cannot be written: {error.strerror or error}") from error
    return target
