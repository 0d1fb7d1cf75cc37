"""The dashboard in a real browser, where there is one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("mesa")
pytest.importorskip("solara", reason="needs solara")
pytest.importorskip("uvicorn", reason="needs solara's server")
pytest.importorskip("selenium.webdriver", reason="needs selenium")

from browsing import BROWSER, DRIVER, errors_of, headless, within_patience

pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver on the PATH")


class Page:
    """What a visitor sees and does."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address

    def ask(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def open(self) -> None:
        self.browser.get(self.address)
        within_patience(lambda: self.doing() == "ready" and len(self.notes()) == 4)

    def text(self, place: str) -> str:
        return self.ask("return document.querySelector(arguments[0])?.innerText ?? ''", place)

    def doing(self) -> str:
        return self.text(".cascade-pulse")

    def figure(self, name: str) -> str:
        return self.text(f".cascade-tiles [data-name='{name}'] .figure")

    def below(self, name: str) -> str:
        return self.text(f".cascade-tiles [data-name='{name}'] .below")

    def notes(self) -> dict[str, str]:
        """Return the charts that have been drawn, each with the words beside its title."""
        script = (
            "return Object.fromEntries([...document.querySelectorAll('.cascade-chart')]"
            ".filter(c => +c.querySelector('.cascade-live').dataset.drawn)"
            ".map(c => [c.dataset.name, c.querySelector('.note').innerText]))"
        )
        return self.ask(script)

    def press(self, word: str) -> None:
        script = "return [...document.querySelectorAll('button')].find(b => b.innerText.includes(arguments[0]))"
        within_patience(lambda: (button := self.ask(script, word)) and button.is_enabled() and (button.click() or True))

    def choose(self, label: str, word: str) -> None:
        script = (
            "return [...document.querySelectorAll('.v-select')].find(s => s.innerText.startsWith(arguments[0]))"
            ".querySelector('.v-select__slot')"
        )
        self.ask(script, label).click()
        item = (
            "return [...document.querySelectorAll('.menuable__content__active .v-list-item')]"
            ".find(i => i.innerText.trim() === arguments[0])"
        )
        found = within_patience(lambda: self.ask(item, word))
        self.ask("arguments[0].click()", found)

    def point(self, place: Any, right: int) -> None:
        """Point at the middle of something's height, some pixels from its left edge."""
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).move_to_element_with_offset(place, right - place.size["width"] // 2, 0).perform()

    def value(self, keyword: str) -> str:
        return self.text(f".cascade-slider[data-name='{keyword}'] .value")

    def slide(self, keyword: str, key: str, times: int = 1) -> None:
        thumb = self.browser.find_element(
            "css selector", f".cascade-slider[data-name='{keyword}'] .v-slider__thumb-container"
        )
        for _ in range(times):  # one after the other: the page's answer to one key would undo the next
            stood = self.value(keyword)
            thumb.send_keys(key)
            within_patience(lambda stood=stood: self.value(keyword) != stood)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    command = [sys.executable, "-m", "cascade_sim", "dashboard", "--no-browser", "--port", "0"]
    log = tmp_path_factory.mktemp("server") / "errors.txt"
    with log.open("w") as errors:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
        assert found, log.read_text()
        yield found[0]
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) in (0, 130)
        server.stdout.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    with headless(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture(scope="module")
def page(browser, address) -> Page:
    page = Page(browser, address)
    page.open()
    return page


@pytest.fixture(autouse=True)
def no_errors_on_the_console(browser) -> Iterator[None]:
    yield
    assert errors_of(browser) == []


def test_it_loads_from_this_machine_alone(page):
    assert page.browser.title == "cascade_sim dashboard"
    assert set(page.notes()) == {"price", "map", "liquidations", "heatmap"}
    within_patience(lambda: page.figure("Time") == "0 s")
    messages = (json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance"))
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert page.address in asked
    assert [url for url in asked if url.startswith("http") and not url.startswith(page.address)] == []


def test_a_slider_that_moves_builds_the_market_anew(page):
    own, before = page.value("leverage"), page.notes()["map"]
    page.slide("leverage", "\ue012", 3)
    within_patience(lambda: page.value("leverage") != own and page.notes()["map"] != before)
    page.slide("leverage", "\ue014", 3)
    within_patience(lambda: page.value("leverage") == own and page.notes()["map"] == before)


def test_a_step_is_one_tick(page):
    page.press("Step")
    within_patience(lambda: page.figure("Time") == "1 s" and page.doing() == "paused")


def test_a_market_that_is_played_cascades_and_goes_back_to_its_start(page):
    page.choose("Speed", "as fast as it goes")
    page.press("Play")
    within_patience(lambda: page.figure("Time") == "1 h" and "finished" in page.doing())
    within_patience(lambda: page.figure("Largest fall") == "11.79 %")
    within_patience(lambda: page.below("Liquidated") == "60,000 liquidations")
    within_patience(lambda: "−" in page.notes()["price"])
    page.press("Reset")
    within_patience(lambda: page.figure("Time") == "0 s" and page.below("Liquidated") == "0 liquidations")
    within_patience(lambda: "+0.00 %" in page.notes()["price"])


def test_a_pause_stands_still(page):
    page.choose("Speed", "10 s of the market a second")
    page.press("Play")
    within_patience(lambda: page.figure("Time") not in ("", "0 s"))
    page.press("Pause")
    within_patience(lambda: page.doing() == "paused")
    stood = page.figure("Time")
    time.sleep(0.4)
    assert page.figure("Time") == stood


def test_a_chart_tells_its_values_at_the_pointer_while_the_market_runs(page):
    page.choose("Speed", "10 s of the market a second")
    page.press("Play")
    chart = page.browser.find_element("css selector", "[data-name=price] .solara-echarts")
    within_patience(lambda: page.figure("Time").startswith(("2", "3", "1 min")))
    page.point(chart, 80)
    tells = "return document.querySelector('[data-name=price] .solara-echarts').innerText.replace(/\\s+/g, ' ')"
    drawn = "return +document.querySelector('[data-name=price] .cascade-live').dataset.drawn"
    told = within_patience(lambda: page.ask(tells))
    assert re.search(r"min index 60,000.* mark (60,0|59,9)", told)
    first = page.ask(drawn)
    within_patience(lambda: page.ask(drawn) > first + 3)
    assert re.search(r"min index 60,000.* mark (60,0|59,9)", page.ask(tells))
    page.press("Pause")
    within_patience(lambda: page.doing() == "paused")


def test_a_preset_changes_the_scenario_and_says_what_does_not_apply(page):
    page.choose("Scenario", "textbook/two_clusters")
    within_patience(lambda: page.text(".about").startswith("A sale of 42M") and page.figure("Time") == "0 s")
    why_not = "not here: no cohort draws leverage"
    within_patience(lambda: page.text(".cascade-slider[data-name='leverage']").endswith(why_not))
    within_patience(lambda: page.value("shock") == "42M USD")


def test_a_narrow_window_does_not_scroll_sideways(page):
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    within_patience(lambda: page.ask("return innerWidth") == 390)
    assert page.ask("return document.documentElement.scrollWidth") <= 390
    widest = "return Math.max(...[...document.querySelectorAll('canvas')].map(c => c.clientWidth))"
    within_patience(lambda: page.ask(widest) <= 390)
