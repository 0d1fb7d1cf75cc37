"""Standing still and going on: a world written to one file and read back to the same bits."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from cascade_sim.crowd.loans import Loans
from cascade_sim.engine.folder import CHECKPOINT_MANIFEST
from cascade_sim.engine.world import World
from cascade_sim.errors import RunError
from cascade_sim.kernels.desk import ACCOUNT, INSTRUCTION, ORDER, Desk
from cascade_sim.kernels.jit import room_digest
from cascade_sim.kernels.lending_state import ACTION, AUCTION, CHAIN, KEEPER, POOL, Lending
from cascade_sim.kernels.records import ENTRANT, EVENT, TERMS
from cascade_sim.kernels.rules import RULES
from cascade_sim.kernels.state import STATE, Log, Moves, Positions, Tape

# A file forgets that records are aligned, and for numba a record that is not is another type, to be compiled for anew.
_RECORDS = {
    "rules": RULES, "state": STATE, "log.events": EVENT, "moves.terms": TERMS, "moves.entrants": ENTRANT,
    "desk.accounts": ACCOUNT, "desk.orders": ORDER, "desk.instructions": INSTRUCTION,
    "lending.chain": CHAIN, "lending.pools": POOL, "lending.keepers": KEEPER, "lending.auctions": AUCTION,
    "lending.actions": ACTION,
}  # fmt: skip


_GROUPS: tuple[tuple[str, Any], ...] = (
    ("positions", Positions), ("tape", Tape), ("log", Log), ("moves", Moves), ("desk", Desk), ("lending", Lending),
)  # fmt: skip


def _parts(world: World) -> dict[str, np.ndarray]:
    parts: dict[str, np.ndarray] = {"rules": world.rules, "state": world.state}
    groups: list[tuple[str, Any]] = [("positions", world.positions), ("tape", world.tape), ("log", world.log)]
    if world.moves is not None:
        groups.append(("moves", world.moves))
    if world.desk is not None:
        groups.append(("desk", world.desk))
    if world.lending is not None:
        groups.append(("lending", world.lending))
    for number, loans in enumerate(world.loans or ()):
        groups.append((f"loans{number}", loans))
    for name, group in groups:
        for field, value in zip(group._fields, group, strict=True):
            parts[f"{name}.{field}"] = np.asarray(value)
    parts["log.events"] = world.log.events[: int(world.state["events"][0])]
    parts["event_room"] = np.asarray(world.log.events.size)
    parts["kernels"] = np.asarray(room_digest())
    return parts


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read what a checkpoint's folder says of itself.

    Returns
    -------
    dict
        ``name``, ``seed``, ``scenario_hash``, ``base_dir`` and ``data`` (digests of data files).

    Raises
    ------
    RunError
        It is not there, or is damaged.
    """
    try:
        about = json.loads((folder / CHECKPOINT_MANIFEST).read_text(encoding="utf-8"))
        return {key: about[key] for key in ("name", "seed", "scenario_hash", "base_dir", "data")}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"{folder}: the checkpoint cannot be read ({error}); start the run again") from error


def save_world(world: World, path: Path) -> None:
    """Write a world to one ``.npz`` file, whatever the path's ending.

    Parameters
    ----------
    world : World
        Between two calls of `advance`.
    path : Path
        A temporary name: moving the finished file into place is the caller's (`folder.all_or_nothing`).
    """
    with path.open("wb") as file:
        np.savez(file, **_parts(world))  # type: ignore[arg-type]


def load_world(path: Path) -> World:
    """Read a world back.

    Raises
    ------
    RunError
        The file is damaged, or was written by another version of the engine, which might go on differently.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        if str(parts["kernels"]) != room_digest():
            raise RunError(f"{path}: the checkpoint was written by another version of the engine; start the run again")
        for name in _RECORDS.keys() & parts.keys():
            parts[name] = parts[name].view(_RECORDS[name])
        events = np.empty(int(parts["event_room"]), EVENT)
        events[: parts["log.events"].size] = parts["log.events"]
        parts["log.events"] = events
        groups = {
            name: {field: parts[f"{name}.{field}"] for field in kind._fields}
            for name, kind in _GROUPS
            if f"{name}.{kind._fields[0]}" in parts
        }
        groups["positions"]["longs"] = int(groups["positions"]["longs"])
        pools = parts["lending.pools"].size if "lending" in groups else 0
        loans = [Loans(*(parts[f"loans{number}.{field}"] for field in Loans._fields)) for number in range(pools)]
    except (OSError, LookupError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"{path}: the checkpoint cannot be read ({error}); start the run again") from error
    return World(
        parts["rules"],
        parts["state"],
        Positions(**groups["positions"]),
        Tape(**groups["tape"]),
        Log(**groups["log"]),
        Moves(**groups["moves"]) if "moves" in groups else None,
        Desk(**groups["desk"]) if "desk" in groups else None,
        Lending(**groups["lending"]) if "lending" in groups else None,
        loans or None,
    )
