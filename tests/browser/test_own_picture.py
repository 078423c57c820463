"""A student's own picture in a running notebook: what is shown, and what the next cell gets."""

import json

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chromium import PATIENCE
from tests.browser.controls import nudge
from tests.browser.lab import Notebook
from tests.core.files import BROKEN, HALVES

pytestmark = pytest.mark.sample

CELL = """import torch
import coursekit as ck

class Sides(torch.nn.Module):
    classes = ("red", "blue")
    def forward(self, x):
        return 9 * x.mean((2, 3))[:, [0, 2]]

photo = ck.own_picture("cat", model=Sides(), size=64)"""
LOOK = """import json
sides = photo.image[0, :, 32, [16, 48]].T.tolist()
print(json.dumps([photo.name, list(photo.image.shape), photo.image.device == ck.device(), sides]))"""
# The picture is as wide as the figure is high; the net's answer stands at its right.
PIXELS = """async (image) => {
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const at = (share) => context.getImageData(canvas.height * share, canvas.height / 2, 1, 1).data;
  return [0.25, 0.75].map(share => [...at(share)].slice(0, 3).map(byte => byte / 255));
}"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture
def book(lab_folder, notebook) -> Notebook:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata={"kernelspec": KERNEL})
    nbformat.write(made, lab_folder / "the course" / "own.ipynb")
    opened = notebook("own.ipynb")
    opened.run()
    return opened


def give(book: Notebook, name: str, data: bytes) -> None:
    """Choose a file as a student does."""
    with book.page.expect_file_chooser() as chooser:
        panel(book).locator(".widget-upload").click()
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": data})


def panel(book: Notebook) -> Locator:
    (widget,) = book.widgets()
    return widget


def seen(book: Notebook) -> tuple[str, list[int], list[list[float]]]:
    """Return what a cell below sees: name, shape, and the colours in the middle of both halves."""
    name, shape, on_the_device, sides = json.loads(book.says(LOOK))
    assert on_the_device
    return name, shape, sides


def colours(name: str) -> list[list[float]]:
    if "grey" in name:
        return [[1, 1, 1], [0, 0, 0]]
    return [[1, 0, 0], [1, 1, 1] if "alpha" in name else [0, 0, 1]]


def test_files_are_taken_or_named_and_the_square_is_moved_kept_and_given_back(book):
    # One test, since a kernel of its own for each would take longer than all of it.
    takes_every_kind(book)
    names_what_is_none(book)
    takes_what_servers_lose_by_themselves(book)
    moves_and_keeps(book)
    gives_back(book)


def takes_every_kind(book: Notebook) -> None:
    for name, (make, tolerance) in HALVES.items():
        give(book, name, make())
        expect(panel(book)).to_contain_text(f"{name} is here now", timeout=PATIENCE)
        found, shape, sides = seen(book)
        assert (found, shape) == (name, [1, 3, 64, 64])
        assert_near(sides, name, tolerance)
        assert_near(shown(book), name, 0.06)


def names_what_is_none(book: Notebook) -> None:
    alert = panel(book).get_by_role("alert")
    for name, (data, says) in BROKEN.items():
        give(book, name, data)
        expect(alert).to_contain_text(f"Cannot read {name}: ", timeout=PATIENCE)
        expect(alert).to_contain_text(says)
        assert seen(book)[0] == [*HALVES][-1]
        assert_near(shown(book), [*HALVES][-1], 0.06)


def assert_near(sides: list[list[float]], name: str, tolerance: float) -> None:
    for side, colour in zip(sides, colours(name), strict=True):
        assert side == pytest.approx(colour, abs=tolerance), name


def shown(book: Notebook) -> list[list[float]]:
    """Return the colours in the middle of both halves of the picture that is seen."""
    book.settle()
    return panel(book).locator(".widget-image").evaluate(PIXELS)


def takes_what_servers_lose_by_themselves(book: Notebook) -> None:
    give(book, "heavy.png", HALVES["plain.png"][0]() + bytes(12_000_000))
    expect(panel(book)).to_contain_text("heavy.png is here now", timeout=PATIENCE)


def moves_and_keeps(book: Notebook) -> None:
    give(book, "wide.webp", HALVES["wide.webp"][0]())
    expect(panel(book)).to_contain_text("wide.webp is here now", timeout=PATIENCE)
    across = panel(book).locator(".noUi-handle").nth(1)
    for _ in range(3):
        nudge(across)
    book.settle()
    crop = book.says("from coursekit.widgets import own; print(own._UPLOADS['cat'].crop['across'])")
    assert float(crop) == pytest.approx(0.53)
    moved = seen(book)
    book.run()
    assert seen(book) == moved
    (output,) = book.cells()[0]["outputs"]
    assert output["data"]["text/plain"].startswith("The photograph “cat” as a square.")


def gives_back(book: Notebook) -> None:
    panel(book).get_by_role("button", name="Back to the chapter's").click()
    expect(panel(book).locator(".noUi-handle").first).to_be_hidden(timeout=PATIENCE)
    assert seen(book)[0] == "cat"
