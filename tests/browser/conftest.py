"""A real browser, and JupyterLab. Where there is no Chromium, these tests are reported as not run."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.lab import Notebook, serving

Open = Callable[..., Page]


# For a module: Playwright keeps an event loop running, which tests of other modules must not meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.WHY_NOT)
    with chromium.chromium() as started:
        yield started


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
        page.set_default_timeout(chromium.PATIENCE)
        page.on("request", lambda asked: request(asked.url))
        page.on("pageerror", lambda error: faults.append(f"breaks on {error}"))
        page.goto(address, wait_until="domcontentloaded")
        opened.append(page)
        return page

    yield to_open
    for page in opened:
        page.close()
    assert not faults


@pytest.fixture(scope="module")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ``lab`` keeps what it serves and writes."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(browser: Browser, lab_folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that serves a copy of the notebooks."""
    with serving(lab_folder) as address:
        yield address


@pytest.fixture
def notebook(lab: str, open_page: Open) -> Iterator[Callable[[str], Notebook]]:
    """``notebook("exercises/04_saliency.ipynb")``, ready to run; its kernel ends with the test."""
    opened: list[Notebook] = []

    def to_open(path: str) -> Notebook:
        opened.append(Notebook(open_page(f"{lab}/lab/tree/{path}?reset")))
        return opened[-1]

    yield to_open
    for book in opened:
        book.shut_down()
