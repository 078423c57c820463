"""The secret that hidden cases are drawn from: a file that its owner alone can read."""

import os
import secrets
from pathlib import Path

__all__ = ["read_secret"]

_BYTES = 32


def read_secret(path: Path) -> bytes:
    """Return the secret in the file, which is made when it is missing.

    Raises:
        ValueError: others may read the file, or it is too short to be a secret.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _checked(path)
    secret = secrets.token_hex(_BYTES).encode()
    with os.fdopen(file, "wb") as handle:
        handle.write(secret)
    return secret


def _checked(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise ValueError(f"others may read the seed in {path}: chmod 600 {path}")
    secret = path.read_bytes().strip()
    if len(secret) < _BYTES:
        raise ValueError(
            f"wanted at least {_BYTES} bytes of seed in {path}, got {len(secret)}: remove it, for a new one"
        )
    return secret
