"""What is folded away is out of sight and opens on a click: in JupyterLab, on slides, on the site."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from coursekit.workshop.publishing.site import build_site
from coursekit.workshop.publishing.slides import build_slides
from tests.browser.access import serious
from tests.browser.folded import build_folded
from tests.browser.lab import Notebook
from tests.workshop.publishing.conftest import small_course

pytestmark = pytest.mark.sample
NAME = "01_dots"
DARK = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
SLIDE = ".slides section.present section.present"


@pytest.fixture(scope="module")
def root(browser, tmp_path_factory) -> Path:
    """A course of one chapter, in which much is folded away."""
    root = small_course(tmp_path_factory.mktemp("folded") / "a course")
    build_folded(root)
    return root


@pytest.fixture
def in_lab(root, lab_folder) -> str:
    """Put the chapter where JupyterLab serves it; return its path there."""
    shutil.copy(root / f"notebooks/{NAME}.ipynb", lab_folder / "the course/notebooks/folded.ipynb")
    return "notebooks/folded.ipynb"


def code(place: Page | Locator, text: str) -> Locator:
    return place.locator("pre:visible, .cm-content:visible").filter(has_text=text)


def opens_the_statements(place: Page | Locator) -> None:
    """See that the line of the quiet claims hides them, and shows them on a click."""
    sentence = place.locator("li", has_text="Twice three is six")
    expect(sentence).to_be_hidden()
    place.get_by_text("2 statements checked").click()
    expect(sentence).to_be_visible()
    expect(sentence).to_contain_text("— 6")


def test_in_jupyterlab(notebook, in_lab):
    page = notebook(in_lab).page
    book = page.locator(".jp-Notebook")
    assert book.locator("img").evaluate("picture => picture.naturalWidth") > 0
    for part in ("import matplotlib", "axes.plot", "ck.quietly"):
        expect(code(book, part)).to_have_count(0)
    expect(code(book, "def double")).to_be_visible()
    book.locator(".jp-Placeholder-content", has_text="# The picture").click()
    expect(code(book, "axes.plot")).to_be_visible()
    opens_the_statements(book)
    expect(book.locator(".claim")).to_be_visible()
    expect(book.locator(".claim")).to_have_css("border-left-width", "3px")
    detour = book.locator("h3", has_text="Within the detour")
    expect(detour).to_be_hidden()
    expect(book.locator("p", has_text="For those who want more")).to_be_visible()
    book.get_by_role("button", name="2 cells hidden").click()
    expect(detour).to_be_visible()
    expect(code(book, "thrice")).to_be_visible()


def said(book: Notebook) -> list[str]:
    """Return the printed text and the HTML of a notebook's outputs."""
    outputs = [output for cell in book.cells() for output in cell.get("outputs", [])]
    return [str(one.get("text", one.get("data", {}).get("text/html"))) for one in outputs]


def test_run_in_jupyterlab_it_is_as_it_was_built(notebook, in_lab):
    book: Notebook = notebook(in_lab)
    before = said(book)
    book.run()
    assert said(book) == before
    expect(code(book.page.locator(".jp-Notebook"), "axes.plot")).to_have_count(0)


def test_on_slides_in_jupyterlab(lab, in_lab, open_page):
    page = open_page(f"{lab}/rise/{in_lab}", size=(1024, 768))
    slide = page.locator(SLIDE)
    slide.locator("p", has_text="It is where it is").wait_for()
    expect(slide.locator(".jp-Placeholder-content:visible")).to_have_count(1)  # without what installs
    seen = set()
    for _ in range(4):
        page.keyboard.press("PageDown")
        slide.locator(".jp-Cell").first.wait_for()
        if "picture" not in seen and slide.locator("img:visible").count():
            seen.add("picture")
            assert slide.locator(".jp-Placeholder").first.bounding_box()["height"] < 40
            slide.locator(".jp-Placeholder-content").first.click()
            expect(code(slide, "axes.plot")).to_be_visible()
            opens_the_statements(slide)
            page.mouse.click(5, 5)
        assert not slide.locator("h3:visible", has_text="Within the detour").count()
        if slide.locator("p:visible", has_text="The end.").count():
            seen.add("end")
            break
    assert seen == {"picture", "end"}


@DARK
def test_on_slides_in_a_file(root, open_page, tmp_path, dark):
    (path,) = build_slides([NAME], tmp_path, root)
    page = open_page(path.as_uri(), dark=dark)
    page.wait_for_function("window.Reveal?.isReady()")
    assert not serious(page)
    assert "detour" not in page.content()
    while not page.locator(f"{SLIDE} img").count():
        page.keyboard.press("PageDown")
    slide, at = page.locator(SLIDE), page.evaluate("location.hash")
    before = slide.locator("img").bounding_box()
    expect(code(slide, "axes.plot")).to_have_count(0)
    shown = slide.locator("details.code", has_text="axes.plot")
    shown.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(code(slide, "axes.plot")).to_be_visible()
    opens_the_statements(slide)
    expect(code(slide, "axes.plot")).to_be_hidden(), "one at a time"
    assert not serious(page)
    page.keyboard.press("Escape")
    expect(slide.locator("li", has_text="Twice two")).to_be_hidden()
    assert page.evaluate("location.hash") == at, "no key has turned the slide"
    assert slide.locator("img").bounding_box() == before, "and nothing has moved"


@DARK
def test_on_the_site(root, open_page, tmp_path, dark):
    page = open_page(
        (build_site(tmp_path / "site", root).parent / f"notebooks/{NAME}.html").as_uri(), dark=dark
    )
    expect(code(page, "axes.plot")).to_have_count(0)
    expect(page.locator("img[alt*='rises']")).to_be_visible()
    assert not serious(page)
    page.locator(".cell", has_text="axes.plot").get_by_text("show code").click()
    expect(code(page, "axes.plot")).to_be_visible()
    opens_the_statements(page)
    detour = page.locator("h3", has_text="Within the detour")
    expect(detour).to_be_hidden()
    expect(page.locator("p", has_text="For those who want more")).to_be_visible()
    page.get_by_text("show this section").click()
    expect(detour).to_be_visible()
    expect(page.locator("details h2", has_text="Back")).to_have_count(0)
    assert not serious(page)


def test_a_link_into_a_section_opens_it(root, open_page, tmp_path):
    address = (build_site(tmp_path / "site", root).parent / f"notebooks/{NAME}.html").as_uri()
    page = open_page(f"{address}#within-the-detour")
    expect(page.locator("h3", has_text="Within the detour")).to_be_visible()
