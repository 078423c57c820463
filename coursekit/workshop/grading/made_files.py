"""Small files that are made for the sandbox, since those of this machine would tell of it, or are missing."""

import os
import shutil
import sys
import tempfile
from atexit import register
from functools import cache
from pathlib import Path

__all__ = ["made_files"]

_USERS = {
    "/etc/passwd": "student:x:1000:1000:student:/tmp:/bin/sh\n",
    "/etc/group": "student:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n",
}
"""Who a submission runs as: programs ask for the name, the home and the host."""


@cache
def made_files(python_home: Path | None) -> dict[Path, Path]:
    """Return files that the sandbox shows in place of this machine's own; they are removed at exit.

    Args:
        python_home: where Python is seen in the sandbox; None where it is the system's, seen where it lies.

    Returns:
        For each path in the sandbox, the file on this machine that is seen there.
    """
    texts = {Path(path): text for path, text in _USERS.items()} | _settings(python_home)
    folder = Path(tempfile.mkdtemp(prefix="coursekit-"))
    register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # readable for all: the user who runs submissions may be another
    found = {}
    for number, (path, text) in enumerate(texts.items()):
        found[path] = folder / str(number)
        found[path].write_text(text, encoding="utf-8")
        found[path].chmod(0o644)
    return found


def _settings(python_home: Path | None) -> dict[Path, str]:
    """What ``sysconfig`` tells of Python, with the sandbox's folder in place of this machine's."""
    if python_home is None:
        return {}
    library = Path(os.__file__).parent
    base = Path(sys.base_prefix)
    found = {}
    for file in library.glob("_sysconfigdata*.py"):
        text = file.read_text(encoding="utf-8")
        for own in sorted({str(base), str(base.resolve())}, key=len, reverse=True):
            text = text.replace(own, str(python_home))
        found[python_home / "lib" / library.name / file.name] = text
    return found
