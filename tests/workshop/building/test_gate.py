import base64
from collections.abc import Callable
from io import BytesIO

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from coursekit.libraries import SKIPPED
from coursekit.workshop.building import BuildError, build, check
from coursekit.workshop.building.builder import build_chapter
from coursekit.workshop.building.outputs import digest

CLAIMS = """
# %%
import coursekit as ck

for number in range({count}):
    ck.claim("It holds", True, value=number)
with ck.quietly():
    for number in range(20):
        ck.claim("It holds, too", True, value=number)
"""
Spoil = Callable[[NotebookNode], object]


def _code(notebook: NotebookNode, number: int = 0) -> NotebookNode:
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number]


def _put(notebook: NotebookNode, output: NotebookNode) -> None:
    _code(notebook).outputs = [output]


def _print(text: str) -> Spoil:
    return lambda notebook: _put(notebook, new_output("stream", name="stdout", text=text))


def _show(data: dict[str, str]) -> Spoil:
    return lambda notebook: _put(notebook, new_output("display_data", data=data))


def _alt(text: str) -> Spoil:
    return lambda notebook: _code(notebook, 1).outputs[0].metadata["image/png"].update(alt=text)


def _picture(kind: str, mode: str = "RGB", **settings: object) -> str:
    stream = BytesIO()
    Image.effect_noise((32, 32), 60).convert(mode).save(stream, kind, **settings)
    return base64.b64encode(stream.getvalue()).decode()


def _jpeg(quality: int, sampling: str) -> Spoil:
    data = {"image/jpeg": _picture("jpeg", quality=quality, subsampling=sampling)}
    about = {"image/jpeg": {"alt": "A square of grey noise", "width": 32}}
    return lambda notebook: _put(notebook, new_output("display_data", data=data, metadata=about))


def _lossless(mode: str) -> Spoil:
    about = {"image/png": {"alt": "A square of grey noise", "width": 32, "panels": [{}]}}
    data = {"image/png": _picture("png", mode)}
    return lambda notebook: _put(notebook, new_output("display_data", data=data, metadata=about))


# What is spoilt within the outputs, as if the build itself had made it so.
OUTPUTS: dict[str, tuple[Spoil, str]] = {
    "an error": (
        lambda n: _put(n, new_output("error", ename="E", evalue="why", traceback=[])),
        "in an error: E: why",
    ),
    "stderr": (
        lambda n: _put(n, new_output("stream", name="stderr", text="Warning")),
        "writes to stderr: 'Warning'",
    ),
    "no alt text": (_alt(""), "alt text is ''; wanted at least 20 characters"),
    "a short alt text": (_alt("A line"), "alt text is 'A line'; wanted"),
    "no width": (lambda n: _code(n, 1).outputs[0].metadata["image/png"].pop("width"), "have no width"),
    "a coarse JPEG": (_jpeg(60, "4:4:4"), "a JPEG of quality 60; wanted 90 or more"),
    "a JPEG with coarse colours": (_jpeg(95, "4:2:0"), "colours at 4:2:0; wanted 4:4:4"),
    "a lossless picture with a palette": (_lossless("P"), "a lossless picture as PNG, palette"),
    "an <img> without alt": (_show({"text/html": '<img src="a.png">'}), "an <img> without alt text"),
    "an <img> whose long text is another's": (
        _show({"text/html": f'<img alt="" src="data:image/png;base64,{"A" * 40}">'}),
        "an <img> without alt text",
    ),
    "a live widget": (_show({"application/vnd.jupyter.widget-view+json": ""}), "a live widget"),
    "a home": (_print("/home/ann/course"), "prints a path of the machine"),
    "a package folder": (_print("C:/py/site-packages/torch: warning"), "prints a path of the machine"),
    "an address": (_show({"text/plain": "<object at 0x7f00deadbeef>"}), "prints an address in memory"),
    "a rate": (_print("100%| 3/3 [00:01, 2.5it/s]"), "prints a timing"),
    "a duration": (_print("took 12.5 ms"), "prints a timing"),
    "a time of day": (_print("2026-01-31 12:30"), "prints a time of day"),
    "a cell that never ran": (lambda n: _code(n, 1).update(execution_count=None), "never ran; wanted 2"),
    "cells run out of order": (lambda n: _code(n, 1).update(execution_count=7), "ran as number 7; wanted 2"),
    "a missing library": (
        _print(f"captum is not installed here, {SKIPPED}. To run it: %pip install captum"),
        "was skipped; install what it asks for",
    ),
    "too many bytes": (_print("x" * 3_000_001), "more than 3000 KB"),
}
# What somebody's editor did to a built notebook.
EDITS: dict[str, tuple[Spoil, str]] = {
    "an output": (_print("it does not"), "edited by hand: its outputs"),
    "a cell's source": (
        lambda n: _code(n).update(source="x"),
        "differs from notebooks/src/01_tiny.py in source",
    ),
    "a cell's id": (lambda n: _code(n).update(id="other"), "differs from notebooks/src/01_tiny.py in id"),
    "a cell's tags": (lambda n: _code(n).metadata.update(tags=["x"]), "in metadata"),
    "a cell's type": (lambda n: n.cells[0].update(cell_type="raw"), "in cell_type"),
    "a cell less": (lambda n: n.cells.pop(), "has 3 cells where notebooks/src/01_tiny.py gives 4"),
    "the kernel": (lambda n: n.metadata.kernelspec.update(name="x"), "its metadata differ"),
}


