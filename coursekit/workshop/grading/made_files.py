"""Small files that the sandbox shows in place of this machine's own, which would tell of it."""

import os
from pathlib import Path

__all__ = ["made_files"]

_MADE = Path(__file__).parent / "shown"
"""They come with the package: a temporary one would stay behind where the grader is killed."""


def made_files(python_home: Path | None) -> dict[Path, Path]:
    """Return the files that are shown in place of this machine's own.

    Args:
        python_home: where Python is seen in the sandbox; None where it is the system's, seen where it lies.

    Returns:
        For each path in the sandbox, the file of this package that is seen there.
    """
    # Who a submission runs as: programs ask for the name, the home and the host.
    found = {Path("/etc", name): _MADE / name for name in ("passwd", "group", "hosts")}
    if python_home:
        library = Path(os.__file__).parent
        for file in library.glob("_sysconfigdata*.py"):
            found[python_home / "lib" / library.name / file.name] = _MADE / "sysconfigdata"
    return found
