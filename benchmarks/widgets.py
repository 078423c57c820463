"""What a widget takes from a control's move until its new picture is there, in JupyterLab and Chromium.

Run as ``python -m benchmarks.widgets``, with names of chapters for those alone. Of each, only the cells
run that its widgets need. Every control is moved step by step, as a hand would, and the time is taken in the
page: from the event to the picture that is loaded and decoded. The first step is for warming up. A widget may
keep pictures of values seen before, and a list of few is gone through more than once.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator

from coursekit.workshop.building.chapter import chapters
from tests.browser import chromium
from tests.browser.controls import enabled, label, nudge
from tests.browser.lab import Notebook, serving
from tests.workshop.building.cells import attributes, needed

CHAPTERS = [chapter.name for chapter in chapters() if chapter.kind == "notebooks"]
STEPS = 41
LONGEST = 5000.0  # milliseconds to wait for a picture; one that takes longer counts as this
GOAL = 150  # milliseconds, 95th percentile, of these widgets: they need few passes
QUICK = {f"{name}_widget" for name in ("occlusion", "method", "cam", "relevance", "whatif", "patch")}
WATCH = """(widget, longest) => {
  const picture = widget.querySelector('.widget-image');
  let start;
  for (const kind of ['keydown', 'change'])
    widget.addEventListener(kind, () => { start ??= performance.now(); }, { capture: true, once: true });
  window.took = new Promise(done => {
    const observer = new MutationObserver(async () => {
      observer.disconnect();
      await picture.decode();
      done(performance.now() - start);
    });
    observer.observe(picture, { attributeFilter: ['src'] });
    setTimeout(() => done(null), longest);
  });
}"""


def widget_cells(cells: list[dict[str, Any]]) -> dict[str, str]:
    """Return the cells that show a widget with controls: id → the function called."""
    found: dict[str, str] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            names = [name for name in attributes(cell["source"]) if name.endswith(("_widget", "player"))]
            found.update((cell["id"], name) for name in names)
    return found


def step(book: Notebook, widget: Locator, control: Locator) -> float | None:
    """Return milliseconds from the move of a control to the new picture; None where it stays the same."""
    picture = widget.locator(".widget-image")
    before = picture.get_attribute("src")
    widget.evaluate(WATCH, LONGEST)
    nudge(control)
    took = book.page.evaluate("took")
    book.settle()
    late = took is None and picture.get_attribute("src") != before
    return LONGEST if late else took


def rows(book: Notebook) -> Iterator[str]:
    """Yield a row for each control of the notebook's widgets."""
    cells = book.cells()
    shown = widget_cells(cells)
    if not shown:
        return
    book.run(needed(cells, set(shown)))
    for widget, name in zip(book.widgets(), shown.values(), strict=True):
        seen = set[str]()
        while fresh := [control for control in enabled(widget) if label(control) not in seen]:
            control, *_ = fresh
            seen.add(label(control))
            times = [step(book, widget, control) for _ in range(STEPS)][1:]
            came = sorted(time for time in times if time is not None)
            yield _row(name, label(control), came)


def _row(widget: str, control: str, came: list[float]) -> str:
    start = f"{widget:<20}{control:<26}{len(came):>6}"
    if len(came) < 2:
        return start + "  changes nothing"
    median, p95 = statistics.median(came), statistics.quantiles(came, n=20)[-1]
    missed = "  misses the goal" * (widget in QUICK and p95 > GOAL)
    return f"{start}{median:>9.0f}{p95:>9.0f}{missed}"


def measure(browser: Browser, address: str, names: Sequence[str]) -> None:
    """Print the rows of the chapters that have a widget."""
    for name in names:
        with browser.new_page(viewport={"width": 1280, "height": 1000}) as page:
            page.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?reset", wait_until="domcontentloaded")
            book = Notebook(page)
            for row in rows(book):
                print(f"{name:<18}{row}", flush=True)
            book.shut_down()


def main(names: Sequence[str] = ()) -> None:
    """Print a table of some chapters or all, and what misses its goal."""
    if chromium.path() is None:
        print(chromium.WHY_NOT)
        return
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; milliseconds; goal: {GOAL}, by the 95th percentile")
    print(f"{'chapter':<18}{'widget':<20}{'control':<26}{'steps':>6}{'median':>9}{'95 %':>9}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as address,
        chromium.chromium() as browser,
    ):
        measure(browser, address, names or CHAPTERS)


if __name__ == "__main__":
    main(sys.argv[1:])
