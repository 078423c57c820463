"""What is swapped after it was found is not graded; what was read, once, is what is graded and recorded."""

import os
import threading
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from coursekit.exercises import CHAPTERS
from coursekit.workshop.grading import batch, cluster, course, hand_in, submission
from coursekit.workshop.grading.results import SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import find_submissions
from tests.workshop.grading.batches import SETTINGS
from tests.workshop.grading.comparing import earned, jobs
from tests.workshop.grading.corpus.hand_in import Kind, Lies, content
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS

__all__ = ["jobs"]

EVE, ZOE = f"eve/work/{ASSIGNMENT}.ipynb", f"zoe/work/{ASSIGNMENT}.ipynb"


def to_a_link(folder: Path) -> None:
    (folder / EVE).unlink()
    (folder / EVE).symlink_to(folder / ZOE)


def to_a_pipe(folder: Path) -> None:
    (folder / EVE).unlink()
    os.mkfifo(folder / EVE)


def to_a_folder_behind_a_link(folder: Path) -> None:
    (folder / "eve/work").rename(folder.parent / "away")
    (folder / "eve/work").symlink_to(folder / "zoe/work")


def to_a_student_behind_a_link(folder: Path) -> None:
    (folder / "eve").rename(folder.parent / "away")
    (folder / "eve").symlink_to(folder / "zoe")


LINKS = (to_a_link, to_a_folder_behind_a_link, to_a_student_behind_a_link)
MOMENTS = {
    "listed": (submission, "_submitters"),
    "chosen": (batch, "pending_tasks"),
    "found to be new": (batch, "run"),
}
"""After what the swap comes, and before what it therefore is made."""


@pytest.fixture
def swapped(tmp_path: Path, monkeypatch) -> Callable[[Callable[[Path], None], str], Path]:
    """A folder in which eve's blank notebook is swapped at a moment of the run, after it was found."""

    def prepare(swap: Callable[[Path], None], moment: str) -> Path:
        folder = tmp_path / "in"
        Lies(Kind.BLANK).put(folder / EVE)
        Lies(Kind.SOLUTION).put(folder / ZOE)
        module, name = MOMENTS[moment]
        real = getattr(module, name)

        def swap_before(*arguments, **options):
            swap(folder)
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, swap_before)
        return folder

    return prepare


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("swap", [*LINKS, to_a_pipe])
def test_what_is_swapped_after_it_was_found_is_not_graded(
    swap, moment: str, swapped, tmp_path: Path, jobs, capsys
) -> None:
    folder = swapped(swap, moment)
    assert not course.grade_folder(folder, tmp_path / "out", limits=LIMITS)
    assert earned(tmp_path / "out") == {"zoe": 16}
    (line,) = (one for one in capsys.readouterr().err.splitlines() if one.startswith("not graded:"))
    assert line.startswith(f"not graded: {folder / EVE}: ")
    assert "no file is there any more" in line


def read_unguarded(folder: Path, parts: tuple[str, ...], limit: int) -> bytes:
    return folder.joinpath(*parts).read_bytes()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("swap", LINKS)
def test_unguarded_a_link_earns_what_another_did(
    swap, moment: str, swapped, tmp_path: Path, jobs, monkeypatch
) -> None:
    for module in (hand_in, submission):
        monkeypatch.setattr(module, "read_file", read_unguarded)
    assert course.grade_folder(swapped(swap, moment), tmp_path / "out", limits=LIMITS)
    assert earned(tmp_path / "out") == {"eve": 16, "zoe": 16}


@pytest.mark.parametrize("moment", MOMENTS)
def test_unguarded_a_pipe_stops_the_grader(moment: str, swapped, tmp_path: Path, jobs, monkeypatch) -> None:
    reading = threading.Event()

    def read(folder: Path, parts: tuple[str, ...], limit: int) -> bytes:
        if folder.joinpath(*parts).is_fifo():
            reading.set()
        return read_unguarded(folder, parts, limit)

    for module in (hand_in, submission):
        monkeypatch.setattr(module, "read_file", read)
    folder = swapped(to_a_pipe, moment)
    run = threading.Thread(
        target=course.grade_folder, args=(folder, tmp_path / "out"), kwargs={"limits": LIMITS}, daemon=True
    )
    run.start()
    assert reading.wait(60)
    run.join(0.5)
    assert run.is_alive()
    while run.is_alive():  # the pipe is read at each moment that follows
        (folder / EVE).write_bytes(b"")
        run.join(0.2)


def test_what_was_read_is_what_is_graded_and_recorded(tmp_path: Path, jobs, monkeypatch) -> None:
    """A file that differs at each reading: it is read once to see that it is new, and once to be graded."""
    versions = iter([b'{"cells": [1]}', b'{"cells": [2]}', b'{"cells": [2]}'])
    monkeypatch.setattr(submission, "read_file", lambda *_: next(versions))
    Lies(Kind.BLANK).put(tmp_path / "in" / ZOE)
    assert course.grade_folder(tmp_path / "in", tmp_path / "out", limits=LIMITS)
    assert jobs == [b'{"cells": [2]}']
    with Store(tmp_path / "out/grades.sqlite") as store:
        digest = store._database.execute("SELECT digest FROM submission").fetchone()[0]
    assert digest == sha256(jobs[0]).hexdigest()
    assert course.grade_folder(tmp_path / "in", tmp_path / "out", limits=LIMITS)
    assert len(jobs) == 1, "the keys are not those of what was graded"


def test_files_are_not_kept_in_memory(tmp_path: Path, monkeypatch) -> None:
    for number in range(60):
        Lies(Kind.TEXT, to=f'{{"cells": []}}{" " * 2**20}').put(tmp_path / f"in/s{number}_{ASSIGNMENT}.ipynb")
    found = find_submissions(tmp_path / "in", CHAPTERS).submissions
    monkeypatch.setattr(batch, "grade", lambda job: SubmissionResult(SubmissionSummary(), {}))
    with Store(tmp_path / "base") as store:
        tracemalloc.start()
        try:
            tasks = batch.pending_tasks(found, SETTINGS, store)
            assert not batch.run(tasks, SETTINGS, store, workers=2, progress=lambda student: None)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 15 * 2**20


class Client:
    """Of a cluster: it takes jobs, and does nothing."""

    def submit(self, function, job, *, pure: bool) -> bytes:
        return job.notebook


def test_a_cluster_is_sent_what_was_read_and_goes_on_after_what_was_not(tmp_path: Path) -> None:
    for name in ("ada", "eve", "zoe"):
        Lies(Kind.BLANK).put(tmp_path / f"in/{name}/work/{ASSIGNMENT}.ipynb")
    found = find_submissions(tmp_path / "in", CHAPTERS).submissions
    with Store(tmp_path / "base") as store:
        tasks = batch.pending_tasks(found, SETTINGS, store)
    to_a_link(tmp_path / "in")
    Lies(Kind.SOLUTION).put(tmp_path / "in" / ZOE)
    failed: dict[str, Exception] = {}

    def fail(task: batch.Task, error: Exception) -> None:
        failed[task.submission.student] = error

    sent = list(cluster._submit(Client(), iter(tasks), SETTINGS, 3, fail))
    assert [task.submission.student for _, task in sent] == ["ada", "zoe"]
    assert [task.digest for _, task in sent] == [sha256(notebook).hexdigest() for notebook, _ in sent]
    assert sent[1][0] == content(Kind.SOLUTION)
    assert set(sent[1][1].keys.values()).isdisjoint(tasks[2].keys.values())
    assert list(failed) == ["eve"]
