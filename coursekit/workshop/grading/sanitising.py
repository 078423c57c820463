"""Makes text from a student's process safe to show, and students' names safe as file names."""

import re
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from coursekit.workshop.grading.sandbox import PACKAGE

__all__ = ["encodable", "file_name", "sanitised", "visible"]

MAX_LINES, MAX_LINE_LENGTH = 8, 240
_MAX_NAME_LENGTH = 160  # file systems allow 255 bytes, with the ending

_MACHINE_PATHS = (PACKAGE.parent, sys.prefix, sys.base_prefix, Path.home(), *sysconfig.get_paths().values())
_FOLDERS = {str(path) for path in _MACHINE_PATHS if str(path) != "/"}
# The longest first, since one may lie in another.
_PATHS = re.compile("|".join(re.escape(folder) + r"/?" for folder in sorted(_FOLDERS, key=len, reverse=True)))
_UNPRINTABLE = re.compile(
    r"\x1b\[[0-9;]*[A-Za-z]|[\u2028-\u202e\u2066-\u2069]"  # terminal codes; what reverses or ends a line
    r"|[^\x20-\x7e\xa1-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def sanitised(text: str) -> str:
    """Return the last ``MAX_LINES`` lines of a text, short, printable and without paths of the machine."""
    return "\n".join(map(_sanitised_line, text.strip().splitlines()[-MAX_LINES:]))


def encodable(text: str) -> str:
    """Return the text, where what UTF-8 cannot hold, a lone half of a character, is spelled out."""
    return text.encode(errors="backslashreplace").decode()


def visible(text: str) -> str:
    """Return the text, with a replacement character for each that a page or a table must not have."""
    return _CONTROL.sub("\ufffd", encodable(text))


def file_name(student: str) -> str:
    """Return a name for a student's file or folder.

    Args:
        student: the student's name, of any length and with any characters.

    Returns:
        A name that is no path, not hidden and not too long. Different students get different names.
    """
    student = encodable(student)
    name = quote(student, safe=" ")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _MAX_NAME_LENGTH:
        # No name that is whole has a plus: ``quote`` writes it as %2B.
        name = f"{name[: _MAX_NAME_LENGTH - 65]}+{sha256(student.encode()).hexdigest()}"
    return name


def _sanitised_line(line: str) -> str:
    clean = _UNPRINTABLE.sub(" ", _PATHS.sub("", line[: 40 * MAX_LINE_LENGTH])).rstrip()
    return clean if len(clean) <= MAX_LINE_LENGTH else clean[:MAX_LINE_LENGTH] + " …"
