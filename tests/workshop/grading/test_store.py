"""The store, the secret and the batch: what is graded once is not graded again."""

import io
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from coursekit.workshop.grading import batch, course, sandbox
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.results import ExerciseResult, SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.secret import read_secret
from coursekit.workshop.grading.store import ManualGrade, Store
from coursekit.workshop.grading.submission import find_submissions
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS, SECRET

SETTINGS = batch.GradingSettings(SECRET, LIMITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for student in ("anna", "bert", "carl"):
        path = tmp_path / "submissions" / student / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text('{"cells": []}')
    return tmp_path / "submissions"


def graded_by(monkeypatch, outcome=None) -> list[tuple[str, ...]]:
    """Let the grading be quick; returns the exercises of each job as they come."""
    jobs: list[tuple[str, ...]] = []

    def grade(job):
        jobs.append(job.exercises)
        results = dict.fromkeys(job.exercises, ExerciseResult(1, 1, True, []))
        summary = SubmissionSummary(None, [], {}, {}, [])
        return outcome(job) if outcome else SubmissionResult(summary, results)

    monkeypatch.setattr(batch, "grade", grade)
    return jobs


def run(folder: Path, store: Store, settings: batch.GradingSettings = SETTINGS, workers: int = 2) -> dict:
    tasks = batch.pending_tasks(find_submissions(folder, [ASSIGNMENT]), settings, store)
    return batch.run(tasks, settings, store, workers=workers, progress=lambda student: None)


def test_only_what_changed_is_graded_again(folder: Path, tmp_path: Path, monkeypatch) -> None:
    jobs = graded_by(monkeypatch)
    names = tuple(exercise.name for exercise in load_assignment(ASSIGNMENT).exercises)
    with Store(tmp_path / "base") as store:
        run(folder, store)
        assert jobs == [names] * 3
        run(folder, store)
        assert len(jobs) == 3
        (folder / "bert" / f"{ASSIGNMENT}.ipynb").write_text('{"cells": [3]}')
        run(folder, store)
        assert jobs[3:] == [names]
        changed = replace(load_assignment(ASSIGNMENT).exercises[2], points=7)
        about = load_assignment(ASSIGNMENT)
        exercises = (*about.exercises[:2], changed, *about.exercises[3:])
        monkeypatch.setattr(batch, "load_assignment", lambda name: replace(about, exercises=exercises))
        run(folder, store)
        assert jobs[4:] == [(changed.name,)] * 3
        run(folder, store, replace(SETTINGS, secret=b"another"))
        assert jobs[7:] == [names] * 3


def test_points_given_by_hand_outlast_a_regrade(folder: Path, tmp_path: Path, monkeypatch) -> None:
    graded_by(monkeypatch)
    with Store(tmp_path / "base") as store:
        run(folder, store)
        store.record_manual("anna", ASSIGNMENT, "why", ManualGrade(2.5, "well said"))
        (folder / "anna" / f"{ASSIGNMENT}.ipynb").write_text("{}")
        run(folder, store)
        (anna, *_) = store.submissions()
        assert anna.manual == {"why": ManualGrade(2.5, "well said")}
        with pytest.raises(ValueError, match="no submission of 'dora'"):
            store.record_manual("dora", ASSIGNMENT, "why", ManualGrade(1, ""))


def test_a_submission_that_we_cannot_grade_is_one_submission(
    folder: Path, tmp_path: Path, monkeypatch
) -> None:
    def outcome(job):
        raise ZeroDivisionError

    graded_by(monkeypatch, outcome)
    with Store(tmp_path / "base") as store:
        failed = run(folder, store)
        assert [submission.student for submission in failed] != []
        assert len(failed) == 3
        assert list(store.submissions()) == []


def test_names_and_files_of_any_kind_stop_nothing(folder: Path, tmp_path: Path, monkeypatch) -> None:
    """A name that is markup, one that is no UTF-8, a file that is gone when its turn comes."""
    graded_by(monkeypatch)
    for name in (b"[", b"\xff"):
        place = os.fsencode(folder) + b"/" + name + b"]" + os.fsencode(f"_{ASSIGNMENT}.ipynb")
        Path(os.fsdecode(place)).write_text('{"cells": []}')
    found = find_submissions(folder, [ASSIGNMENT])
    (folder / "carl" / f"{ASSIGNMENT}.ipynb").unlink()
    with Store(tmp_path / "base") as store, course._progress(len(found)) as progress:
        tasks = batch.pending_tasks(found, SETTINGS, store)
        failed = batch.run(tasks, SETTINGS, store, workers=1, progress=progress)
        assert [one.student for one in failed] == ["carl"]
        assert {one.student for one in store.submissions()} == {"anna", "bert", "[]", "\ufffd]"}


def test_what_could_not_be_graded_is_said(folder: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    graded_by(monkeypatch, lambda job: {}["[/]"])
    assert not course.grade_folder(folder, tmp_path / "out", limits=LIMITS)
    assert "KeyError: '[/]'" in capsys.readouterr().err.replace("\n", "")


def test_progress_counts_from_the_first_result(monkeypatch) -> None:
    bars, now = [], [0.0]

    def bar(*columns, **options):
        options["console"] = Console(file=io.StringIO(), force_terminal=True)
        bars.append(Progress(*columns, **options, get_time=lambda: now[0]))
        return bars[0]

    monkeypatch.setattr(course, "Progress", bar)
    with course._progress(12) as step:
        (task,) = bars[0].tasks
        now[0] = 100.0
        assert not task.started
        step("[/markup]")
        now[0] = 140.0  # one that takes long
        bars[0].refresh()
        step("anna")
        assert (task.elapsed, task.time_remaining) == (40, 400)


def test_a_sandbox_that_does_not_work_stops_the_batch(folder: Path, tmp_path: Path, monkeypatch) -> None:
    def outcome(job):
        raise SandboxError("no bubblewrap")

    graded_by(monkeypatch, outcome)
    with Store(tmp_path / "base") as store, pytest.raises(SandboxError):
        run(folder, store)


def test_without_bubblewrap_grading_is_refused(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"apt install bubblewrap.*--unsafe"):
        course.grade_folder(folder, tmp_path / "out", limits=LIMITS)


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


@pytest.mark.parametrize("place", [Path(sys.prefix), sandbox.DATA, sandbox.PACKAGE])
def test_the_seed_must_not_lie_where_submissions_can_read(folder: Path, tmp_path: Path, place: Path) -> None:
    with pytest.raises(ValueError, match="which submissions can read"):
        course.grade_folder(folder, tmp_path / "out", seed_file=place / "seed")
