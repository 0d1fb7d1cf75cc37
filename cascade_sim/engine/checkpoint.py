"""Standing still and going on: a world written to one file and read back to the same bits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cascade_sim.engine.world import World
from cascade_sim.errors import OutputError, RunError
from cascade_sim.kernels.jit import room_digest
from cascade_sim.kernels.state import Log, Positions, Tape


def _parts(world: World) -> dict[str, np.ndarray]:
    parts: dict[str, np.ndarray] = {"rules": world.rules, "state": world.state}
    for name, group in (("positions", world.positions), ("tape", world.tape), ("log", world.log)):
        for field, value in zip(group._fields, group, strict=True):
            parts[f"{name}.{field}"] = np.asarray(value)
    parts["log.events"] = world.log.events[: int(world.state["events"][0])]
    parts["event_room"] = np.asarray(world.log.events.size)
    parts["kernels"] = np.asarray(room_digest())
    return parts


def save_world(world: World, path: Path) -> None:
    """Write a world to one ``.npz`` file, under a temporary name first.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **_parts(world))
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f"{path}: the checkpoint cannot be written: {error.strerror}") from error


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
            raise RunError(
                f"{path}: the checkpoint was written by another version of the engine; start the run again"
            )
        events = np.empty(int(parts["event_room"]), parts["log.events"].dtype)
        events[: parts["log.events"].size] = parts["log.events"]
        parts["log.events"] = events
        groups = {
            name: {field: parts[f"{name}.{field}"] for field in kind._fields}
            for name, kind in (("positions", Positions), ("tape", Tape), ("log", Log))
        }
        groups["positions"]["longs"] = int(groups["positions"]["longs"])
        return World(
            parts["rules"],
            parts["state"],
            Positions(**groups["positions"]),
            Tape(**groups["tape"]),
            Log(**groups["log"]),
        )
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read ({error}); start the run again") from error
