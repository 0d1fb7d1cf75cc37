"""The dashboard's panels in a page of Mesa's own, in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mesa")
pytest.importorskip("solara", reason="needs solara")
pytest.importorskip("uvicorn", reason="needs solara's server")
pytest.importorskip("selenium.webdriver", reason="needs selenium")

from browsing import BROWSER, DRIVER, errors_of, headless, within_patience

pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver on the PATH")

APP = """
from mesa.visualization import Slider, SolaraViz

from cascade_sim.mesa_bridge import CascadeModel
from cascade_sim.mesa_bridge.dashboard.panels import HeatmapPanel, LiquidationsPanel, MapPanel, PricePanel

model = CascadeModel("playground")
page = SolaraViz(
    model,
    components=[PricePanel, LiquidationsPanel, MapPanel, HeatmapPanel],
    model_params={"leverage": Slider("Leverage", value=20, min=10, max=30, step=2)},
    play_interval=1,
    render_interval=30,
)
"""


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    app, log = tmp_path / "own_page.py", tmp_path / "errors.txt"
    app.write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "solara", "run", str(app), "--no-open", "--production"]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False"}
    with log.open("w") as said:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=said, stderr=said, env=environment
        )
    try:
        within_patience(lambda: server.poll() is not None or _answers(port))
        assert server.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _notes(browser: Any) -> dict[str, str]:
    """Return the charts that have been drawn, each with the words beside its title."""
    script = (
        "return Object.fromEntries([...document.querySelectorAll('.cascade-chart')]"
        ".filter(c => +c.querySelector('.cascade-live').dataset.drawn)"
        ".map(c => [c.dataset.name, c.querySelector('.note').innerText]))"
    )
    return browser.execute_script(script)


def _mark(browser: Any) -> float:
    return float(_notes(browser)["price"].split()[1].rstrip(",").replace(",", ""))


def test_the_panels_play_in_mesas_page_and_the_price_falls(address, tmp_path):
    with headless(tmp_path / "profile") as browser:
        browser.get(address)
        within_patience(lambda: set(_notes(browser)) == {"price", "liquidations", "map", "heatmap"})
        assert _mark(browser) == 60_000
        play = "return [...document.querySelectorAll('button')].find(b => b.innerText.trim() === '▶')"
        within_patience(lambda: browser.execute_script(play)).click()
        within_patience(lambda: _mark(browser) < 59_900)
        assert errors_of(browser) == []
