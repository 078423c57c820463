"""Whether a built notebook is what its source would give: nothing is run, everything is compared."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from coursekit.workshop.building import outputs
from coursekit.workshop.building.chapter import BuildError, Chapter
from coursekit.workshop.building.skeleton import skeleton

BYTES = 500_000


def check(path: Path) -> list[str]:
    """Return what is wrong with the built notebook at `path`, each trouble with the command that mends it."""
    chapter = Chapter.at(path)
    return [f"{chapter.label}: {trouble}; mend it with: {chapter.command}" for trouble in _troubles(chapter)]


def _troubles(chapter: Chapter) -> Iterator[str]:
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
    yield from outputs.troubles(built) if chapter.executed else _leftovers(built)
    if (size := chapter.path.stat().st_size) > BYTES:
        yield f"weighs {size // 1000} KB, more than {BYTES // 1000} KB: smaller or fewer pictures"


def _differences(built: NotebookNode, wanted: NotebookNode, chapter: Chapter) -> Iterator[str]:
    """Where the built notebook is not what its source gives today."""
    about = dict(built.metadata.get("coursekit", {}))
    if about.get("hash") != wanted.metadata.coursekit.hash:
        yield f"stale: {chapter.source_label}, or what it uses of the package or of data/, has changed"
    if chapter.executed and about.pop("outputs", None) != outputs.digest(built):
        yield "edited by hand: its outputs are not those of the build"
    if {**built.metadata, "coursekit": {**about, "hash": ""}} != _without_hash(wanted):
        yield f"its metadata differ from those that {chapter.source_label} gives"
    if len(built.cells) != len(wanted.cells):
        yield f"has {len(built.cells)} cells where {chapter.source_label} gives {len(wanted.cells)}"
    for have, want in zip(built.cells, wanted.cells, strict=False):
        if keys := [
            key for key in ("id", "cell_type", "source", "metadata") if have.get(key) != want.get(key)
        ]:
            yield f"cell {have.get('id')} differs from {chapter.source_label} in {', '.join(keys)}"


def _without_hash(notebook: NotebookNode) -> dict[str, object]:
    return {**notebook.metadata, "coursekit": {**notebook.metadata.coursekit, "hash": ""}}


def _leftovers(built: NotebookNode) -> Iterator[str]:
    """An exercise notebook comes without outputs."""
    for cell in built.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            yield f"cell {cell.id} has been run; a student gets it fresh"
