"""Named random streams, so that adding one never shifts another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@lru_cache(maxsize=1024)
def stream_key(name: str) -> tuple[int, int, int, int]:
    """Return the spawn key of a stream's name: the first 16 bytes of its SHA-256 as four words."""
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    first, second, third, fourth = (int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return first, second, third, fourth


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named stream of a run.

    Parameters
    ----------
    seed : int
        The run's seed, non-negative.
    name : str
        What the numbers are for, e.g. ``"flow.noise"`` or ``"crowd.longs.leverage"``. The stream depends on the seed
        and on these characters alone (a SHA-256 of the name keys a ``SeedSequence``), never on which other streams
        exist or on the order in which they are asked for.

    Returns
    -------
    numpy.random.Generator
        A PCG64 generator at the start of its stream.
    """
    import numpy as np

    sequence = np.random.SeedSequence(entropy=seed, spawn_key=stream_key(name))
    return np.random.Generator(np.random.PCG64(sequence))


def streams(seeds: Iterable[int], name: str) -> Iterator[np.random.Generator]:
    """Return the generators of one named stream of several runs, in the order of their seeds."""
    return (stream(seed, name) for seed in seeds)
