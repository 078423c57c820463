"""A real browser. Where there is no Chromium, these tests are reported as not run."""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WHY_NOT = "Chromium is missing; on Debian and Ubuntu: sudo apt-get update && sudo apt-get install chromium"
# Root may not use Chromium's own sandbox, and what is opened here is ours.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

Open = Callable[..., Page]


# For a module: Playwright keeps an event loop running, which tests of other modules must not meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip(WHY_NOT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """``open_page(address, size=…, dark=…)``; the test fails if a page breaks, or asks another host."""
    faults: list[str] = []
    opened: list[Page] = []

    def request(address: str) -> None:
        if not re.match(r"(file|data|blob|about):|(http|ws)://(127\.0\.0\.1|localhost)[:/]", address):
            faults.append(f"asks for {address}")

    def to_open(address: str, *, size: tuple[int, int] = (1280, 1000), dark: bool = False) -> Page:
        page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        page.on("request", lambda asked: request(asked.url))
        page.on("pageerror", lambda error: faults.append(f"breaks on {error}"))
        page.goto(address, wait_until="domcontentloaded")
        opened.append(page)
        return page

    yield to_open
    for page in opened:
        page.close()
    assert not faults
