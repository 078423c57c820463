"""The secret that hidden cases are drawn from, in a file that only its owner can read."""

import os
import secrets
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
        ValueError: others may read the file, or it is too short to be a secret.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_checked(path)
    secret = secrets.token_hex(_MIN_BYTES).encode()
    with os.fdopen(file, "wb") as handle:
        handle.write(secret)
    return secret


def _read_checked(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise ValueError(f"others may read the seed in {path}: chmod 600 {path}")
    secret = path.read_bytes().strip()
    if len(secret) < _MIN_BYTES:
        raise ValueError(
            f"wanted at least {_MIN_BYTES} bytes of seed in {path}, got {len(secret)}: "
            "remove it, and a new one is made"
        )
    return secret
