"""A file of a report: whole, or as it was before, with an error that says which file could not be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from coursekit.core.files import replacing

__all__ = ["ReportError", "remove_report_file", "report_file"]


class ReportError(RuntimeError):
    """A file of a report cannot be written. The message says which one and why."""


@contextmanager
def report_file(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Open a file of a report to write it anew; the old one stays until the new one is whole.

    Args:
        path: of the file. Missing folders above it are made.
        encoding: of its text. What it cannot hold is spelled out.

    Yields:
        The file, in which ends of lines stay as they are written.

    Raises:
        ReportError: the file cannot be written.
    """
    try:
        with (
            replacing(path) as temporary,
            temporary.open("w", newline="", encoding=encoding, errors="backslashreplace") as file,
        ):
            yield file
    except OSError as error:
        raise ReportError(
            f"cannot write {path}: {error.strerror or error}; what was there before is as it was: "
            "mend that, and run coursekit report again"
        ) from error


def remove_report_file(path: Path) -> None:
    """Remove what an earlier report may have written, and this one does not.

    Args:
        path: of the file, which need not be there.

    Raises:
        ReportError: the file cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(
            f"cannot remove {path}, which is of an earlier report: {error.strerror or error}: remove it"
        ) from error
