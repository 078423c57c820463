"""Files of a report: whole, or as they were, and with an error that names the file and the reason."""

import errno
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.report_file import ReportError, report_file
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import out

__all__ = ["out"]


def test_a_text_that_utf_8_cannot_hold_is_written(tmp_path: Path) -> None:
    with report_file(tmp_path / "x" / "y.txt") as file:
        file.write("a\ud800\r\n")
    assert (tmp_path / "x" / "y.txt").read_bytes() == b"a\\ud800\r\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_cannot_be_written_is_named_and_the_old_file_stays(out: Path, monkeypatch, number: int) -> None:
    report(out)
    tables = {path: path.read_bytes() for path in out.rglob("*.csv")}
    real = os.replace

    def refused(source, target):
        if str(target).endswith("-canvas.csv"):
            raise OSError(number, os.strerror(number), source)
        real(source, target)

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(ReportError) as error:
        report(out)
    wanted = f"cannot write {out / f'{ASSIGNMENT}-canvas.csv'}: {os.strerror(number)};"
    assert str(error.value).startswith(wanted)
    assert {path: path.read_bytes() for path in out.rglob("*.csv")} == tables
    assert not list(out.rglob(".*"))


def test_the_command_says_it_in_a_line(out: Path) -> None:
    (out / "pages").write_text("no folder")
    found = CliRunner().invoke(app, ["report", str(out)])
    assert found.exit_code == 1
    assert f"cannot write {out / 'pages' / ASSIGNMENT}" in found.output
    assert "Traceback" not in found.output
