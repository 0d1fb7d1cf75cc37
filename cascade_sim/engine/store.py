"""A run's folder: what is in it, written as a whole and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade_sim.engine import folder as files
from cascade_sim.engine.folder import all_or_nothing, claim_folder, held
from cascade_sim.engine.provenance import data_digests, versions
from cascade_sim.engine.replay import about_pushes
from cascade_sim.errors import CascadeError, RunError
from cascade_sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

    from cascade_sim.engine.run import Run

# Which attribute of `Run` is in a file: of every run that has it, and of the one that others are compared with.
_OPTIONAL_FRAMES = {
    files.HEATMAP: "heatmap",
    files.LENDING: "lending",
    files.AUCTIONS: "auctions",
    files.KEEPERS: "keepers",
}
_FRAMES_OF_BASE = {files.CROWD: "crowd_map", files.LOANS: "loans"}
_UNITS, _CATEGORIES = b"cascade_sim.units", b"cascade_sim.categories"


def write_parquet(path: Path, frame: pd.DataFrame, about: Mapping[str, str] | None = None) -> None:
    """Write a frame as Parquet, its units in the schema's metadata and in every field's (key ``unit``).

    What ``about`` says goes into the schema's metadata too, its keys after ``cascade_sim.``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    units = frame.attrs.get("units", {})
    bare = frame.copy(deep=False)
    bare.attrs = {}
    table = pa.Table.from_pandas(bare)
    fields = [
        field.with_metadata({b"unit": units[field.name].encode()}) if field.name in units else field
        for field in table.schema
    ]
    # Parquet forgets categories that no row has.
    categories = {name: list(frame[name].cat.categories) for name in frame.select_dtypes("category")}
    metadata = {
        **(table.schema.metadata or {}),
        _UNITS: json.dumps(units).encode(),
        _CATEGORIES: json.dumps(categories).encode(),
        **{f"cascade_sim.{key}".encode(): value.encode() for key, value in (about or {}).items()},
    }
    table = table.cast(pa.schema(fields, metadata=metadata))
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_page_checksum=True)


def read_parquet(path: Path, threads: bool = True) -> pd.DataFrame:
    """Read a frame written by `write_parquet`; its units are in ``attrs["units"]``.

    Without threads a small file is read in less memory.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        table = file.read(use_threads=threads)
    frame, metadata = table.to_pandas(use_threads=threads), table.schema.metadata or {}
    for name, categories in json.loads(metadata.get(_CATEGORIES, b"{}")).items():
        # not astype: to pandas the same categories in another order are the same type
        frame[name] = pd.Categorical(frame[name], categories=categories)
    frame.attrs["units"] = json.loads(metadata.get(_UNITS, b"{}"))
    return frame


def write_json(path: Path, value: Any) -> None:
    """Write strict JSON (no NaN, no infinities), readable by people."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def save_run(run: Run, folder: Path) -> Path:
    """Write a run and its counterfactuals into a folder, whole or not at all.

    Parameters
    ----------
    run : Run
    folder : Path
        New, empty, or holding an earlier run, which is replaced once everything new is on the disk.

    Returns
    -------
    Path
        The folder. It holds ``summary.json``, ``timeline.parquet``, ``liquidations.parquet``,
        ``scenario.yaml`` (resolved), ``run.json`` (hash, seed, versions, digests of data files),
        ``crowd.parquet`` where there was a crowd, ``heatmap.parquet`` where it was recorded, ``push.parquet`` of
        a tracked replay, ``lending.parquet``, ``auctions.parquet``, ``keepers.parquet`` and ``loans.parquet`` with
        lending, and in ``counterfactuals/`` a folder each with its summary, timeline, liquidations and what else it
        has of these but crowd and loans.

    Raises
    ------
    OutputError
        See `claim_folder`, `held` and `all_or_nothing`.
    """
    claim_folder(folder)
    with held(folder):
        write_run(run, folder)
    return folder


