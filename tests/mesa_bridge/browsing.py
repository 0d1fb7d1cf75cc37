"""A headless browser for pages of this machine, where there is one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
DRIVER = shutil.which("chromedriver")

PATIENCE_S = 120.0  # a first start compiles; nothing here asserts a time


def within_patience(happens: Callable[[], Any]) -> Any:
    """Return what turns true in the end."""
    end = time.monotonic() + PATIENCE_S
    while not (found := happens()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.03)
    return found


@contextmanager
def headless(profile: Path) -> Iterator[Any]:
    """Start a browser that notes what the console says and what is asked of the network."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    size = "--window-size=1400,1000"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={profile}", size):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def errors_of(browser: Any) -> list[Any]:
    """Return the errors on the console since it was last asked."""
    return [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
