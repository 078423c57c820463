"""The secret that hidden cases are drawn from, in a file that only its owner can read."""

import errno
import os
import secrets
import stat
from pathlib import Path

__all__ = ["read_secret"]

_MIN_BYTES = 32


def read_secret(path: Path) -> bytes:
    """Read the secret; where there is no file, make a new secret.

    Args:
        path: of the file.

    Returns:
        At least 32 bytes.

    Raises:
        ValueError: it is no file of the user's own, others may read it, or it is too short to be a secret.
    """
    if not os.path.lexists(path):
        _make(path)
    return _read_checked(path)


def _make(path: Path) -> None:
    """Put a new secret into place, whole, unless another process is the first to do so."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(_MIN_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())  # a seed that a power cut empties would change all hidden cases
        _link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # that of the other process is read
    except OSError as error:
        raise ValueError(
            f"cannot make a seed in {path} ({error.strerror}); wanted a file system with hard links: "
            "name a file elsewhere with --seed-file"
        ) from error


def _read_checked(path: Path) -> bytes:
    try:
        # Opening does not wait for anybody to write into a FIFO.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ValueError(
                f"the seed {path} is a link; wanted the file itself: name it with --seed-file"
            ) from None
        raise
    try:
        _check_private(path, os.fstat(file))
        with os.fdopen(file, "rb", closefd=False) as handle:
            secret = handle.read().strip()
    finally:
        os.close(file)
    if len(secret) < _MIN_BYTES:
        raise ValueError(
            f"wanted at least {_MIN_BYTES} bytes of seed in {path}, got {len(secret)}, which is no seed that "
            "coursekit made: restore it from a backup, or name another file with --seed-file; keep it, since "
            "another seed means other hidden cases for everybody"
        )
    return secret


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"the seed {path} is no file; wanted one: name it with --seed-file")
    if status.st_uid != os.geteuid():
        raise ValueError(
            f"the seed {path} belongs to another user ({status.st_uid}), who may read it; "
            f"wanted one of your own ({os.geteuid()}): let its owner grade, or chown it"
        )
    if status.st_mode & 0o077:
        raise ValueError(f"others may read the seed in {path}: chmod 600 {path}")
