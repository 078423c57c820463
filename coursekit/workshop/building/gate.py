"""Checks, without running it, that a built notebook is what its source gives."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from coursekit.libraries import SKIPPED
from coursekit.workshop.building import outputs
from coursekit.workshop.building.chapter import BuildError, Chapter
from coursekit.workshop.building.skeleton import skeleton

MAX_CLAIMS = 10
"""Most statements that stand in the reader's view in a chapter of the second edition."""
# As `claims.VISIBLE`, which the commit hook cannot import: it has no torch.
_CLAIM = 'class="claim"'
MAX_BYTES = {"notebooks": 3_000_000, "solutions": 1_000_000, "exercises": 500_000}
"""Kind of notebook → its largest size."""
MAX_BYTES_OF = {"08_deep_dream": 8_000_000}
"""Chapter → its largest size, where its pictures are what it is about."""


def check(path: Path) -> list[str]:
    """Check a built notebook.

    Args:
        path: of the notebook.

    Returns:
        What is wrong with it, each with the command that mends it; empty if all is well.

    Raises:
        BuildError: the path is not in one of the built folders.
    """
    chapter = Chapter.at(path)
    return [f"{chapter.label}: {problem}; mend it with: {chapter.command}" for problem in _problems(chapter)]


def max_bytes(chapter: Chapter) -> int:
    """Return the largest size of a built notebook.

    Args:
        chapter: the notebook.
    """
    own = MAX_BYTES_OF.get(chapter.name, 0) if chapter.kind == "notebooks" else 0
    return own or MAX_BYTES[chapter.kind]


def _problems(chapter: Chapter) -> Iterator[str]:
    if not chapter.path.is_file():
        yield "not built"
        return
    try:
        wanted = skeleton(chapter)
    except BuildError as error:
        yield f"cannot be built ({error})"
        return
    try:
        built = nbformat.read(chapter.path, as_version=4)
        nbformat.validate(built)
    except Exception as error:
        yield f"is no notebook ({error})"
        return
    yield from _differences(built, wanted, chapter)
    wide = chapter.edition == 2 and chapter.kind == "notebooks"
    yield from outputs.problems(built, wide=wide) if chapter.executed else _unwanted_outputs(built)
    yield from _skipped(built)
    if wide:
        yield from _claims_in_view(built)
    if (size := chapter.path.stat().st_size) > (most := max_bytes(chapter)):
        yield (
            f"weighs {size // 1000} KB, more than {most // 1000} KB: smaller or fewer pictures"
            f" (coursekit pictures {chapter.name} lists them)"
        )


def _differences(built: NotebookNode, wanted: NotebookNode, chapter: Chapter) -> Iterator[str]:
    """The differences between the built notebook and what its source gives now."""
    about = dict(built.metadata.get("coursekit", {}))
    if about.get("hash") != wanted.metadata.coursekit.hash:
        yield f"stale: {chapter.source_label}, or what it uses of the package or of data/, has changed"
    if chapter.executed and about.pop("outputs", None) != outputs.digest(built):
        yield "edited by hand: its outputs are not those of the build"
    if {**built.metadata, "coursekit": {**about, "hash": ""}} != _without_hash(wanted):
        yield f"its metadata differ from those that {chapter.source_label} gives"
    if len(built.cells) != len(wanted.cells):
        yield f"has {len(built.cells)} cells where {chapter.source_label} gives {len(wanted.cells)}"
    for cell, wanted_cell in zip(built.cells, wanted.cells, strict=False):
        if keys := [
            key for key in ("id", "cell_type", "source", "metadata") if cell.get(key) != wanted_cell.get(key)
        ]:
            yield f"cell {cell.get('id')} differs from {chapter.source_label} in {', '.join(keys)}"


def _without_hash(notebook: NotebookNode) -> dict[str, object]:
    return {**notebook.metadata, "coursekit": {**notebook.metadata.coursekit, "hash": ""}}


def _skipped(built: NotebookNode) -> Iterator[str]:
    """Cells that the build left out because a library was missing."""
    for cell in built.cells:
        if any(SKIPPED in output.get("text", "") for output in cell.get("outputs", [])):
            yield f"cell {cell.id} was skipped; install what it asks for (make lab does) before you build"


def _claims_in_view(built: NotebookNode) -> Iterator[str]:
    """A chapter with more statements outside of `quietly` than a reader wants to meet."""
    pages = [output.get("data", {}) for cell in built.cells for output in cell.get("outputs", [])]
    count = sum(_CLAIM in page.get("text/html", "") for page in pages)
    if count > MAX_CLAIMS:
        yield (
            f"shows {count} claims, more than {MAX_CLAIMS}: leave those in view that are the finding, and "
            "put the others under `with ck.quietly():`"
        )


def _unwanted_outputs(built: NotebookNode) -> Iterator[str]:
    """Outputs of an exercise notebook, which should have none."""
    for cell in built.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            yield f"cell {cell.id} has been run; a student gets it fresh"
