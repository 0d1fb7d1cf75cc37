"""The page in a real browser, where there is one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cascade_sim as cs

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver on the PATH")

DESKTOP = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 3, "mobile": True}


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    profile = tmp_path_factory.mktemp("browser")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(run, tmp_path_factory) -> str:
    return Path(cs.write_report(run, tmp_path_factory.mktemp("page") / "report.html")).as_uri()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def opened(request, browser, address) -> Any:
    """Open the page on a screen, with the browser's logs emptied before."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", request.param)
    browser.get(address)
    return browser


def requests_of(browser: Any) -> list[str]:
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]


def scrolls_sideways(browser: Any) -> bool:
    return bool(browser.execute_script("return document.documentElement.scrollWidth > window.innerWidth"))


def test_the_browser_has_nothing_to_complain_about(opened):
    assert opened.get_log("browser") == []


def test_nothing_is_asked_for_but_the_file_and_what_is_in_it(opened, address):
    asked = requests_of(opened)
    assert address in asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert [url for url in asked if url.startswith("file:")] == [address]


def test_every_picture_is_drawn(opened):
    widths = opened.execute_script("return [...document.images].map(image => image.complete && image.naturalWidth)")
    assert len(widths) >= 2
    assert min(widths) >= 600
    shown = opened.execute_script("return [...document.images].map(image => image.clientWidth).filter(Boolean)")
    sections = opened.execute_script("return document.querySelectorAll('#pictures section').length")
    assert len(shown) == sections
    assert min(shown) > 300


def test_the_page_does_not_scroll_sideways(opened, request):
    inner = opened.execute_script("return window.innerWidth")
    assert inner in (DESKTOP["width"], PHONE["width"])
    assert not scrolls_sideways(opened)


def test_a_click_shows_a_picture_at_full_size_and_another_one_fits_it_again(opened):
    picture = opened.find_element("css selector", ".picture summary")
    small = opened.execute_script("return document.querySelector('.picture').clientWidth")
    picture.click()
    full = opened.execute_script("return document.querySelector('.picture .wide').clientWidth")
    assert full >= 1000
    assert full > small
    assert not scrolls_sideways(opened)
    picture.click()
    widths = opened.execute_script("return [...document.images].map(image => image.clientWidth)")
    assert max(widths) <= small


def test_headings_are_there_and_can_be_seen(opened):
    headings = opened.find_elements("css selector", "h1, h2, h3")
    assert [each.text for each in headings if each.tag_name == "h1"] == ["A crash in ten minutes"]
    assert len(headings) > 8
    assert all(each.is_displayed() for each in headings)


def test_the_scenario_opens_inside_its_own_box(opened):
    opened.find_element("css selector", ".listing summary").click()
    assert opened.find_element("css selector", ".listing pre").is_displayed()
    assert not scrolls_sideways(opened)


def test_text_is_large_enough_to_be_read(opened):
    smallest = opened.execute_script(
        "return Math.min(...[...document.querySelectorAll('p, td, th, dt, dd, li, code, pre, figcaption')]"
        ".map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 12


def test_a_scenario_s_markup_is_text(browser, run, tmp_path):
    attack = "<script>document.title = 'taken'</script>"
    hostile = cs.Run(
        run.scenario.with_overrides({"name": attack}), run.seed, run.summary, run.timeline, run.liquidations
    )
    browser.get(cs.write_report(hostile, tmp_path / "hostile.html").as_uri())
    assert browser.find_element("css selector", "h1").text == attack
    assert browser.title == f"{attack} – cascade_sim"
    assert browser.execute_script("return document.scripts.length") == 0
