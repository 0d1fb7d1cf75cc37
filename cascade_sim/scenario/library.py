"""Scenarios that come with the package, found by name from any folder."""

from __future__ import annotations

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent
ENDINGS = (".yaml", ".yml")


def folder() -> pathlib.Path:
    """Return the folder of the bundled scenarios: inside an installed package, beside it in a checkout."""
    installed = _PACKAGE / "bundled_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def names() -> list[str]:
    """Return the names of the bundled scenarios, such as ``march_2020`` and ``textbook/uniform``, sorted."""
    root = folder()
    files = (file.relative_to(root) for ending in ENDINGS for file in root.rglob(f"*{ending}"))
    return sorted(file.with_suffix("").as_posix() for file in files if file.parts[0] != "sweeps")


def find(name: str) -> pathlib.Path | None:
    """Return the file of a bundled scenario, or None if there is none of that name.

    Parameters
    ----------
    name : str
        With or without ``.yaml``.
    """
    bare = next((name[: -len(ending)] for ending in ENDINGS if name.endswith(ending)), name)
    if bare not in names():
        return None
    return next(file for ending in ENDINGS if (file := folder() / (bare + ending)).is_file())
