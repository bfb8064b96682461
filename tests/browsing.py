"""A headless Chromium, and a page in it seen as its user sees it."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no browser: install chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1200,800",
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


class Page:
    """An open page, seen as its user sees it."""

    def __init__(self, browser, path):
        self.browser = browser
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(path.as_uri())

    def __call__(self, script, *arguments):
        return self.browser.execute_script(f"return {script}", *arguments)

    def run(self, script):
        """What a script of several statements returns."""
        return self.browser.execute_script(script)

    def find(self, selector):
        return self.browser.find_element("css selector", selector)

    def press(self, key):
        self.find("body").send_keys(key)

    @property
    def line(self):
        return self.find("#line").text

    def lit(self, kind):
        return self(
            "Array.from(document.querySelectorAll(arguments[0]), e => e.id)", f".{kind}.lit"
        )

    def gradient(self, name):
        """The gradient in the box of that name."""
        return self(
            "Array.from(document.querySelectorAll('.node'), n => Array.from("
            "n.querySelectorAll('text'), t => t.textContent.trim()))"
            ".filter(texts => texts.includes(arguments[0]))[0].at(-1)",
            name,
        )

    def shown(self, selector):
        """How many of them are to be seen."""
        return self(
            "Array.from(document.querySelectorAll(arguments[0])).filter("
            "e => e.getClientRects().length && getComputedStyle(e).display !== 'none').length",
            selector,
        )

    def complaints(self):
        return [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self):
        messages = (
            json.loads(e["message"])["message"] for e in self.browser.get_log("performance")
        )
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
