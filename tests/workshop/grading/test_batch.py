"""What is graded once is not graded again, and what cannot be graded stops nothing else."""

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.workshop.grading import batch, course, grader, session
from coursekit.workshop.grading.assignment import Assignment, load_assignment
from coursekit.workshop.grading.grader import Job
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import find_submissions
from tests.workshop.grading.batches import SETTINGS, folder, graded_by, run
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS, SECRET, notebook

__all__ = ["folder"]


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
        assert jobs[4:] == [names[2:]] * 3  # those behind it may build on it
        run(folder, store, replace(SETTINGS, secret=b"another"))
        assert jobs[7:] == [names] * 3


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
    found = find_submissions(folder, [ASSIGNMENT]).submissions
    (folder / "carl" / f"{ASSIGNMENT}.ipynb").unlink()
    with Store(tmp_path / "base") as store, course._progress(len(found)) as progress:
        tasks = batch.pending_tasks(found, SETTINGS, store)
        failed = batch.run(tasks, SETTINGS, store, workers=1, progress=progress)
        assert [one.student for one in failed] == ["carl"]
        assert {one.student for one in store.submissions()} == {"anna", "bert", "[]", "\\xff]"}


def test_a_sandbox_that_does_not_work_stops_the_batch(folder: Path, tmp_path: Path, monkeypatch) -> None:
    def outcome(job):
        raise SandboxError("no bubblewrap")

    graded_by(monkeypatch, outcome)
    with Store(tmp_path / "base") as store, pytest.raises(SandboxError):
        run(folder, store)


def test_a_machine_without_notebooks_grades_by_those_of_the_one_that_asks(monkeypatch) -> None:
    """As from a wheel: else answers in words would be lost there, and stubs would cost more."""
    stub = "def target_scores(model, x, target):\n    # Your code here.\n    raise NotImplementedError"
    data = json.dumps(notebook(target_scores=stub)).encode()
    whole = load_assignment(ASSIGNMENT)
    monkeypatch.setattr(grader, "load_assignment", lambda name: Assignment(name, whole.exercises))
    asked = Job(ASSIGNMENT, data, ("gradient_saliency",), SECRET, LIMITS)
    assert grader.grade(asked).exercises["gradient_saliency"].earned == 0
    released = pickle.loads(pickle.dumps(replace(whole, exercises=())))
    assert grader.grade(replace(asked, released=released)).exercises["gradient_saliency"].earned == 2


def test_a_fork_server_that_fails_costs_one_submission(folder: Path, tmp_path: Path, monkeypatch) -> None:
    waits, failures = session.ForkServer.wait_for_exit, iter([True])

    def dies(self: session.ForkServer) -> session.WorkerExit:
        if next(failures, False):
            self._process.kill()
        return waits(self)

    monkeypatch.setattr(session.ForkServer, "wait_for_exit", dies)
    with Store(tmp_path / "base") as store:
        tasks = batch.pending_tasks(find_submissions(folder, [ASSIGNMENT]).submissions, SETTINGS, store)
        failed = batch.run(tasks, SETTINGS, store, workers=1, progress=lambda _: None)
        assert len(failed) == 1
        assert len(list(store.submissions())) == len(tasks) - 1
