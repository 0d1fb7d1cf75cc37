"""What a folder of rows says about itself, and whether more rows may be put there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade_sim.engine.folder import SCENARIO, SWEEP_MANIFEST, write_whole
from cascade_sim.engine.provenance import data_digests, versions
from cascade_sim.errors import CascadeError, OutputError, RunError
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    from cascade_sim.sweeps.asked import Asked
    from cascade_sim.sweeps.rows import Rows
    from cascade_sim.sweeps.spec import Sweep


class Kind(NamedTuple):
    """What the rows of a folder are of: the word for it, and the files that say what it is and what was asked."""

    word: str
    manifest: str
    asked: str


SWEEP = Kind("sweep", SWEEP_MANIFEST, "sweep.yaml")
COMPARISON = Kind("comparison", "manifest.json", SCENARIO)
# Keys whose values name data files; other texts in a list of values are amounts or names.
_NAMES_FILES = ("file", "positions", "extends")


def manifest_of(sweep: Asked, rows: Rows) -> dict[str, Any]:
    """Return the manifest of what was asked and has not finished."""
    empty = rows.frame({name: [] for name in rows.columns})
    base = sweep.base
    return {
        "name": sweep.name,
        "sweep_hash": sweep.hash,
        "keys": _digests(sweep),
        "scenario_hash": base.hash,
        "seed": sweep.seed,
        "versions": versions(),
        "data": data_digests(sweep.scenarios()),
        "base_dir": None if base.base_dir is None else str(base.base_dir),
        "points": len(rows.points),
        "points_digest": hashlib.sha256(rows.points.to_csv().encode()).hexdigest(),
        "replicates": sweep.replicates,
        "runs": len(rows.points) * sweep.replicates,
        "columns": {name: str(kind) for name, kind in empty.dtypes.items()},
        "units": rows.units,
        "finished": False,
    }


def _digests(sweep: Asked) -> dict[str, str]:
    """Return a short digest of every key that was asked, so that a folder can say which one was changed."""
    resolved = sweep.resolved()
    return {
        key: hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
        for key, value in resolved.items()
    }


def scenarios_of(sweep: Sweep) -> Iterator[Scenario]:
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


def write_manifest(folder: Path, manifest: Mapping[str, Any], kind: Kind = SWEEP) -> None:
    """Write a manifest as strict JSON, whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(folder / kind.manifest, text.encode(), f"the {kind.word}'s manifest")


def read_manifest(folder: Path, kind: Kind = SWEEP) -> dict[str, Any]:
    """Read the manifest of a folder.

    Raises
    ------
    RunError
        There is none, or it cannot be read.
    """
    path = folder / kind.manifest
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not isinstance(manifest["columns"], dict):
            raise ValueError(f"it does not describe a {kind.word}")
    except FileNotFoundError:
        raise RunError(f"{folder}: is not the folder of a {kind.word}: it has no {kind.manifest}") from None
    except (OSError, ValueError, LookupError) as error:
        raise RunError(
            f"{path}: cannot be read: {error}; give another folder, or start the {kind.word} again"
        ) from error
    return manifest


def refuse_to_mix(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any], kind: Kind = SWEEP) -> None:
    """Raise OutputError if rows of two sweeps or comparisons, or of two versions, would come to lie in one folder."""
    differences = list(_differences(there, here, kind.word))
    if differences:
        raise OutputError(
            f"{folder}: holds rows that cannot be mixed with those of this {kind.word}: {'; '.join(differences)}; give "
            "another folder, or remove this one to start again"
        )


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], word: str) -> Iterator[str]:
    if there.get("sweep_hash") != here["sweep_hash"]:
        changed = _changed(there.get("keys") or {}, here["keys"])
        what = f", at {', '.join(changed)}" if changed else ""
        yield f"the {word} '{there.get('name')}' that made them is another one{what}"
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
