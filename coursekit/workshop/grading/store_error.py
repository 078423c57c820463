"""What is wrong with the file of results, in a line that names the file and says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["StoreError", "store_errors"]

_ADVICE = {
    ("BUSY", "LOCKED"): "another process is writing to it: wait until that has ended, and try again",
    ("READONLY", "PERM", "AUTH"): "it cannot be written: let yourself write to it and to its folder",
    ("FULL", "IOERR"): "its disk is full or has failed: free some space, and run the command again; "
    "what was recorded is kept",
    ("CORRUPT", "NOTADB"): "it is damaged: restore it from a backup, or move it away and grade again; points "
    "by hand are read again from your tables",
    ("CANTOPEN",): "it cannot be opened: look whether its folder is there, and yours",
    ("ERROR", "SCHEMA", "MISMATCH"): "it has another format than this version writes: use the version that "
    "wrote it, or grade again into another folder",
}
"""What to do, by the name of SQLite's error."""


class StoreError(RuntimeError):
    """The file of results cannot be used. The message names the file and says what to do."""


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Raise ``StoreError`` where SQLite raises any of its errors.

    Args:
        path: of the file.

    Raises:
        StoreError: SQLite could not do what it was asked.
    """
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_ERROR").removeprefix("SQLITE_").partition("_")[0]
        advice = next((advice for names, advice in _ADVICE.items() if name in names), "it cannot be used")
        raise StoreError(f"{path}: {advice} ({error})") from error
