"""What a result depends on beside its scenario and seed: versions, and the contents of data files."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cascade_sim.engine.paths import data_path
from cascade_sim.scenario import Scenario

_FILE_KEYS = ("file", "positions")


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    names = ("cascade-sim", "numpy", "numba", "pandas", "pyarrow")
    found = {name: importlib.metadata.version(name) for name in names}
    return {"python": platform.python_version(), **found}


def _named_files(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for child in value:
            yield from _named_files(child)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if isinstance(child, str) and str(key).rpartition(".")[2] in _FILE_KEYS:
                yield child
            else:
                yield from _named_files(child)


def data_digests(scenarios: Iterable[Scenario]) -> dict[str, str | None]:
    """Return the SHA-256 of every data file that scenarios name; None for one that cannot be read."""
    digests: dict[str, str | None] = {}
    for scenario in scenarios:
        for name in _named_files(scenario.resolved()):
            try:
                with data_path(scenario, name).open("rb") as file:
                    digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                digests[name] = None
    return digests
