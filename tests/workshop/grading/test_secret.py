"""The secret that hidden cases are drawn from."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.secret import read_secret


def test_a_seed_is_made_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    secret = read_secret(path)
    assert len(secret) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_secret(path) == secret
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        read_secret(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(ValueError, match="wanted at least 32 bytes"):
        read_secret(path)
