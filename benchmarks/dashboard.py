"""How often the dashboard is drawn anew while 100,000 traders' market runs, in a headless browser on this machine.

Run: python benchmarks/dashboard.py [--quick]

Needs the extra ``viz``, selenium, chromium and chromedriver; the browser takes part in the machine's two cores. Redraws
are counted on the page, by the chart that was drawn least often: what ECharts says when it has drawn.

The charts are Apache ECharts' (`cascade_sim/mesa_bridge/dashboard/echarts.py`), kept light: no animation, at most 300
points a line, and the cells of the heatmap as one picture below the figure. Measured while building, with four charts
of one size and a wait for the browser after every redraw: ECharts 5 to 10 a second, a canvas of our own 6 to 10 (10 is
the most that the page asks for), both drawn in the browser; plotly's FigureWidget with changes of data only 2 to 3,
half of it in Python; reused matplotlib artists as PNG 1.6, nearly all in Python, where it holds up the market. The
second table repeats the last.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from measure import Goal, Report, in_time_units, machine_line, median, seconds_of, table

from cascade_sim.mesa_bridge import CascadeModel
from cascade_sim.mesa_bridge.dashboard.echarts import option_of
from cascade_sim.mesa_bridge.dashboard.heatmap_panel import heatmap_spec
from cascade_sim.mesa_bridge.dashboard.liquidations_panel import liquidations_spec
from cascade_sim.mesa_bridge.dashboard.map_panel import map_spec
from cascade_sim.mesa_bridge.dashboard.price_panel import price_spec
from cascade_sim.mesa_bridge.dashboard.reading import Reading

SPECS = (price_spec, liquidations_spec, map_spec, heatmap_spec)
LEAST = 3.0
SPEEDS = ("60 s of the market a second", "300 s of the market a second", "as fast as it goes")
DRAWN = "return Math.min(...[...document.querySelectorAll('.cascade-live')].map(each => +each.dataset.drawn))"


@contextmanager
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "cascade_sim", "dashboard", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None, "the server does not start"
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


@contextmanager
def browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def wait_for(driver: Any, word: str) -> None:
    while word not in driver.execute_script("return document.querySelector('.cascade-pulse')?.innerText ?? ''"):
        time.sleep(0.05)


def press(driver: Any, word: str) -> None:
    driver.execute_script(
        "[...document.querySelectorAll('button')].find(b => b.innerText.includes(arguments[0])).click()", word
    )


def choose_speed(driver: Any, word: str) -> None:
    driver.execute_script(
        "return [...document.querySelectorAll('.v-select')].find(s => s.innerText.startsWith('Speed'))"
        ".querySelector('.v-select__slot')"
    ).click()
    item = (
        "return [...document.querySelectorAll('.menuable__content__active .v-list-item')]"
        ".find(i => i.innerText.trim() === arguments[0])"
    )
    while (found := driver.execute_script(item, word)) is None:
        time.sleep(0.05)
    driver.execute_script("arguments[0].click()", found)


def played(driver: Any, word: str, most_s: float) -> tuple[float, float]:
    """Play at one speed for some seconds, or to the end; return redraws and ticks a second."""
    choose_speed(driver, word)
    press(driver, "Reset")
    wait_for(driver, "ready")
    press(driver, "Play")
    first, begin = driver.execute_script(DRAWN), time.perf_counter()
    while time.perf_counter() - begin < most_s:
        time.sleep(0.02)
        if "finished" in driver.execute_script("return document.querySelector('.cascade-pulse').innerText"):
            break
    elapsed = time.perf_counter() - begin
    drawn = driver.execute_script(DRAWN) - first
    words = driver.execute_script("return document.querySelector('[data-name=Time] .figure').innerText")
    units = {"s": 1, "min": 60, "h": 3600}
    done = sum(float(amount) * units[unit] for amount, unit in re.findall(r"([\d.]+) (\w+)", words))
    if "running" in driver.execute_script("return document.querySelector('.cascade-pulse').innerText"):
        press(driver, "Pause")
    return drawn / elapsed, done / elapsed


def costs() -> list[tuple[str, ...]]:
    """Return what a redraw costs in Python: what ECharts is told, and as reused matplotlib artists in a PNG."""
    model = CascadeModel("playground")
    for _ in range(1_800):
        model.step()

    def message() -> int:
        return sum(len(json.dumps(option_of(spec_of(Reading(model))))) for spec_of in SPECS)

    size = message()
    ours = median([seconds_of(message) for _ in range(20)])
    draw = picture(Reading(model))
    pictures = median([seconds_of(draw) for _ in range(5)])
    return [
        ("four options for ECharts", in_time_units(ours), f"{size / 1e3:.0f} kB"),
        ("four matplotlib panels, artists reused, as PNG", in_time_units(pictures), f"{draw() / 1e3:.0f} kB"),
    ]


def picture(reading: Reading) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), dpi=100)
    FigureCanvasAgg(figure)
    (price, around), (closed, heat) = figure.subplots(2, 2)
    times, mark = reading.level("mark")
    line = price.plot(times, mark)[0]
    bins = reading.bins
    assert bins is not None
    edges = [bins.low + bins.width * place for place in range(bins.number + 1)]
    bars = around.stairs(reading.waiting, edges, fill=True)
    total = closed.plot(reading.times, reading.notional("forced_sell").cumsum())[0]
    image = heat.imshow(reading.frames.T, aspect="auto", origin="lower")

    def draw() -> int:
        line.set_data(*reading.level("mark"))
        bars.set_data(values=reading.waiting)
        total.set_data(reading.times, reading.notional("forced_sell").cumsum())
        image.set_data(reading.frames.T)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
        return buffer.tell()

    return draw


def measure(quick: bool = False) -> Report:
    rows, goals = [], []
    with server() as address, browser() as driver:
        driver.get(address)
        wait_for(driver, "ready")
        while not driver.execute_script(DRAWN):
            time.sleep(0.05)
        for word in SPEEDS[-1:] if quick else SPEEDS:
            redraws, ticks = played(driver, word, 12.0)
            rows.append((word, f"{redraws:.1f}", f"{ticks:,.0f}"))
            goal = Goal(
                f"dashboard, 1e5 traders, {word}", f">= {LEAST:g} redraws a second", f"{redraws:.1f}", redraws >= LEAST
            )
            goals.append(goal)
    text = table(("speed", "redraws a second", "ticks a second"), rows)
    below = table(("a redraw in Python", "time", "size"), costs())
    return Report("dashboard", f"{text}\n\n{below}\n\n{machine_line()}", goals)


if __name__ == "__main__":
    measure("--quick" in sys.argv).show()
