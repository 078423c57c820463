"""The folder of what was handed in: what lies there, and its files read without following a link."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Entry", "NoRegularFileError", "list_folder", "printable", "read_file"]

_INSIDE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_DEPTH = 32
"""Folders in folders; each holds a descriptor while it is listed."""
_LEAVINGS = re.compile(
    r"__MACOSX|\._.*|\.DS_Store|\.ipynb_checkpoints|\.virtual_documents|\.Trash.*|\.git|\.venv|\.cache|\.local|\.config"
    r"|\.(?:jupyter|ipython|conda|npm|vscode|idea|pytest_cache|ruff_cache|mypy_cache)",
    re.DOTALL,
)
"""What programs leave behind: old versions, settings, caches. Nobody hands it in on purpose."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class NoRegularFileError(OSError):
    """What lies there, or on the way there, is a link or anything else that is not to be opened."""


@dataclass(frozen=True)
class Entry:
    """What lies in the folder, and is not a folder in which something lies.

    Attributes:
        parts: of its path, below the folder.
        modified: when it was last changed, in nanoseconds.
        trouble: why it is not read; empty for a file.
        is_empty: whether it is a folder in which nothing lies.
        passed_over: what programs left in such a folder; empty if nothing at all lies there.
    """

    parts: tuple[str, ...]
    modified: int = 0
    trouble: str = ""
    is_empty: bool = False
    passed_over: str = ""

    @property
    def is_hidden(self) -> bool:
        """Whether its name, or that of a folder that it lies in, hides it from who lists the folder."""
        return any(part.startswith(".") for part in self.parts)


def list_folder(folder: Path) -> list[Entry]:
    """List what lies in a folder, at any depth. What programs leave behind, as checkpoints, is left out.

    Args:
        folder: where to look. It may itself be a link; no link in it is followed.

    Returns:
        The entries, sorted by path.

    Raises:
        OSError: the folder cannot be listed.
    """
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) as descriptor:
        return sorted(_entries(descriptor, ()), key=lambda entry: entry.parts)


def _entries(descriptor: int, above: tuple[str, ...]) -> Iterator[Entry]:
    for name in os.listdir(descriptor):
        if not _LEAVINGS.fullmatch(name):
            yield from _entry(descriptor, name, (*above, name))


def _entry(descriptor: int, name: str, parts: tuple[str, ...]) -> Iterator[Entry]:
    try:
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            yield Entry(parts, status.st_mtime_ns, _trouble(status.st_mode))
        elif len(parts) > _MAX_DEPTH:
            yield Entry(parts, trouble=f"it lies in more than {_MAX_DEPTH} folders")
        else:
            with _opened(name, _INSIDE | os.O_DIRECTORY, descriptor) as inner:
                yield from list(_entries(inner, parts)) or [_empty(inner, parts)]
    except OSError as error:
        yield Entry(parts, trouble=error.strerror or str(error))


def _empty(descriptor: int, parts: tuple[str, ...]) -> Entry:
    passed_over = min(filter(_LEAVINGS.fullmatch, os.listdir(descriptor)), default="")
    return Entry(parts, is_empty=True, passed_over=passed_over)


def _trouble(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return "a link, which is not followed" if stat.S_ISLNK(mode) else "neither a file nor a folder"


def read_file(folder: Path, parts: tuple[str, ...], limit: int) -> bytes:
    """Read a file, without following a link and without waiting for anyone.

    Whoever can write into the folder can put a link or a pipe in a file's place after it was listed, or a
    link in the place of a folder on the way. So each folder is opened within the one above, and what was
    opened is looked at before it is read.

    Args:
        folder: the one that was listed.
        parts: of the file's path, below the folder.
        limit: how many bytes to read at most.

    Returns:
        The content, of a larger file its beginning.

    Raises:
        NoRegularFileError: there is no regular file, or a link is on the way.
        OSError: it cannot be read.
    """
    *above, name = parts
    with ExitStack() as opened, _named_links():
        within = opened.enter_context(_opened(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in above:
            within = opened.enter_context(_opened(part, _INSIDE | os.O_DIRECTORY, within))
        descriptor = opened.enter_context(_opened(name, _INSIDE | os.O_NONBLOCK, within))
        status = os.fstat(descriptor)
        if trouble := _trouble(status.st_mode):
            raise NoRegularFileError(f"no file is there any more: it is {trouble}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # No buffer of the limit's size for each small file.
            return file.read(min(limit, status.st_size))


@contextmanager
def _named_links() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
            raise NoRegularFileError(
                "no file is there any more: a link, which is not followed, or something else took its place"
            ) from None
        raise


@contextmanager
def _opened(name: str | Path, flags: int, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def printable(path: Path) -> str:
    """Return a path as text that can be printed in one line and stored, whatever bytes its names have."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
