"""The decorators that every kernel wears, and the cache key that makes numba's disk cache safe."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba

_ROOM = Path(__file__).parent
_ENTRY = "tick.advance*.nbi"


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


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def cache_folder() -> Path:
    """Return the folder that holds the compiled kernels of exactly this source.

    ``CASCADE_SIM_CACHE_DIR`` or ``NUMBA_CACHE_DIR`` moves it; otherwise it is ``cascade_sim/`` in the user's cache
    folder, or in the system's temporary folder where that cannot be written.
    """
    name = f"kernels-{room_digest()}"
    chosen = os.environ.get("CASCADE_SIM_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen) / name
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cascade_sim" / name
    return home if _writable(home) else Path(tempfile.gettempdir()) / "cascade_sim" / name


_FOLDER = cache_folder()
_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "fastmath": False, "no_cfunc_wrapper": True}
# Without numba's run-time for arrays: see `borrowing`.
_BORROWS: dict[str, Any] = {"_nrt": False}


def _compiled(function, **more):
    # numba chooses the cache folder when a function is decorated; other packages' caches are left where they are.
    settings: Any = numba.config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(_FOLDER)
    try:
        return numba.njit(**_OPTIONS, **more)(function)
    finally:
        settings.CACHE_DIR = before


def kernel(function):
    """Compile a pure function with numba: cached on disk, numpy error model, no fast-math.

    Fast-math is off because it lets the compiler assume that NaN does not occur, and NaN marks what is not known.
    Kernels draw no chance, do no I/O and never raise; they return a status.
    """
    return _compiled(function)


def borrowing(function):
    """Compile like `kernel`, for what makes no arrays and passes tuples of them on.

    numba counts references to every array of a tuple, atomically, at every call: for the fifty arrays of a world that
    is a microsecond a liquidation. Python holds them all for as long as a kernel runs, so nothing inside has to.
    """
    return _compiled(function, **_BORROWS)


def released(function):
    """Compile like `borrowing`, and let Python's other threads run meanwhile: for calls that take long."""
    return _compiled(function, nogil=True, **_BORROWS)


def released_kernel(function):
    """Compile like `kernel`, and let Python's other threads run meanwhile."""
    return _compiled(function, nogil=True)


def inner(function):
    """Compile a kernel that only kernels call: borrowing, and without the wrapper that Python would need.

    Records and tuples of arrays make those wrappers a quarter of the whole compile time.
    """
    return _compiled(function, no_cpython_wrapper=True, **_BORROWS)


def melded(function):
    """Compile like `inner`, and have LLVM melt the code into its callers whatever its size.

    For what runs every tick or every liquidation: a call that is left standing spills every floating-point register.
    Unlike `inlined` it costs numba no second look at the source, so compiling takes hardly longer.
    """
    return _compiled(function, no_cpython_wrapper=True, forceinline=True, **_BORROWS)


def inlined(function):
    """Compile a few lines into every caller: for what is called every tick and does next to nothing."""
    return _compiled(function, inline="always", **_BORROWS)


def is_compiled() -> bool:
    """Tell whether the disk cache already holds the compiled tick loop of this source."""
    return _FOLDER.is_dir() and any(_FOLDER.rglob(_ENTRY))
