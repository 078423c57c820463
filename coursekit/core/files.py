"""Files: those that ship with the course, and those that are either whole or not there."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["data_path", "replacing"]


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that replaces it when the block ends without an error.

    A reader sees the old file or the new one, never half of one, and a killed writer leaves the old one.

    Args:
        path: the file to write. Missing folders above it are made.

    Yields:
        The path to write to, of an empty file in the same folder.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    temporary.touch(0o666, exist_ok=False)  # of which the system takes away what the umask says
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def data_path(name: str) -> Path:
    """Return where a file that ships lies: in ``data/`` beside the package, or in an installed one.

    Args:
        name: the file's name, such as "scenes.safetensors".

    Returns:
        Its path. Nobody looks whether the file exists.
    """
    package = Path(__file__).parents[1]
    folder = package / "data" if (package / "data").is_dir() else package.parent / "data"
    return folder / name
