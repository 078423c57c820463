"""The course as its students meet it: chapters run in JupyterLab, widgets answer, exercises are checked."""

import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from coursekit.workshop.building.chapter import chapters
from tests.browser.chromium import PATIENCE
from tests.browser.controls import move_each
from tests.browser.lab import Notebook, environment

SAMPLE = "05_gradcam"
CHAPTERS = [
    pytest.param(chapter.name, marks=[pytest.mark.sample] if chapter.name == SAMPLE else [])
    for chapter in chapters()
    if chapter.kind == "notebooks"
]
BROKEN = """async () => {
  const pictures = [...document.querySelectorAll('.jp-Notebook img')];
  await Promise.allSettled(pictures.map(picture => picture.decode()));
  return pictures.filter(picture => !picture.naturalWidth).map(picture => picture.outerHTML.slice(0, 200));
}"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_runs_from_top_to_bottom_and_its_widgets_answer(notebook, name):
    book = notebook(f"notebooks/{name}.ipynb")
    book.run()
    assert troubles(book) == []
    assert book.page.evaluate(BROKEN) == []
    assert len(book.widgets()) == live_outputs(book)
    for widget in book.widgets():
        if widget.locator(".widget-upload").count():
            continue  # a student's own picture, of which test_own_picture.py moves the square
        assert move_each(book, widget) == set(), "these change nothing; were they to be greyed out?"
        assert widget.get_by_role("alert").all_inner_texts() == []
        for list_ in widget.locator("select:not([disabled])").all()[:1]:
            answers_the_keyboard(book.page, list_)
        for play in widget.locator(".widget-play").all():
            plays(book.page, widget, play)
    for hovered in book.page.locator(".jp-Notebook [class^='hover-']").all():
        answers_the_pointer(hovered)
    assert book.page.evaluate(BROKEN) == []


@pytest.mark.parametrize(
    "chapter", [chapter for chapter in chapters() if chapter.kind != "notebooks"], ids=lambda one: one.label
)
def test_exercises_and_solutions_open(notebook, chapter):
    book = notebook(chapter.label)
    saved = json.loads(chapter.path.read_text())["cells"]
    assert [cell["id"] for cell in book.cells()] == [cell["id"] for cell in saved]
    assert [output for cell in book.cells() for output in cell.get("outputs", [])] or not chapter.executed
    assert book.page.evaluate(BROKEN) == []


def troubles(book: Notebook) -> list[str]:
    """Return the code cells that did not run, failed, or wrote to stderr, with what they wrote."""
    code = [cell for cell in book.cells() if cell["cell_type"] == "code"]
    assert code
    idle = [f"not run: {cell['source'][:80]}" for cell in code if cell["execution_count"] is None]
    outputs = [output for cell in code for output in cell["outputs"]]
    bad = [one for one in outputs if one["output_type"] == "error" or one.get("name") == "stderr"]
    return idle + [str(output)[-1000:] for output in bad]


def live_outputs(book: Notebook) -> int:
    """Return how many outputs are a widget with a still picture, as ``explore`` displays it."""
    displayed = [set(output.get("data", {})) for cell in book.cells() for output in cell.get("outputs", [])]
    view = "application/vnd.jupyter.widget-view+json"
    return sum(view in types and bool({"image/png", "image/jpeg"} & types) for types in displayed)


def plays(page: Page, widget: Locator, play: Locator) -> None:
    """See that the picture moves when its button is pressed."""
    picture = widget.locator(".widget-image").element_handle()
    button = play.get_by_role("button").first
    before = picture.get_attribute("src")
    button.click()
    page.wait_for_function("([picture, before]) => picture.src !== before", arg=[picture, before])
    button.click()


def answers_the_keyboard(page: Page, list_: Locator) -> None:
    """See that a list can be opened and chosen from: while it is closed, the arrow keys are JupyterLab's."""
    before = list_.evaluate("list => list.selectedIndex")
    list_.focus()
    for key in ("Space", "ArrowUp" if before else "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert list_.evaluate("list => list.selectedIndex") == before + (-1 if before else 1)


def answers_the_pointer(hovered: Locator) -> None:
    """See that the dots at both ends of a map show a picture each, and not the same."""
    dots = hovered.locator("> i").all()
    across = sorted(dots, key=lambda dot: float(dot.evaluate("dot => parseFloat(dot.style.left)")))
    shown = []
    for dot in (across[0], across[-1]):
        picture = shown_at(dot, hovered)
        assert picture.evaluate("picture => picture.naturalWidth") > 0
        shown.append(picture.get_attribute("src"))
    assert shown[0] != shown[1]


def shown_at(dot: Locator, hovered: Locator) -> Locator:
    """Return the one picture on a map that is seen while the pointer is on a dot."""
    picture = hovered.locator("i img:visible")
    # A cell above that is laid out late pushes the dot away from under the pointer: then go there again.
    for _ in range(20):
        dot.hover(force=True)
        with suppress(TimeoutError):
            picture.wait_for(timeout=2000)
            return picture
    raise AssertionError("the pointer is on a dot, and no picture appears")


@pytest.mark.sample
def test_an_exercise_is_filled_in_wrongly_and_then_rightly(notebook):
    book = notebook("exercises/04_saliency.ipynb")
    book.run([next(cell["id"] for cell in book.cells() if "import coursekit" in cell["source"])])
    said = []
    for answer in (
        "model(x).softmax(1)[torch.arange(len(x)), target]",
        "model(x)[torch.arange(len(x)), target]",
    ):
        book.page.locator(".jp-CodeCell .cm-content", has_text="def target_scores").click()
        book.page.keyboard.press("Control+a")
        book.page.keyboard.insert_text(f"def target_scores(model, x, target):\n    return {answer}")
        book.run(["exercise-target_scores", "check-target_scores"])
        said.append(book.page.locator(".jp-CodeCell", has_text="ck.check(target_scores)").inner_text())
    wrong, right = said
    assert "probabilit" in wrong
    assert "✓" not in wrong
    assert "✓" in right


@pytest.mark.sample
def test_a_kernel_is_of_this_environment_and_hears_nothing_of_the_caller(tmp_path, monkeypatch, notebook):
    monkeypatch.setenv("COURSEKIT_BUILD", "1")
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    assert {name for name in environment(tmp_path) if name.startswith("COURSEKIT")} == {"COURSEKIT_CACHE"}
    assert "JUPYTER_PATH" not in environment(tmp_path)
    assert notebook("exercises/04_saliency.ipynb").says("import sys; print(sys.executable)") == sys.executable


SLIDE = ".slides section.present section.present"
CODE = f"{SLIDE} .jp-CodeCell .cm-content"


@pytest.mark.sample
def test_a_cell_that_is_run_on_a_slide_shows_its_whole_output(lab, lab_folder, open_page):
    path = lab_folder / "the course" / "notebooks" / "slides.ipynb"
    path.write_text(json.dumps(without_outputs(path.with_name("06_lrp.ipynb"), cells=6)))
    page = open_page(f"{lab}/rise/notebooks/slides.ipynb", size=(1024, 768))
    page.wait_for_selector(f"{SLIDE} .jp-Cell")
    page.keyboard.press("Space")  # to where the first cell is seen
    for part in ("import coursekit", "plots.show"):  # the second cell needs the first
        page.locator(CODE, has_text=part).click(position={"x": 5, "y": 5})
        page.keyboard.press("Shift+Enter")  # which goes on to the next slide
    page.wait_for_selector(".jp-OutputArea-output img", state="attached")
    page.keyboard.press("PageUp")
    picture = page.locator(f"{SLIDE} .jp-OutputArea-output img")
    picture.wait_for()
    for wheel, edge in ((-5000, "top"), (5000, "bottom")):
        picture.hover()
        page.mouse.wheel(0, wheel)
        page.wait_for_function(SEEN, arg=[picture.element_handle(), edge])


LIVE = """import numpy as np
from coursekit.widgets import explore, slider
explore(lambda light: np.full((90, 90, 3), light, np.uint8), alt="A square, as light as its slider says",
        light=slider("Light", 0, 255, 100))"""


@pytest.mark.sample
def test_a_slider_moves_its_picture_on_a_slide(lab, lab_folder, open_page):
    path = lab_folder / "the course" / "notebooks" / "slider.ipynb"
    book = without_outputs(path.with_name("05_gradcam.ipynb"), cells=3)
    book["cells"] = [cell | {"source": LIVE} for cell in book["cells"] if cell["cell_type"] == "code"][:1]
    book["cells"][0]["metadata"] = {}
    path.write_text(json.dumps(book))
    page = open_page(f"{lab}/rise/notebooks/slider.ipynb", size=(1024, 768))
    page.locator(CODE).click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+Enter")
    picture = page.locator(f"{SLIDE} .widget-image")
    picture.wait_for()
    before = picture.get_attribute("src")
    page.locator(f"{SLIDE} .noUi-base").click(position={"x": 9, "y": 2})  # arrow keys turn the slides
    expect(picture).not_to_have_attribute("src", before, timeout=PATIENCE)


def without_outputs(path: Path, *, cells: int) -> dict:
    """Return the first cells of a notebook as if they had never been run."""
    made = json.loads(path.read_text())
    made["cells"] = made["cells"][:cells]
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return made


# Whether both ends of an edge are in sight: neither beyond the window nor cut off by a box around.
SEEN = """([picture, edge]) => {
  const box = picture.getBoundingClientRect();
  const y = edge === 'top' ? box.top + 2 : box.bottom - 2;
  return [box.left + 2, box.right - 2].every(x => document.elementsFromPoint(x, y).includes(picture));
}"""
