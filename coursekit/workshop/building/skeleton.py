"""The notebook that a source gives before it is run: its cells, ids, tags and metadata."""

import ast
import json
import re
import tomllib
from collections import Counter
from copy import deepcopy
from hashlib import sha256
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit.workshop.building.chapter import BuildError, Chapter
from coursekit.workshop.building.fingerprint import fingerprint
from coursekit.workshop.building.folding import draws, fold, is_folded, misfolded
from coursekit.workshop.building.markers import UNANSWERED, check_markers, has_solution, stubbed

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "pygments_lexer": "ipython3",
}
CELL_TYPES = ("code", "markdown")
_SHORT = 350  # characters of text that leave room for code and its result on one slide
ROLES = {"exercise", "check", "written", "points"}
KEYS = {"tags", "slideshow", "title"} | ROLES
# Jupyter folds the cell, Colab shows it as a form, and slides and the web site leave it out.
_INSTALL_METADATA = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "slideshow": {"slide_type": "skip"},
    "tags": ["remove-cell"],
}
# A folder called coursekit, such as a clone, is found as a module, too, but has no origin. Colab already has
# the libraries that the notebooks need, and replacing these would break its running kernel, hence --no-deps.
# Elsewhere nothing is installed unasked: a missing course usually means that the wrong kernel was chosen.
# Tests read cells as plain Python, hence no %pip.
_INSTALL = """\
# @title Install the course where it is missing, as on Colab
COURSE = {address}  # @param {{type:"string"}}
from importlib.util import find_spec

if not getattr(find_spec("coursekit"), "origin", None):
    if not COURSE or "google.colab" not in str(get_ipython()):
        raise ModuleNotFoundError(
            "coursekit is missing. On your machine: choose the kernel of the course's .venv. On Colab: put "
            "the address of the course's git repository, https://…, into COURSE, and run this cell again"
        )
    get_ipython().run_line_magic("pip", f"install --quiet --no-deps git+{{COURSE}}")
del COURSE, find_spec"""


def skeleton(chapter: Chapter) -> NotebookNode:
    """Return a chapter's notebook without outputs.

    Args:
        chapter: which notebook to make.

    Returns:
        The notebook.

    Raises:
        BuildError: its source is missing or wrong; the message names the file and the place.
    """
    if not chapter.source.is_file():
        raise BuildError(f"{chapter.label}: there is no {chapter.source_label} to build it from")
    text = chapter.source.read_text(encoding="utf-8")
    check_markers(text, chapter.source_label)
    cells = [_cell(cell, chapter) for cell in _parsed(chapter)]
    _check_names(cells, chapter)
    fold(cells)
    cells.append(_banner(chapter))
    _finish(cells, chapter)
    _insert_install(cells, chapter)
    about = {"source": chapter.source_label, "hash": fingerprint(chapter)}
    metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE, "coursekit": about}
    return new_notebook(cells=cells, metadata=metadata)


def _parsed(chapter: Chapter) -> list[NotebookNode]:
    text = chapter.cells_text
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first.startswith("# %%"):
        raise BuildError(f"{chapter.source_label}: wanted a cell (# %%) to begin with, got {first!r}")
    cells = jupytext.reads(text, fmt="py:percent").cells
    for cell in cells:
        if cell.cell_type not in CELL_TYPES:
            raise _wrong(cell, chapter, f"a {cell.cell_type} cell; wanted {' or '.join(CELL_TYPES)}")
        cell.metadata.pop("lines_to_next_cell", None)
        if unknown := set(cell.metadata) - KEYS:
            raise _wrong(
                cell, chapter, f"unknown metadata {sorted(unknown)}; wanted {', '.join(sorted(KEYS))}"
            )
        if problem := misfolded(cell):
            raise _wrong(cell, chapter, problem)
        _check_roles(cell, chapter)
    return cells


def _check_roles(cell: NotebookNode, chapter: Chapter) -> None:
    """Check that a cell is an exercise, the check of one, an answer in words, or none of these."""
    roles = set(cell.metadata) & ROLES
    if roles not in (set(), {"exercise"}, {"check", "points"}, {"written", "points"}):
        wanted = 'exercise="name", check="name" points=2, written="name" points=2 or none'
        raise _wrong(cell, chapter, f"wanted {wanted}; got {sorted(roles)}")
    if roles and chapter.kind == "notebooks":
        raise _wrong(cell, chapter, "exercises and their checks belong in solutions/src")
    kind = "markdown" if "written" in roles else "code"
    if roles and cell.cell_type != kind:
        raise _wrong(cell, chapter, f"{min(roles - {'points'})} belongs to a {kind} cell")
    if has_solution(cell.source) != ("exercise" in roles):
        raise _wrong(cell, chapter, 'a marked solution and exercise="name" go together in one cell')


