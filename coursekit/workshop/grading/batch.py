"""Grades what is new or changed among submissions, on several threads, and records it in the store."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.exercise_digest import exercise_digest
from coursekit.workshop.grading.grader import Job, close_fork_server, grade
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.results import SubmissionResult
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import Submission

__all__ = ["GradingSettings", "Progress", "Task", "pending_tasks", "record", "run", "take"]

Progress = Callable[[str], None]
"""Called with the student's name when a submission has been graded."""

_Outcome = tuple["Task", SubmissionResult | Exception]


@dataclass(frozen=True)
class GradingSettings:
    """How to grade.

    Attributes:
        secret: where the hidden cases are drawn from.
        limits: on each submission.
        isolated: False to run students' code without a sandbox.
    """

    secret: bytes
    limits: Limits
    isolated: bool = True


@dataclass(frozen=True)
class Task:
    """A submission of which at least one exercise is to be graded.

    Attributes:
        submission: which one.
        digest: of its content.
        keys: for each exercise to be graded, a digest of everything that its result depends on.
    """

    submission: Submission
    digest: str
    keys: dict[str, str]


def pending_tasks(submissions: Sequence[Submission], settings: GradingSettings, store: Store) -> list[Task]:
    """Find what is to be graded. Files are read for that, but not kept: there may be many.

    Args:
        submissions: those that were found.
        settings: how to grade.
        store: the results so far.

    Returns:
        A task for each submission that the store lacks, or has with another file, exercise, secret or limit.
    """
    found = []
    for submission in submissions:
        digest = _file_digest(submission)
        keys = _keys(submission.assignment, digest, settings)
        known = store.keys(submission.student, submission.assignment)
        if stale := {name: key for name, key in keys.items() if known.get(name) != key}:
            found.append(Task(submission, digest, stale))
    return found


def _file_digest(submission: Submission) -> str:
    try:
        return sha256(submission.read()).hexdigest()
    except OSError:
        return "unreadable"  # grading it will raise the error again, and report it


def _keys(name: str, digest: str, settings: GradingSettings) -> dict[str, str]:
    secret = sha256(settings.secret).hexdigest()
    assignment = load_assignment(name)
    common = f"{digest} {secret} {asdict(settings.limits)} {settings.isolated} {assignment.released_digest}"
    keys, earlier = {}, ""
    for exercise in assignment.exercises:
        earlier += exercise_digest(exercise)  # an answer may build on those before it
        keys[exercise.name] = sha256(f"{common} {earlier}".encode()).hexdigest()
    return keys


def run(
    tasks: Sequence[Task], settings: GradingSettings, store: Store, *, workers: int, progress: Progress
) -> dict[Submission, Exception]:
    """Grade submissions.

    Args:
        tasks: what to grade.
        settings: how to grade.
        store: where results are recorded.
        workers: number of submissions to grade at a time.
        progress: called after each submission, when its result is in the store.

    Returns:
        Submissions that could not be graded because the grader failed. The next run tries them again.

    Raises:
        SandboxError: the sandbox does not work. What was graded before is kept.
    """
    failed: dict[Submission, Exception] = {}
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    with _worker_threads(waiting, settings, min(workers, len(tasks))) as outcomes:
        for _ in tasks:
            task, outcome = outcomes.get()
            if isinstance(outcome, SandboxError):
                raise outcome
            if isinstance(outcome, Exception):
                failed[task.submission] = outcome
            else:
                record(store, task, outcome)
            progress(task.submission.student)
    return failed


def record(store: Store, task: Task, result: SubmissionResult) -> None:
    """Put a result into the store.

    Args:
        store: where to.
        task: what was graded.
        result: what that gave.
    """
    submission = task.submission
    path, *other_paths = submission.printable_paths
    store.record(
        submission.student,
        submission.assignment,
        path=path,
        digest=task.digest,
        summary=replace(result.summary, other_paths=other_paths),
        results=result.exercises,
        keys=task.keys,
    )


@contextmanager
def _worker_threads(
    waiting: "queue.SimpleQueue[Task]", settings: GradingSettings, workers: int
) -> Iterator["queue.SimpleQueue[_Outcome]"]:
    """Threads that grade. They are no processes, since nearly all the work is done in the sandboxes."""
    outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(waiting, settings, outcomes, stop), daemon=True)
        for _ in range(workers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    except BaseException:
        stop.set()  # each thread ends after its present submission, or with this process
        raise
    for thread in threads:
        thread.join()


def _work(
    waiting: "queue.SimpleQueue[Task]",
    settings: GradingSettings,
    outcomes: "queue.SimpleQueue[_Outcome]",
    stop: threading.Event,
) -> None:
    try:
        while not stop.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                task, job = take(task, settings)
                outcomes.put((task, grade(job)))
            except Exception as error:  # the other submissions are graded nevertheless
                outcomes.put((task, error))
    finally:
        close_fork_server()


def take(task: Task, settings: GradingSettings) -> tuple[Task, Job]:
    """Read a task's submission, once, when its turn has come.

    Args:
        task: what to grade.
        settings: how to grade.

    Returns:
        The task, with the digest and the keys of what was read: those of all exercises, if the file is not as
        it was when it was found. And its job, which needs no file and no store: another machine can do it.

    Raises:
        OSError: the file cannot be read, or is no regular file any more.
    """
    submission = task.submission
    content = submission.read()
    digest = sha256(content).hexdigest()
    if digest != task.digest:
        task = Task(submission, digest, _keys(submission.assignment, digest, settings))
    return task, Job(
        submission.assignment,
        content,
        tuple(task.keys),
        settings.secret,
        settings.limits,
        settings.isolated,
        replace(load_assignment(submission.assignment), exercises=()),
    )
