"""The markers of a solution: `# BEGIN SOLUTION` … `# END SOLUTION`, each alone on its line, in one cell."""

import re

from coursekit.workshop.building.chapter import BuildError

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
STUB = ("# Your code here, in place of the next line.", "raise NotImplementedError")
"""The lines that the student gets in place of a solution."""
UNANSWERED = "*Your answer here, in place of this line.*"
"""The text that the student gets in place of a model answer in words."""

_CELL = re.compile(r"# ?%%")
# Comments that were probably meant as markers.
_MARKER_LIKE = re.compile(r"#\s*(BEGIN\b|END\b|(?i:(begin|end|start|stop)\W+(of\W+)?(the\W+)?solution))")


def check_markers(text: str, label: str) -> None:
    """Check the markers of a source.

    Args:
        text: of the whole source.
        label: its path, for the message.

    Raises:
        BuildError: a marker is nested, missing or unknown; the message names the file and the line.
    """
    opened: int | None = None
    indent = ""
    for number, line in enumerate(text.splitlines(), 1):
        here = f"{label}:{number}"
        if _CELL.match(line) and opened:
            raise BuildError(f"{label}:{opened}: {BEGIN} is not closed in its cell; add {END}")
        if not _MARKER_LIKE.search(line):
            continue
        if line.strip() == BEGIN:
            if opened:
                raise BuildError(
                    f"{here}: {BEGIN} inside the solution that line {opened} opened; close that one first"
                )
            opened, indent = number, _indent(line)
        elif line.strip() == END:
            if not opened:
                raise BuildError(f"{here}: {END} without {BEGIN} before it in its cell")
            if _indent(line) != indent:
                raise BuildError(f"{here}: {END} is indented otherwise than its {BEGIN} on line {opened}")
            opened = None
        else:
            raise BuildError(
                f"{here}: unknown marker {line.strip()!r}; wanted {BEGIN!r} or {END!r}, alone on its line"
            )
    if opened:
        raise BuildError(f"{label}:{opened}: {BEGIN} is not closed; add {END}")


def has_solution(cell_source: str) -> bool:
    """Return whether a cell holds a marked solution."""
    return any(line.strip() == BEGIN for line in cell_source.splitlines())


def stubbed(cell_source: str) -> str:
    """Replace each marked solution by a stub.

    Args:
        cell_source: the text of a cell, whose markers have been checked.

    Returns:
        The text that the student gets.
    """
    kept: list[str] = []
    inside = False
    for line in cell_source.splitlines():
        if line.strip() == BEGIN:
            inside = True
            kept += [_indent(line) + stub for stub in STUB]
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
