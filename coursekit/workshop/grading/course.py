"""The commands of a grader: grade a folder, write the reports, test oneself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coursekit.exercises import CHAPTERS
from coursekit.workshop.building.chapter import Chapter, chapters_of_clone
from coursekit.workshop.grading import batch
from coursekit.workshop.grading.assignment import assignment
from coursekit.workshop.grading.grader import Job, grade, release
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.pages import write_pages
from coursekit.workshop.grading.sandbox import DATA, PACKAGE, shown
from coursekit.workshop.grading.secret import read_secret
from coursekit.workshop.grading.sheets import read_points, write_sheets
from coursekit.workshop.grading.store import Graded, Store
from coursekit.workshop.grading.submission import Submission, find_submissions

__all__ = ["grade_folder", "report", "self_test"]

_console = Console(stderr=True, highlight=False)
_PERIOD = 600.0
"""Seconds that the estimate looks back: one submission may take minutes."""


def grade_folder(
    folder: Path,
    out: Path,
    *,
    seed_file: Path | None = None,
    only: Sequence[str] = (),
    workers: int = 1,
    limits: Limits | None = None,
    isolated: bool = True,
    scheduler: str | None = None,
) -> bool:
    """Grade what is new or changed in ``folder``; return whether all of it could be graded.

    Args:
        folder: the submissions.
        out: for the store, the seed and the reports.
        seed_file: the secret of the hidden cases; made when missing, ``out/seed`` when None.
        only: assignments or students to grade; all when empty.
        workers: submissions at a time.
        limits: on each submission.
        isolated: False to run students' code without a sandbox.
        scheduler: address of a Dask cluster that is to do the work.

    Raises:
        ValueError: there is nothing to grade, or something secret lies where the sandbox would show it.
        SandboxError: there is no working sandbox.
    """
    seed_file = seed_file or out / "seed"
    _keep_away(folder, out, seed_file)
    submissions = _wanted(find_submissions(folder, CHAPTERS), only)
    out.mkdir(parents=True, exist_ok=True)
    order = batch.Order(read_secret(seed_file), limits or Limits(), isolated)
    with Store(out / "grades.sqlite") as store:
        todo = batch.tasks(submissions, order, store)
        _console.print(f"{len(todo)} of {len(submissions)} submissions are new or changed")
        with _progress(len(todo)) as progress:
            if scheduler:
                from coursekit.workshop.grading.cluster import run_on_cluster

                failed = run_on_cluster(todo, order, store, address=scheduler, progress=progress)
            else:
                failed = batch.run(todo, order, store, workers=workers, progress=progress)
    for submission, error in failed.items():
        said = escape(f"{submission.files[0]}: {type(error).__name__}: {error}")
        _console.print(f"[red]not graded:[/] {said}")
    return not failed


def _keep_away(*paths: Path) -> None:
    for path in paths:
        for folder in (*shown(), PACKAGE, DATA):
            if path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{path} lies in {folder}, which submissions can read: put it elsewhere")


def _wanted(submissions: list[Submission], only: Sequence[str]) -> list[Submission]:
    wanted = [one for one in submissions if not only or {one.student, one.assignment} & set(only)]
    if not wanted:
        raise ValueError(f"no submission is of {' or '.join(only)}: wanted names of students or assignments")
    return wanted


@contextmanager
def _progress(total: int) -> Iterator[batch.Progress]:
    """A line that follows the work, with an estimate of what is left."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[student]}", markup=False),
    )
    with Progress(*columns, console=_console, transient=True, speed_estimate_period=_PERIOD) as bar:
        task = bar.add_task("grading", total=total, student="", start=False)

        def step(student: str) -> None:
            bar.start_task(task)  # its clock, which the start of the sandboxes should not count for
            bar.update(task, advance=1, student=student)

        yield step


def report(out: Path, points: Path | None = None) -> list[Path]:
    """Write tables and pages of all that is in the store, and return the tables and the grader's pages.

    Args:
        out: the folder that ``grade_folder`` was given.
        points: a table with points for written answers, to be taken into the store first.

    Raises:
        ValueError: nothing was graded yet, or the table is wrong.
    """
    base = out / "grades.sqlite"
    if not base.is_file():
        raise ValueError(f"there is no {base}: grade first, with coursekit grade FOLDER --out {out}")
    with Store(base) as store:
        for row in read_points(points) if points else ():
            store.give(*row)
        by_assignment: dict[str, list[Graded]] = {}
        for graded in store.graded():
            by_assignment.setdefault(graded.assignment, []).append(graded)
    written: list[Path] = []
    for name, all_graded in by_assignment.items():
        written += [*write_sheets(out, name, all_graded), write_pages(out, name, all_graded)]
    return written


def self_test(limits: Limits, *, isolated: bool = True) -> list[str]:
    """Grade our own solutions and untouched exercises; return what is wrong with how the grader took them.

    Raises:
        ValueError: there is no clone of the course, which holds both.
        SandboxError: there is no working sandbox.
    """
    chapters_of_clone()
    troubles = []
    try:
        for name in CHAPTERS:
            for kind, share in (("solutions", 1), ("exercises", 0)):
                chapter, exercises = Chapter(kind, name), assignment(name).exercises
                if not chapter.path.is_file():
                    troubles.append(f"{chapter.label} is not there: {chapter.command}")
                    continue
                names, data = tuple(one.name for one in exercises), chapter.path.read_bytes()
                job = Job(name, data, names, b"self-test", limits, isolated)
                outcomes = grade(job)["exercises"]
                for exercise in exercises:
                    earned = outcomes[exercise.name]["earned"]
                    if earned != share * exercise.points:
                        troubles.append(
                            f"{kind}/{name}: {exercise.name} earned {earned:g} of {exercise.points:g}"
                        )
    finally:
        release()
    return troubles
