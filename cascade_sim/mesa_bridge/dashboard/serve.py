"""Serving the page to this machine's browser, and to nobody else."""

from __future__ import annotations

import os
import socket
import threading
import warnings
import webbrowser
from typing import Any

from cascade_sim.errors import OutputError

HOST = "127.0.0.1"


def free_port(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine only; 0 takes any that is free.

    Raises
    ------
    OutputError
        The port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # who comes before the page is ready waits for it
    except OSError as error:
        listening.close()
        reason = error.strerror or error
        raise OutputError(f"port {port}: {reason}; choose another with --port, or 0 for any that is free") from None
    return listening


def application() -> Any:
    """Return the web application, set up so that nothing is fetched from, or told to, any other machine."""
    os.environ["SOLARA_APP"] = "cascade_sim.mesa_bridge.dashboard.page"
    import solara.settings
    from solara.server import settings

    solara.settings.assets.proxy = True  # what the page needs is served from the package solara-assets
    settings.telemetry.mixpanel_enable = False
    settings.main.mode = "production"  # no checks of the installation on the page, no watching of files
    settings.theme.title = "cascade_sim dashboard"
    settings.theme.show_banner = False
    settings.assets.fontawesome_enabled = False
    from solara.server.starlette import app

    # A page that only this machine sees needs no cookie that works inside of others.
    warnings.filterwarnings("ignore", message="Cookies with samesite")
    return app


def serve(scenario: str, port: int, browser: bool) -> None:
    """Show the page until Ctrl-C.

    Parameters
    ----------
    scenario : str
        What the page begins with.
    port : int
        0 takes any that is free.
    browser : bool
        Whether to open a browser.

    Raises
    ------
    OutputError
        The port is taken.
    """
    import uvicorn

    listening = free_port(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    app = application()
    from cascade_sim.mesa_bridge.dashboard import page

    page.FIRST = scenario
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    print(f"the dashboard is at {address} (Ctrl-C ends it)", flush=True)
    if browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    server.run(sockets=[listening])
