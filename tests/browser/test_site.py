"""The web site as its reader meets it: from a folder, without a server."""

from pathlib import Path

import pytest

from coursekit.workshop.publishing.site import build_site
from tests.browser.access import serious

pytestmark = pytest.mark.sample
PAGES = ("index", "notebooks/05_gradcam", "exercises/06_lrp", "docs/grading", "data/localisation", "search")


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory) -> Path:
    return build_site(tmp_path_factory.mktemp("built") / "the site").parent


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_shut_out(site, open_page, name, dark):
    page = open_page((site / f"{name}.html").as_uri(), dark=dark)
    assert not serious(page)
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_a_search_finds_a_chapter(site, open_page):
    page = open_page((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").fill("occlusion")
    page.keyboard.press("Enter")
    page.locator("ul.search li a", has_text="4 Saliency").wait_for()


def test_figures_are_wider_than_the_text(site, open_page):
    page = open_page((site / "notebooks/05_gradcam.html").as_uri(), size=(1440, 1000))
    room = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.cell_output:has(img)')].map(e => e.clientWidth))"
    )
    text = page.evaluate(
        "Math.max(...[...document.querySelectorAll('article p:not([class])')].map(e => e.clientWidth))"
    )
    assert room >= 960  # also in a section that is folded away
    assert text <= 46 * 16
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert not page.locator(".toc-drawer").evaluate("e => e.getBoundingClientRect().left < innerWidth")
    page.locator(".toc-content-icon").click()
    page.wait_for_function(
        "document.querySelector('.toc-drawer').getBoundingClientRect().right <= innerWidth + 1"
    )


def test_a_narrow_screen_needs_no_sideways_scrolling(site, open_page):
    page = open_page((site / "notebooks/05_gradcam.html").as_uri(), size=(390, 800))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
