"""What is said when the store cannot be read or written: a line, with what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading import store as stores
from coursekit.workshop.grading.results import SubmissionSummary
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.store_error import StoreError

SUMMARY = SubmissionSummary()


def _locked(path: Path) -> Iterator[None]:
    with Store(path), closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def _full(path: Path) -> Iterator[None]:
    real = sqlite3.connect

    def connect(*args, **options):
        database = real(*args, **options)
        database.execute("PRAGMA max_page_count = 1")
        return database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        yield


def _damaged(path: Path) -> Iterator[None]:
    path.write_bytes(b"This is no database, but a letter to one. " * 100)
    yield


def _cut(path: Path) -> Iterator[None]:
    with Store(path) as store:
        store.record("anna", "a", path="p" * 9999, digest="d", summary=SUMMARY, results={}, keys={})
    path.write_bytes(path.read_bytes()[:4096] + bytes(8192))
    yield


def _folder(path: Path) -> Iterator[None]:
    path.mkdir()
    yield


def _other_format(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE submission (name TEXT, points REAL)")
    yield


def _read_only(path: Path) -> Iterator[None]:
    real = sqlite3.connect
    with Store(path):
        pass

    def connect(file, **options):
        return real(f"file:{file}?mode=ro", uri=True, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        yield


def read_and_write(path: Path) -> None:
    with Store(path) as store:
        list(store.submissions())
        store.record("anna", "a", path="p", digest="d", summary=SUMMARY, results={}, keys={})


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        (_locked, "wait until that has ended"),
        (_full, "free some space"),
        (_damaged, "restore it from a backup"),
        (_cut, "restore it from a backup"),
        (_folder, "move it away"),
        (_other_format, "has another format"),
        (_read_only, "let yourself write to it"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_in_a_line(
    tmp_path: Path, monkeypatch, trouble, advice: str
) -> None:
    monkeypatch.setattr(stores, "_PATIENCE", 0.1)
    path = tmp_path / "base"
    with contextmanager(trouble)(path), pytest.raises(StoreError, match=advice) as error:
        read_and_write(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_the_command_prints_the_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "grades.sqlite").mkdir()
    found = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert found.exit_code == 1
    assert "grades.sqlite is no file; wanted the results there" in found.output
    assert "Traceback" not in found.output
