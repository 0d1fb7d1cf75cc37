"""What a sweep's folder says about itself, and whether more rows may be put there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine.folder import SWEEP_MANIFEST, write_whole
from cascade_sim.engine.provenance import data_digests, versions
from cascade_sim.errors import CascadeError, OutputError, RunError
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    from cascade_sim.sweeps.rows import Rows
    from cascade_sim.sweeps.spec import Sweep

MANIFEST = SWEEP_MANIFEST
# Keys whose values name data files; other texts in a list of values are amounts or names.
_NAMES_FILES = ("file", "positions", "extends")


def manifest_of(sweep: Sweep, rows: Rows) -> dict[str, Any]:
    """Return the manifest of a sweep that has not finished."""
    empty = rows.frame({name: [] for name in rows.columns})
    base = sweep.base
    return {
        "name": sweep.name,
        "sweep_hash": sweep.hash,
        "keys": _digests(sweep),
        "scenario_hash": base.hash,
        "seed": sweep.seed,
        "versions": versions(),
        "data": data_digests(_scenarios(sweep)),
        "base_dir": None if base.base_dir is None else str(base.base_dir),
        "points": len(rows.points),
        "points_digest": hashlib.sha256(rows.points.to_csv().encode()).hexdigest(),
        "replicates": sweep.replicates,
        "runs": len(rows.points) * sweep.replicates,
        "columns": {name: str(kind) for name, kind in empty.dtypes.items()},
        "units": rows.units,
        "finished": False,
    }


def _digests(sweep: Sweep) -> dict[str, str]:
    """Return a short digest of every key of a sweep, so that a folder can say which one was changed."""
    resolved = sweep.resolved()
    return {
        key: hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
        for key, value in resolved.items()
    }


def _scenarios(sweep: Sweep) -> Iterator[Scenario]:
    """Yield the scenario, and what it becomes under every value that may name data files of its own."""
    yield sweep.base
    for key, varied in sweep.varied.items():
        if varied.kind != "list":
            continue
        for value in varied.values:
            if isinstance(value, Mapping) or (isinstance(value, str) and key.rpartition(".")[2] in _NAMES_FILES):
                try:
                    yield sweep.base.with_overrides({key: value})
                except CascadeError:
                    continue


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest as strict JSON, whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(folder / MANIFEST, text.encode(), "the sweep's manifest")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a sweep's folder.

    Raises
    ------
    RunError
        There is none, or it cannot be read.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not isinstance(manifest["columns"], dict):
            raise ValueError("it does not describe a sweep")
    except FileNotFoundError:
        raise RunError(f"{folder}: is not the folder of a sweep: it has no {MANIFEST}") from None
    except (OSError, ValueError, LookupError) as error:
        raise RunError(f"{path}: cannot be read: {error}; give another folder, or start the sweep again") from error
    return manifest


def refuse_to_mix(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise OutputError if rows of two sweeps, or of two versions, would come to lie in one folder."""
    differences = list(_differences(there, here))
    if differences:
        raise OutputError(
            f"{folder}: holds rows that cannot be mixed with those of this sweep: {'; '.join(differences)}; give "
            "another folder, or remove this one to start again"
        )


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    if there.get("sweep_hash") != here["sweep_hash"]:
        changed = _changed(there.get("keys") or {}, here["keys"])
        what = f", at {', '.join(changed)}" if changed else ""
        yield f"the sweep '{there.get('name')}' that made them is another one{what}"
    elif there.get("points_digest") != here["points_digest"]:
        yield "the design drew other points for it, as another version of scipy or SALib may"
    elif there.get("columns") != here["columns"]:
        yield "they have other columns"
    before, now = there.get("versions") or {}, here["versions"]
    for name in _changed(before, now):
        yield f"they were made with {name} {before.get(name, 'of no known version')}, here is {now.get(name, 'none')}"
    for name in _changed(there.get("data") or {}, here["data"]):
        yield f"the data file {name} was changed since"


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]
