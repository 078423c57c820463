"""Where Chromium is, and how it is started."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

__all__ = ["PATIENCE", "WHY_NOT", "chromium", "path"]

PATIENCE = 300_000
"""Milliseconds to wait for a page: a busy machine takes minutes for what an idle one does at once."""

WHY_NOT = "Chromium is missing; on Debian and Ubuntu: sudo apt-get update && sudo apt-get install chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root may not use Chromium's own sandbox, and what is opened here is ours.
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def path() -> str | None:
    """Return where Chromium is, or None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=_OPTIONS)
        yield browser
        browser.close()
