"""Scenarios, venue presets, lending protocols and sweeps that come with the package, found by name from any folder."""

from __future__ import annotations

import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent
ENDINGS = (".yaml", ".yml")
VENUES = "venues"
PROTOCOLS = "protocols"
SWEEPS = "sweeps"


def folder() -> pathlib.Path:
    """Return the folder of the bundled scenarios: inside an installed package, beside it in a checkout."""
    installed = _PACKAGE / "bundled_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def names() -> list[str]:
    """Return the names of the bundled scenarios, such as ``march_2020`` and ``textbook/uniform``, sorted."""
    return [name for name in _all_names() if name.partition("/")[0] not in (SWEEPS, VENUES, PROTOCOLS)]


def presets(kind: str = VENUES) -> list[str]:
    """Return the names of the bundled venue presets, such as ``venues/okx``, or of the lending protocols, sorted."""
    return [name for name in _all_names() if name.partition("/")[0] == kind]


def sweeps() -> list[str]:
    """Return the names of the bundled sweeps, such as ``sweeps/leverage``, sorted."""
    return [name for name in _all_names() if name.partition("/")[0] == SWEEPS]


def find(name: str) -> pathlib.Path | None:
    """Return the file of a bundled scenario, or None if there is none of that name.

    Parameters
    ----------
    name : str
        With or without ``.yaml``.
    """
    return _file(name, names())


def find_preset(name: str, kind: str = VENUES) -> pathlib.Path | None:
    """Return the file of a bundled venue preset, or None if there is none of that name.

    Parameters
    ----------
    name : str
        With or without ``.yaml``.
    kind : str
        ``venues``, or ``protocols`` for a lending protocol.
    """
    return _file(name, presets(kind))


def find_sweep(name: str) -> pathlib.Path | None:
    """Return the file of a bundled sweep, or None if there is none of that name.

    Parameters
    ----------
    name : str
        With or without ``.yaml``.
    """
    return _file(name, sweeps())


def _all_names() -> list[str]:
    root = folder()
    files = (file.relative_to(root) for ending in ENDINGS for file in root.rglob(f"*{ending}"))
    return sorted(file.with_suffix("").as_posix() for file in files)


def _file(name: str, known: list[str]) -> pathlib.Path | None:
    bare = next((name[: -len(ending)] for ending in ENDINGS if name.endswith(ending)), name)
    if bare not in known:
        return None
    return next(file for ending in ENDINGS if (file := folder() / (bare + ending)).is_file())