def _spoilt(course, spoil: Spoil, sealed: bool) -> list[str]:
    chapter = course.chapter("notebooks")
    notebook = nbformat.read(chapter.path, as_version=4)
    spoil(notebook)
    if sealed:
        notebook.metadata.coursekit.outputs = digest(notebook)
    nbformat.write(notebook, chapter.path)
    return check(chapter.path)


@pytest.mark.parametrize("kind", ["notebooks", "solutions", "exercises"])
def test_what_was_built_passes(built, kind: str) -> None:
    assert check(built.chapter(kind).path) == []


@pytest.mark.parametrize(("spoil", "trouble"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_bad_outputs_fail(built, spoil: Spoil, trouble: str) -> None:
    (found,) = _spoilt(built, spoil, sealed=True)
    assert found.startswith("notebooks/01_tiny.ipynb: ")
    assert trouble in found
    assert found.endswith("mend it with: coursekit build 01_tiny")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_img_with_alt_text_passes(built, quote: str) -> None:
    tag = f"<img alt={quote}A line that rises from 0 to 1{quote} src={quote}a.png{quote}>"
    assert _spoilt(built, _show({"text/html": tag}), sealed=True) == []


@pytest.mark.parametrize(("spoil", "trouble"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_by_hand_fails(built, spoil: Spoil, trouble: str) -> None:
    found = _spoilt(built, spoil, sealed=False)
    assert any(trouble in line and line.endswith("mend it with: coursekit build 01_tiny") for line in found)


@pytest.mark.parametrize(("edition", "count", "passes"), [(2, 11, False), (2, 10, True), (1, 11, True)])
def test_ten_claims_of_a_chapter_may_stand_in_view(built, edition: int, count: int, passes: bool) -> None:
    chapter = built.chapter("notebooks")
    text = chapter.source.read_text() + CLAIMS.format(count=count)
    built.write("notebooks", f"# ---\n# edition: {edition}\n# ---\n{text}")
    build_chapter(chapter)
    found = [line for line in check(chapter.path) if "pixels wide" not in line]  # its figure is tiny, too
    assert found == [] if passes else len(found) == 1
    if found:
        assert "shows 11 claims, more than 10: leave those in view that are the finding" in found[0]
        assert found[0].endswith("; mend it with: coursekit build 01_tiny")


def test_an_edit_of_the_source_fails_until_it_is_built(built) -> None:
    source = built.chapter("solutions").source
    source.write_text(source.read_text().replace("Return twice x", "Return 2 x"))
    for kind in ("solutions", "exercises"):
        found = check(built.chapter(kind).path)
        assert any("stale: solutions/src/01_tiny.py" in line for line in found)
        assert any("in source" in line for line in found)
    build(["01_tiny"], root=built.root)
    assert check(built.chapter("solutions").path) == []


def test_a_source_that_cannot_be_built_fails(built) -> None:
    chapter = built.write("notebooks", "# %%\n# BEGIN SOLUTION\n")
    assert "notebooks/src/01_tiny.py:2: # BEGIN SOLUTION is not closed" in check(chapter.path)[0]


def test_an_exercise_that_was_run_fails(built) -> None:
    path = built.chapter("exercises").path
    notebook = nbformat.read(path, as_version=4)
    _code(notebook).execution_count = 1
    nbformat.write(notebook, path)
    assert any("has been run" in line for line in check(path))


def test_a_truncated_notebook_fails(built) -> None:
    path = built.chapter("notebooks").path
    path.write_bytes(path.read_bytes()[:100])
    assert "is no notebook" in check(path)[0]


def test_a_missing_notebook_fails(built) -> None:
    path = built.chapter("notebooks").path
    path.unlink()
    assert check(path) == ["notebooks/01_tiny.ipynb: not built; mend it with: coursekit build 01_tiny"]


def test_only_built_notebooks_can_be_checked(tmp_path) -> None:
    with pytest.raises(BuildError, match="wanted a notebook in notebooks, solutions, exercises"):
        check(tmp_path / "01_tiny.ipynb")
