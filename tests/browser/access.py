"""What an automatic accessibility check finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["serious"]


def serious(page: Page) -> list[str]:
    """Return axe-core's serious and critical findings, each with the first element that it names."""
    found = Axe().run(page).response["violations"]
    return [
        f"{finding['impact']}: {finding['id']}, first of {len(finding['nodes'])}: "
        f"{finding['nodes'][0]['html'][:200]}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
