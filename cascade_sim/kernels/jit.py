"""The one decorator that every kernel wears, and the cache key that makes numba's disk cache safe."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_ROOM = Path(__file__).parent


def room_digest() -> str:
    """Return a short digest of every source file in the kernel room.

    numba's disk cache compares the time stamp of the file that holds a function but not of the files its callees
    live in, so a changed helper would leave a stale compiled caller behind. Keying the cache folder on the whole
    room's contents makes any change recompile everything, once.
    """
    digest = hashlib.sha256()
    for path in sorted(_ROOM.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_base() -> Path:
    chosen = os.environ.get("CASCADE_SIM_CACHE_DIR")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cascade_sim"


def cache_folder() -> Path:
    """Return the folder that holds the compiled kernels of exactly this source.

    ``CASCADE_SIM_CACHE_DIR`` moves it; otherwise it is ``cascade_sim/`` in the user's cache folder.
    """
    return _cache_base() / f"kernels-{room_digest()}"


# numba reads these when it is imported and when a function is decorated. The fixed locator index keeps the compiled
# files in our folder whatever the package's own folder allows.
_FOLDER = cache_folder()
if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(_FOLDER)

import numba  # noqa: E402  (after the cache folder is chosen)

if not os.environ.get("CASCADE_SIM_KEEP_NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_FOLDER)


_OPTIONS = {"cache": True, "error_model": "numpy", "fastmath": False, "no_cfunc_wrapper": True}


def kernel(function):
    """Compile a pure function with numba: cached on disk, numpy error model, no fast-math.

    Fast-math is off because it lets the compiler assume that NaN does not occur, and NaN marks what is not known.
    Kernels draw no chance, do no I/O and never raise; they return a status.
    """
    return numba.njit(**_OPTIONS)(function)


def inner(function):
    """Compile a kernel that only kernels call: the same, without the wrapper that Python would need.

    Records and tuples of arrays make those wrappers a quarter of the whole compile time.
    """
    return numba.njit(no_cpython_wrapper=True, **_OPTIONS)(function)


def inlined(function):
    """Compile a few lines into every caller: for what is called every tick and does next to nothing."""
    return numba.njit(inline="always", **_OPTIONS)(function)


def is_compiled() -> bool:
    """Tell whether the disk cache already holds compiled kernels for this source."""
    return _FOLDER.is_dir() and any(_FOLDER.rglob("*.nbc"))