def _cell(cell: NotebookNode, chapter: Chapter) -> NotebookNode:
    """The cell as the notebook has it; in a student's notebook, without the solution."""
    if cell.cell_type == "markdown":
        withheld = "written" in cell.metadata and not chapter.executed
        return new_markdown_cell(UNANSWERED if withheld else cell.source, metadata=cell.metadata)
    stub = stubbed(cell.source)
    try:
        ast.parse(stub)
    except SyntaxError as error:
        raise _wrong(cell, chapter, f"no Python, at least without its solution: {error.msg}") from None
    return new_code_cell(cell.source if chapter.executed else stub, metadata=cell.metadata)


def _check_names(cells: list[NotebookNode], chapter: Chapter) -> None:
    """Check that each exercise has one check after it, points are positive and names unique."""
    names: dict[str, list[str]] = {"exercise": [], "check": [], "written": []}
    for cell in cells:
        if not _is_positive(cell.metadata.get("points", 1)):
            raise _wrong(cell, chapter, f"wanted points above 0, got {cell.metadata.points!r}")
        for role in names.keys() & cell.metadata.keys():
            name = cell.metadata[role]
            if role == "check" and (name not in names["exercise"] or name in names[role]):
                raise _wrong(cell, chapter, f"check {name!r} has no exercise before it, or is the second one")
            if name in names[role] or not _is_name(name):
                raise _wrong(cell, chapter, f"{role} {name!r} is used twice, or not of a-z, 0-9, _ and -")
            names[role].append(name)
    if missing := set(names["exercise"]) - set(names["check"]):
        raise BuildError(f"{chapter.source_label}: no cell with check= for {', '.join(sorted(missing))}")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value) is not None


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _banner(chapter: Chapter) -> NotebookNode:
    text = f"Built from `{chapter.source_label}` by `{chapter.command}`; to change it, change the source."
    return new_markdown_cell(f"<sub>{text}</sub>", metadata={"slideshow": {"slide_type": "skip"}})


def _insert_install(cells: list[NotebookNode], chapter: Chapter) -> None:
    """Insert a cell before the first code that installs the course where it is missing."""
    project = chapter.root / "pyproject.toml"
    first = next((place for place, cell in enumerate(cells) if cell.cell_type == "code"), None)
    if first is None or not project.is_file():  # no code, or notebooks that belong to no package
        return
    urls = tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("urls", {})
    source = _INSTALL.format(address=json.dumps(urls.get("Repository", "")))
    cell = new_code_cell(source, id="install", metadata=deepcopy(_INSTALL_METADATA))
    if chapter.kind != "notebooks":
        cell.metadata["nbgrader"] = _nbgrader(cell, {})
    cells.insert(first, cell)


def _finish(cells: list[NotebookNode], chapter: Chapter) -> None:
    """Give each cell its id, its slide type and, in notebooks with exercises, nbgrader's metadata."""
    taken: Counter[str] = Counter()
    for before, cell in zip([None, *cells], cells, strict=False):
        roles = {key: cell.metadata.pop(key) for key in ROLES if key in cell.metadata}
        cell.id = _id(cell, roles, taken)
        cell.metadata.setdefault("slideshow", {"slide_type": _slide(cell, before)})
        if chapter.kind != "notebooks":
            cell.metadata["nbgrader"] = _nbgrader(cell, roles)


def _id(cell: NotebookNode, roles: dict[str, Any], taken: Counter[str]) -> str:
    """An id that does not change with other cells: the exercise's name, or a hash of the content."""
    for role in ("exercise", "check", "written"):
        if role in roles:
            return f"{role}-{roles[role]}"
    digest = sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    taken[digest] += 1
    return digest if taken[digest] == 1 else f"{digest}-{taken[digest]}"


def _slide(cell: NotebookNode, before: NotebookNode | None) -> str:
    """The slide type: headings open slides; short text and the code after it share a subslide."""
    if cell.source.startswith(("# ", "## ")) and cell.cell_type == "markdown":
        return "slide"
    if is_folded(cell) and not draws(cell):
        return "-"  # plumbing or a line
    if before is not None and before.cell_type == "code":
        return "subslide"
    if cell.cell_type == "code":
        return "fragment" if before is None or len(before.source) < _SHORT else "subslide"
    return "subslide" if cell.source.startswith("### ") else "-"


def _nbgrader(cell: NotebookNode, roles: dict[str, Any]) -> dict[str, Any]:
    """The cell's metadata for nbgrader (schema 3): a solution, a graded check, both, or read-only."""
    solution = bool({"exercise", "written"} & roles.keys())
    about = {
        "schema_version": 3,
        "grade_id": cell.id,
        "cell_type": cell.cell_type,
        "grade": "points" in roles,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    return about | ({"points": roles["points"]} if "points" in roles else {})


def _wrong(cell: NotebookNode, chapter: Chapter, problem: str) -> BuildError:
    first = cell.source.splitlines()[0] if cell.source else ""
    return BuildError(f"{chapter.source_label}, in the cell {first!r}: {problem}")
