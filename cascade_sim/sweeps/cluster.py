"""Workers of a dask cluster: more than one machine."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

from cascade_sim.engine.provenance import versions
from cascade_sim.errors import CascadeError, RunError
from cascade_sim.sweeps.executors import Workers

_CONNECT_S = 10.0
_LOOK_S = 2.0
_ALONE_S = 300.0
_PACKAGES = {"cascade_sim": "cascade-sim", "numpy": "numpy", "numba": "numba"}


def cluster(address: str) -> Cluster:
    """Connect to a dask scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    CascadeError
        ``distributed`` is not installed.
    RunError
        Nobody answers there, the scheduler has no workers, or one has other versions.
    """
    try:
        from distributed import Client
    except ImportError:
        raise CascadeError(
            "a scheduler needs the library distributed; install it with: pip install 'cascade-sim[cluster]'"
        ) from None
    try:
        _knock(address)
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise RunError(
            f"--scheduler {address}: no dask scheduler answers there ({reason}); start one with: dask scheduler"
        ) from error
    try:
        return Cluster(client, own=True)
    except BaseException:
        client.close()
        raise


def _knock(address: str) -> None:
    """Raise OSError or ValueError where no scheduler is: a client would try on, or wait for one to speak, for ever."""
    where = urlsplit(address if "://" in address else f"tcp://{address}")
    if where.scheme not in ("tcp", "tls", "ws", "wss"):
        raise ValueError("an address is like tcp://10.0.0.1:8786")
    if where.hostname is None or where.port is None:
        raise ValueError("the address has no host or no port; one is like tcp://10.0.0.1:8786")
    with socket.create_connection((where.hostname, where.port), timeout=_CONNECT_S) as line:
        # Without encryption the scheduler speaks first.
        if where.scheme == "tcp" and not line.recv(1):
            raise ConnectionError("what listens there is no dask scheduler")


class Cluster(Workers):
    """Workers of a dask cluster. The scheduler hands a dead worker's chunks to others by itself.

    Parameters
    ----------
    client : distributed.Client
    own : bool
        Whether to close the client at the end.
    """

    def __init__(self, client: Any, own: bool = False) -> None:
        if client.asynchronous:
            raise CascadeError("executor: the client is asynchronous; give distributed.Client(..., asynchronous=False)")
        self._client, self._own = client, own
        self._seen, self._looked, self._peopled = 0, 0.0, time.monotonic()
        self._wait_for_workers()
        self._compare_versions()
        self.versions = versions()
        self.executor = client.get_executor(pure=False)

    def _wait_for_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT_S)
        except (TimeoutError, OSError) as error:
            address = self._address()
            raise RunError(
                f"the scheduler {address} has no workers; start one on every machine with: dask worker {address}"
            ) from error

    def _compare_versions(self) -> None:
        here = versions()
        wanted = {"python": here["python"], **{module: here[name] for module, name in _PACKAGES.items()}}
        for address, found in self._client.get_versions(packages=list(_PACKAGES))["workers"].items():
            there = {**found["packages"], "python": ".".join(found["packages"]["python"].split(".")[:3])}
            for name, version in wanted.items():
                if there.get(name) != version:
                    has = f"has {name} {there[name]}" if there.get(name) else f"has no {name}"
                    raise RunError(
                        f"the worker {address} {has}, this process {version}; their rows would not be the same: "
                        "install the same versions on all machines"
                    )

    def _address(self) -> str:
        return str(self._client.scheduler.address) if self._client.scheduler else "?"

    def count(self) -> int:
        """Return the number of worker processes, asked for every other second."""
        now = time.monotonic()
        if now - self._looked > _LOOK_S:
            self._seen, self._looked = len(self._client.nthreads()), now
            if self._seen:
                self._peopled = now
        return max(1, self._seen)

    def check(self) -> None:
        """Raise RunError if the scheduler is gone, or has had no workers for minutes."""
        if self._client.status != "running":
            raise self.lost()
        self.count()
        if time.monotonic() - self._peopled > _ALONE_S:
            raise RunError(
                f"the scheduler {self._address()} has had no workers for {_ALONE_S:g} s; rows that were finished are "
                "kept, run it again when there are workers"
            )

    def lost(self) -> RunError:
        """Return the error that says that the scheduler is gone."""
        return RunError(
            f"the scheduler {self._address()} was lost; rows that were finished are kept, run it again to go on"
        )

    def close(self, at_once: bool = False) -> None:
        """Cancel what the cluster has not begun, and close the client if it is ours."""
        if self._client.status == "running":
            self.executor.shutdown(wait=False)
        if self._own:
            self._client.close()
