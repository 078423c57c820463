"""Grades a folder of submissions: what is new or changed, on several workers, into the store."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from coursekit.workshop.grading.assignment import assignment
from coursekit.workshop.grading.declaration import declaration
from coursekit.workshop.grading.grader import Job, grade, release
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import Submission

__all__ = ["Order", "Task", "run", "tasks"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """How to grade: the secret, the limits, and whether there is a sandbox."""

    secret: bytes
    limits: Limits
    isolated: bool = True


@dataclass(frozen=True)
class Task:
    """A submission of which something is to be graded.

    Attributes:
        submission: where it is.
        digest: of its bytes, which are read again when its turn comes.
        keys: what each exercise to be graded is graded from.
    """

    submission: Submission
    digest: str
    keys: dict[str, str]


def tasks(submissions: Sequence[Submission], order: Order, store: Store) -> list[Task]:
    """Return what the store does not have, or has from another file, exercise, secret or limit."""
    found = []
    for submission in submissions:
        digest = _digest(submission)
        keys = _keys(submission.assignment, digest, order)
        known = store.keys(submission.student, submission.assignment)
        if stale := {name: key for name, key in keys.items() if known.get(name) != key}:
            found.append(Task(submission, digest, stale))
    return found


def _digest(submission: Submission) -> str:
    try:
        return sha256(submission.read()).hexdigest()
    except OSError:
        return "unreadable"  # as the one who grades it will say


def _keys(name: str, digest: str, order: Order) -> dict[str, str]:
    secret = sha256(order.secret).hexdigest()
    common = f"{digest} {secret} {asdict(order.limits)} {order.isolated}"
    return {
        exercise.name: sha256(f"{common} {declaration(exercise)}".encode()).hexdigest()
        for exercise in assignment(name).exercises
    }


def run(
    todo: Sequence[Task], order: Order, store: Store, *, workers: int, progress: Progress
) -> dict[Submission, Exception]:
    """Grade the tasks; each result is in the store before ``progress`` hears of it.

    Returns:
        Submissions that could not be graded, which are no one's fault but ours; another run tries them again.

    Raises:
        SandboxError: the sandbox does not work. What was graded before is kept.
    """
    failed: dict[Submission, Exception] = {}
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in todo:
        waiting.put(task)
    with _crew(waiting, order, min(workers, len(todo))) as done:
        for _ in todo:
            task, result = done.get()
            if isinstance(result, SandboxError):
                raise result
            if isinstance(result, Exception):
                failed[task.submission] = result
            else:
                keep(store, task, result)
            progress(task.submission.student)
    return failed


def keep(store: Store, task: Task, result: dict[str, Any]) -> None:
    """Put a result into the store."""
    submission = task.submission
    outcomes = result.pop("exercises")
    path, *others = submission.files
    store.record(
        submission.student,
        submission.assignment,
        path,
        task.digest,
        result | {"others": others},
        {name: (task.keys[name], outcome) for name, outcome in outcomes.items()},
    )


@contextmanager
def _crew(
    waiting: "queue.SimpleQueue[Task]", order: Order, workers: int
) -> Iterator["queue.SimpleQueue[Any]"]:
    """Threads that grade: nearly all the work is in their sandboxes' processes."""
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(waiting, order, done, stop), daemon=True) for _ in range(workers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield done
    except BaseException:
        stop.set()  # each ends with the submission that it has in hand, or with this process
        raise
    for thread in threads:
        thread.join()


def _work(
    waiting: "queue.SimpleQueue[Task]", order: Order, done: "queue.SimpleQueue[Any]", stop: threading.Event
) -> None:
    try:
        while not stop.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((task, grade(job_for(task, order))))
            except Exception as error:  # one submission that we cannot grade is one submission
                done.put((task, error))
    finally:
        release()


def job_for(task: Task, order: Order) -> Job:
    """Return the work itself, which needs no file and no store, so that it can be done elsewhere."""
    return Job(
        task.submission.assignment,
        task.submission.read(),
        tuple(task.keys),
        order.secret,
        order.limits,
        order.isolated,
    )
