"""The secret that hidden cases are drawn from."""

import os
import threading
from pathlib import Path

import pytest

from coursekit.workshop.grading import secret as secrets_of_graders
from coursekit.workshop.grading.secret import read_secret


def test_a_seed_is_made_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    secret = read_secret(path)
    assert len(secret) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_secret(path) == secret
    assert list(tmp_path.iterdir()) == [path]
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        read_secret(path)


def test_of_a_short_seed_nobody_is_told_to_remove_it(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    path.write_text("short")
    path.chmod(0o600)
    with pytest.raises(
        ValueError, match=r"wanted at least 32 bytes.*restore it from a backup.*--seed-file"
    ) as e:
        read_secret(path)
    assert "remove" not in str(e.value)


def test_graders_that_start_at_once_have_the_same_seed(tmp_path: Path) -> None:
    for number in range(20):
        found: list[bytes] = []
        start = threading.Barrier(8)

        def one(path: Path = tmp_path / str(number), found=found, start=start) -> None:
            start.wait()
            found.append(read_secret(path))

        graders = [threading.Thread(target=one) for _ in range(8)]
        for grader in graders:
            grader.start()
        for grader in graders:
            grader.join()
        assert len(found) == 8
        assert len({*found}) == 1


def test_nobody_sees_a_seed_that_is_half_written(tmp_path: Path, monkeypatch) -> None:
    """Whenever one that makes it stops: another looks at each of its calls."""
    path = tmp_path / "seed"
    for name in ("open", "fdopen", "fsync", "link"):
        real = getattr(os, name)

        def looking(*args, real=real, **options):
            assert not path.exists() or path.stat().st_size == 64
            return real(*args, **options)

        monkeypatch.setattr(secrets_of_graders.os, name, looking)
    read_secret(path)


def test_the_first_of_two_seeds_stays(tmp_path: Path, monkeypatch) -> None:
    path, first = tmp_path / "seed", b"1" * 64
    real = os.link

    def late(source, target):
        path.write_bytes(first)
        path.chmod(0o600)
        real(source, target)

    monkeypatch.setattr(os, "link", late)
    assert read_secret(path) == path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_hard_links_is_named(tmp_path: Path, monkeypatch) -> None:
    def refused(source, target):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    with pytest.raises(ValueError, match=r"hard links.*--seed-file"):
        read_secret(tmp_path / "seed")
    assert not list(tmp_path.iterdir())


def test_a_link_is_no_seed(tmp_path: Path) -> None:
    read_secret(tmp_path / "elsewhere")
    for target in (tmp_path / "elsewhere", tmp_path / "nowhere"):
        (tmp_path / "seed").unlink(missing_ok=True)
        (tmp_path / "seed").symlink_to(target)
        with pytest.raises(ValueError, match=r"is a link.*--seed-file"):
            read_secret(tmp_path / "seed")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_no_seed(tmp_path: Path, make) -> None:
    make(tmp_path / "seed")
    with pytest.raises(ValueError, match=r"is no file.*--seed-file"):
        read_secret(tmp_path / "seed")


def test_a_seed_of_another_user_is_refused(tmp_path: Path, monkeypatch) -> None:
    read_secret(tmp_path / "seed")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ValueError, match="belongs to another user"):
        read_secret(tmp_path / "seed")
