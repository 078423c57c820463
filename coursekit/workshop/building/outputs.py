"""Checks the outputs of a built notebook; each function yields the problems of one kind."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from coursekit.workshop.building.chapter import ROOT
from coursekit.workshop.building.embedded import embedded_pictures, faults

ALT_LENGTH = 20

_OWN_FOLDERS = "|".join(re.escape(str(folder)) for folder in (Path.home(), ROOT) if folder != folder.parent)
MACHINE_PATH = re.compile(
    r"/home/\w|/Users/\w|/root/|/tmp/|[A-Z]:\\\\?Users|site-packages" + rf"|({_OWN_FOLDERS})/"
)
_MACHINE_DEPENDENT = {
    "a path of the machine": re.compile(rf"{MACHINE_PATH.pattern}|\.venv\b"),
    "an address in memory": re.compile(r"\b0x[0-9a-f]{6,}\b"),
    "a timing": re.compile(r"\bWall time:|\bCPU times:|\d ?(it/s|s/it)\b|\d ?(ms|µs)\b"),
    "a time of day": re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d"),
}
_IMG = re.compile(r"<img\b[^>]*>")
_IMG_ALT = re.compile(rf"""\balt=(?:"[^"]{{{ALT_LENGTH},}}"|'[^']{{{ALT_LENGTH},}}')""")


def digest(notebook: NotebookNode) -> str:
    """Return a hash of a notebook's outputs, in 16 hexadecimal digits, which shows whether one was edited."""
    outputs = [cell.get("outputs") for cell in notebook.cells]
    return sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()[:16]


def problems(notebook: NotebookNode, *, wide: bool = False) -> Iterator[str]:
    """Yield all that is wrong with the outputs of a notebook that was run.

    Args:
        notebook: as it was built.
        wide: its main figures have to be wide, as in a chapter of the second edition.
    """
    for picture in embedded_pictures(notebook):
        yield from (f"cell {picture.cell} {fault}" for fault in faults(picture, wide=wide))
    for expected, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        if cell.execution_count != expected:
            ran = f"ran as number {cell.execution_count}" if cell.execution_count else "never ran"
            yield f"cell {cell.id} {ran}; wanted {expected}"
        for output in cell.outputs:
            yield from (f"cell {cell.id} {problem}" for problem in _output_problems(output))


def _output_problems(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"ends in an error: {output.ename}: {output.evalue}"
    elif output.output_type == "stream":
        if output.name == "stderr":
            yield f"writes to stderr: {output.text[:80]!r}"
        yield from _machine_dependent(output.text)
    else:
        yield from _picture_problems(output.data, output.metadata)
        if any("widget" in mime for mime in output.data):
            yield "shows a live widget; a build wants its still picture"
        for mime, content in output.data.items():
            if mime.startswith("text/"):
                yield from _machine_dependent(content)


def _picture_problems(data: dict[str, Any], metadata: dict[str, Any]) -> Iterator[str]:
    for mime in (mime for mime in data if mime.startswith("image/")):
        alt = metadata.get(mime, {}).get("alt", "")
        if not isinstance(alt, str) or len(alt.strip()) < ALT_LENGTH:
            yield f"shows a picture whose alt text is {alt!r}; wanted at least {ALT_LENGTH} characters"
    for tag in _IMG.findall(data.get("text/html", "")):
        if not _IMG_ALT.search(tag):
            yield f"shows an <img> without alt text of at least {ALT_LENGTH} characters"


def _machine_dependent(text: str) -> Iterator[str]:
    """Text that would differ on another machine, or at another time."""
    for kind, pattern in _MACHINE_DEPENDENT.items():
        if found := pattern.search(text):
            yield f"prints {kind}: {text[max(found.start() - 20, 0) : found.end() + 20]!r}"
