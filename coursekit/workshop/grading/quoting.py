"""A student's own words, made fit to be shown, and names, made fit for files."""

import re
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from coursekit.workshop.grading.sandbox import PACKAGE

__all__ = ["file_name", "quoted"]

LINES, LENGTH = 8, 240
_NAME = 160  # characters of a file's name; 255 are allowed, endings included

_OURS = (PACKAGE.parent, sys.prefix, sys.base_prefix, Path.home(), *sysconfig.get_paths().values())
_FOLDERS = {str(path) for path in _OURS if str(path) != "/"}
# The longest first: one may lie in another.
_PATHS = re.compile("|".join(re.escape(folder) + r"/?" for folder in sorted(_FOLDERS, key=len, reverse=True)))
_UNPRINTABLE = re.compile(
    r"\x1b\[[0-9;]*[A-Za-z]|[\u2028-\u202e\u2066-\u2069]"  # escape codes; what turns a line around or ends it
    r"|[^\x20-\x7e\xa1-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def quoted(text: str) -> str:
    """Return the text's last lines: short, printable, and without the paths of the machine."""
    return "\n".join(map(_cut, text.strip().splitlines()[-LINES:]))


def file_name(student: str) -> str:
    """Return a name for a student's file or folder: no path, not hidden, not too long, another for each."""
    name = quote(student, safe=" ")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _NAME:
        name = f"{name[: _NAME - 64]}{sha256(student.encode()).hexdigest()}"
    return name


def _cut(line: str) -> str:
    clean = _UNPRINTABLE.sub(" ", _PATHS.sub("", line[: 40 * LENGTH])).rstrip()
    return clean if len(clean) <= LENGTH else clean[:LENGTH] + " …"
