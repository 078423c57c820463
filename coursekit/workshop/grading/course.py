"""The commands for graders: grade a folder, and test the grader itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coursekit.core.files import replacing
from coursekit.exercises import CHAPTERS
from coursekit.workshop.building.chapter import Chapter, chapters_of_clone
from coursekit.workshop.grading import batch
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.cgroups import can_make_control_groups
from coursekit.workshop.grading.folder import printable
from coursekit.workshop.grading.grader import Job, close_fork_server, grade
from coursekit.workshop.grading.left_out import LeftOut, shortened
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.sandbox import DATA, PACKAGE, visible_folders
from coursekit.workshop.grading.secret import read_secret
from coursekit.workshop.grading.selection import Selection
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import Submission, find_submissions

__all__ = ["grade_folder", "self_test"]

_console = Console(stderr=True, highlight=False)
_NO_CONTROL_GROUP = (
    "no control group of the kernel's can be made here: what it keeps for a submission besides the memory "
    "of its processes is not limited (see docs/grading.md, What the sandbox promises)"
)
_NO_NOTEBOOKS = (
    "the course's notebooks are not here: answers in words are not gathered, and nothing stands in for "
    "functions that are not written. Grade from a clone of the course"
)
_LEFT_OUT = "not-graded.txt"
"""The file in which all that cannot be graded is named."""
_MAX_MISSING = 20
"""So many who hand in no longer are named; more are counted."""
_ESTIMATE_PERIOD = 600.0
"""Seconds of the past that the estimate of the remaining time uses: one submission may take minutes."""


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
    """Grade what is new or changed in a folder.

    ``out/not-graded.txt`` names all that this run could not grade; there is none if there is nothing.

    Args:
        folder: of the submissions.
        out: folder for the store, the seed and the reports.
        seed_file: the secret that hidden cases are drawn from; made when missing, ``out/seed`` when None.
        only: names of assignments or students to grade, or a platform's ids of students; all when empty.
        workers: number of submissions to grade at a time.
        limits: on each submission; the defaults when None.
        isolated: False to run students' code without a sandbox.
        scheduler: address of a Dask cluster that is to do the work; this machine does it when None.

    Returns:
        Whether all that was handed in could be graded, and all of ``only`` was found. What could not, and
        what was graded in doubt, is named on stderr.

    Raises:
        ValueError: there is nothing to grade, or something secret lies where the sandbox would show it.
        SandboxError: there is no working sandbox.
        OSError: the folder cannot be listed.
    """
    seed_file = seed_file or out / "seed"
    _check_not_visible(folder, out, seed_file)
    found = find_submissions(folder, CHAPTERS)
    selection = Selection(only)
    left_out, missing = selection.left_out(found), selection.missing(found)
    _say_left_out(folder, out, left_out)
    for name in missing:
        _say("[red]not found:[/]", f"{printable(Path(name))}: no student or assignment of this name is there")
    submissions = selection.submissions(found, folder)
    for one in submissions:
        if one.doubt:
            _say("[yellow]in doubt:[/]", _doubt(one))
    out.mkdir(parents=True, exist_ok=True)
    settings = batch.GradingSettings(read_secret(seed_file), limits or Limits(), isolated)
    if isolated and not scheduler and not can_make_control_groups():
        _console.print(_NO_CONTROL_GROUP)
    if not load_assignment(CHAPTERS[0]).texts:
        _console.print(_NO_NOTEBOOKS)
    with Store(out / "grades.sqlite") as store:
        tasks = batch.pending_tasks(submissions, settings, store)
        _console.print(f"{len(tasks)} of {len(submissions)} submissions are new or changed")
        with _progress(len(tasks)) as progress:
            if scheduler:
                from coursekit.workshop.grading.cluster import run_on_cluster

                failed = run_on_cluster(tasks, settings, store, address=scheduler, progress=progress)
            else:
                failed = batch.run(tasks, settings, store, workers=workers, progress=progress)
        if not only:
            _say_missing(
                store.mark_missing(folder, [(one.student, one.assignment) for one in found.submissions])
            )
    for submission, error in failed.items():
        _say_not_graded(f"{submission.printable_paths[0]}: {type(error).__name__}: {error}")
    return not failed and not left_out and not missing


def _say_left_out(folder: Path, out: Path, left_out: Sequence[LeftOut]) -> None:
    """Name what was left out; all of it in a file, and the first of each source on stderr."""
    path = out / _LEFT_OUT
    if not left_out:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{one}\n" for one in left_out), encoding="utf-8")
    lines = shortened(folder, left_out)
    for line in lines:
        _say_not_graded(line)
    if lines != list(map(str, left_out)):
        _say("[red]not graded:[/]", f"all {len(left_out)} are named in {printable(path)}")


def _doubt(submission: Submission) -> str:
    whose = f"{submission.assignment} of {repr(submission.student)[1:-1]}"
    return f"{submission.printable_paths[0]}: graded as {whose}, but {submission.doubt}: is that right?"


def _say_not_graded(what: str) -> None:
    _say("[red]not graded:[/]", what)


def _say(label: str, what: str) -> None:
    # A name is no markup, no emoji, and is not broken into two lines, so that it can be searched for.
    _console.print(f"{label} {escape(what)}", emoji=False, soft_wrap=True)


def _say_missing(missing: Sequence[tuple[str, str]]) -> None:
    """Name the first ones; the report names all."""
    for assignment, student in missing[:_MAX_MISSING]:
        what = f"{assignment} of {student!r}, which was graded before; coursekit report leaves it out"
        _console.print(f"[red]no longer handed in:[/] {escape(what)}", emoji=False, soft_wrap=True)
    if more := len(missing[_MAX_MISSING:]):
        _console.print(f"[red]no longer handed in:[/] {more} more", soft_wrap=True)


def _check_not_visible(*paths: Path) -> None:
    """Raise ``ValueError`` where a submission could read one of the paths."""
    for path in paths:
        for folder in (*visible_folders(), PACKAGE, DATA):
            if path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{path} lies in {folder}, which submissions can read: put it elsewhere")


@contextmanager
def _progress(total: int) -> Iterator[batch.Progress]:
    """A progress bar with an estimate of the remaining time."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[student]}", markup=False),
    )
    with Progress(*columns, console=_console, transient=True, speed_estimate_period=_ESTIMATE_PERIOD) as bar:
        task = bar.add_task("grading", total=total, student="", start=False)

        def step(student: str) -> None:
            bar.start_task(task)  # starts the clock, which should not count the start of the sandboxes
            bar.update(task, advance=1, student=repr(student)[1:-1])  # a terminal obeys what a name may hold

        yield step


def self_test(limits: Limits, *, isolated: bool = True) -> list[str]:
    """Grade the course's own solutions and its untouched exercises, which must earn all points and none.

    Args:
        limits: on each notebook.
        isolated: False to run them without a sandbox.

    Returns:
        A line for each exercise that earned anything else, or notebook that is missing; empty if all is well.

    Raises:
        ValueError: there is no clone of the course, which holds both.
        SandboxError: there is no working sandbox.
    """
    chapters_of_clone()
    failures = []
    try:
        for name in CHAPTERS:
            for kind, share in (("solutions", 1), ("exercises", 0)):
                chapter, exercises = Chapter(kind, name), load_assignment(name).exercises
                if not chapter.path.is_file():
                    failures.append(f"{chapter.label} is not there: {chapter.command}")
                    continue
                names, data = tuple(one.name for one in exercises), chapter.path.read_bytes()
                job = Job(name, data, names, b"self-test", limits, isolated)
                results = grade(job).exercises
                for exercise in exercises:
                    earned = results[exercise.name].earned
                    if earned != share * exercise.points:
                        failures.append(
                            f"{kind}/{name}: {exercise.name} earned {earned:g} of {exercise.points:g}"
                        )
    finally:
        close_fork_server()
    return failures
