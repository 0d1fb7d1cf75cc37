"""Take the pictures of docs/howto/dashboard.md: the page in a headless browser.

Run ``python docs/make/dashboard.py`` after a change to the page (about a minute). It needs the extra ``viz``, selenium,
chromium and chromedriver.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pictures import IMAGES, MOST_BYTES, with_fewer_colours
from selenium import webdriver

SIZE = {"width": 1280, "height": 830, "deviceScaleFactor": 1, "mobile": False}
SPEEDS = {"playground": "300 s of the market a second", "march_2020": "5,000 s of the market a second"}
UNTIL = {"playground": r"(1[2-9]|[2-5]\d) min|1 h", "march_2020": r"2\d h|1 d"}


def text(browser: Any, place: str) -> str:
    """Return the words at a place of the page."""
    return str(browser.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", place))


def wait_until(browser: Any, place: str, pattern: str) -> None:
    """Wait until the words at a place match."""
    while not re.search(pattern, text(browser, place)):
        time.sleep(0.05)


def press(browser: Any, word: str) -> None:
    """Press the button with a word."""
    script = "[...document.querySelectorAll('button')].find(b => b.innerText.includes(arguments[0])).click()"
    browser.execute_script(script, word)


def choose_speed(browser: Any, word: str) -> None:
    """Choose a speed from the list."""
    script = "return [...document.querySelectorAll('.v-select')].find(s => s.innerText.startsWith('Speed'))"
    browser.execute_script(f"{script}.querySelector('.v-select__slot')").click()
    script = "return [...document.querySelectorAll('.v-list-item')].find(i => i.innerText.trim() === arguments[0])"
    while (item := browser.execute_script(script, word)) is None:
        time.sleep(0.05)
    browser.execute_script("arguments[0].click()", item)


def take(name: str, browser: Any) -> None:
    """Start the page with a scenario, play it for a while, and keep what it looks like then."""
    command = [sys.executable, "-m", "cascade_sim", "dashboard", name, "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        found = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
        if found is None:
            raise SystemExit("the dashboard does not start; is the extra viz installed?")
        browser.get(found[0])
        wait_until(browser, ".cascade-pulse", "ready")
        choose_speed(browser, SPEEDS[name])
        press(browser, "Play")
        wait_until(browser, "[data-name=Time] .figure", UNTIL[name])
        press(browser, "Pause")
        wait_until(browser, ".cascade-pulse", "paused|finished")
        time.sleep(0.5)
        png = with_fewer_colours(browser.get_screenshot_as_png())
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
    if len(png) > MOST_BYTES:
        raise SystemExit(f"{name}.png: {len(png):,} bytes are more than {MOST_BYTES:,}")
    place = IMAGES / "dashboard" / f"{name}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(png)
    print(f"written: docs/images/dashboard/{name}.png, {len(png) / 1e3:.0f} kB")


def main() -> None:
    """Take all pictures."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
        for name in SPEEDS:
            take(name, browser)
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