def write_run(run: Run, folder: Path) -> None:
    """Write a run into a folder that has been claimed; see `save_run`."""
    scenario = run.scenario
    stated = ", ".join(f"{name} {version}" for name, version in versions().items())
    heading = f"# {scenario.name}: resolved scenario, sha256 {scenario.hash}, run with seed {run.seed}\n"
    manifest = {
        "name": scenario.name,
        "scenario_hash": scenario.hash,
        "seed": run.seed,
        "versions": versions(),
        "data": data_digests([scenario]),
        "counterfactuals": list(run.counterfactuals),
        "base_dir": None if scenario.base_dir is None else str(scenario.base_dir),
    }
    with all_or_nothing(folder, files.MANIFEST, files.OPTIONAL) as place:
        place(files.SCENARIO).write_text(f"{heading}# versions: {stated}\n{scenario.to_yaml()}", encoding="utf-8")
        _write_parts(run, place, "")
        for name, attribute in _FRAMES_OF_BASE.items():
            frame = getattr(run, attribute)
            if frame is not None:
                write_parquet(place(name), frame)
        for name, other in run.counterfactuals.items():
            _write_parts(other, place, f"{files.COUNTERFACTUALS}/{name}/")
        write_json(place(files.MANIFEST), manifest)


def _write_parts(run: Run, place: Any, prefix: str) -> None:
    write_parquet(place(prefix + files.TIMELINE), run.timeline)
    write_parquet(place(prefix + files.LIQUIDATIONS), run.liquidations)
    write_json(place(prefix + files.SUMMARY), run.summary)
    for name, attribute in _OPTIONAL_FRAMES.items():
        frame = getattr(run, attribute)
        if frame is not None:
            write_parquet(place(prefix + name), frame)
    if run.push is not None:
        write_parquet(place(prefix + files.PUSH), run.push, about_pushes(run.scenario))


def at_home(scenario: Scenario, base_dir: str | None) -> Scenario:
    """Return a scenario read from a result's folder, with the folder where its data files were found."""
    return scenario if base_dir is None else Scenario.from_tree(scenario.written, Path(base_dir))


def load_run(folder: Path) -> Run:
    """Read a run back from its folder; see `Run.load`."""
    if not folder.is_dir():
        raise RunError(f"{folder}: there is no such folder")
    missing = [name for name in files.REQUIRED if not (folder / name).is_file()]
    if missing:
        kind = "is not the folder of a run" if len(missing) == len(files.REQUIRED) else "is not whole"
        if (folder / files.SWEEP_MANIFEST).is_file():
            raise RunError(f"{folder}: holds a sweep of many runs, not one run; read it with SweepResult.load")
        if (folder / files.CHECKPOINT).is_dir():
            kind = f"holds an interrupted run (go on with: cascade-sim run --resume {folder})"
        raise RunError(f"{folder}: {kind}: {', '.join(missing)} missing; run the scenario again with --out")
    with _reading(folder / files.MANIFEST):
        manifest = json.loads((folder / files.MANIFEST).read_text(encoding="utf-8"))
        seed, names, base_dir = manifest["seed"], manifest["counterfactuals"], manifest["base_dir"]
        made_with = {key: dict(manifest[key]) for key in ("versions", "data")}
    with _reading(folder / files.SCENARIO):
        scenario = at_home(load_scenario(folder / files.SCENARIO), base_dir)
        others = {name: scenario.counterfactual(name) for name in names}
    run = _load_parts(folder, scenario, seed)
    run.made_with = made_with
    for name, other in others.items():
        run.counterfactuals[name] = _load_parts(folder / files.COUNTERFACTUALS / name, other, seed)
    _load_frames(run, folder, _FRAMES_OF_BASE)
    return run


def _load_frames(run: Run, folder: Path, frames: Mapping[str, str]) -> None:
    for name, attribute in frames.items():
        if (folder / name).is_file():
            with _reading(folder / name):
                setattr(run, attribute, read_parquet(folder / name))


def _load_parts(folder: Path, scenario: Scenario, seed: int) -> Run:
    from cascade_sim.engine.run import Run

    frames = []
    for name in (files.TIMELINE, files.LIQUIDATIONS):
        with _reading(folder / name):
            frames.append(read_parquet(folder / name))
    with _reading(folder / files.SUMMARY):
        summary = json.loads((folder / files.SUMMARY).read_text(encoding="utf-8"))
        if not (isinstance(summary, dict) and isinstance(summary.get("units"), dict)):
            raise ValueError("it holds no figures with their units")
    run = Run(scenario, seed, summary, *frames)
    _load_frames(run, folder, {**_OPTIONAL_FRAMES, files.PUSH: "push"})
    return run


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (CascadeError, OSError, ValueError, LookupError, TypeError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise RunError(f"{path}: cannot be read: {reason}; run the scenario again with --out") from error
