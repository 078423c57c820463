"""Grades one submission. Nothing is read from or written to files, so this can run on any machine."""

import threading
from dataclasses import dataclass, field, replace

from coursekit.workshop.grading.assessment import Assessment, unreadable
from coursekit.workshop.grading.assignment import Assignment, load_assignment
from coursekit.workshop.grading.case_set import case_sets
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.notebook import UnreadableNotebookError, read_notebook
from coursekit.workshop.grading.results import SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.session import ForkServer, ForkServerError

__all__ = ["Job", "close_fork_server", "grade"]


@dataclass(frozen=True)
class Job:
    """A submission to grade, with all that is needed for it.

    Attributes:
        assignment: its name.
        notebook: the content of the submitted file.
        exercises: names of the exercises to grade.
        secret: where the hidden cases are drawn from.
        limits: on what the submission may use.
        isolated: False to run it without a sandbox.
        released: the assignment as it was handed out, without its exercises; what this machine has of it when
            None. A machine that grades for another may have the package alone, and no notebooks.
    """

    assignment: str
    notebook: bytes
    exercises: tuple[str, ...]
    secret: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    isolated: bool = True
    released: Assignment | None = None


def grade(job: Job) -> SubmissionResult:
    """Grade a submission.

    Args:
        job: the submission, and how to grade it.

    Returns:
        What it earned, exercise by exercise, with reasons. A notebook that cannot be read earns nothing.

    Raises:
        SandboxError: the sandbox does not work.
        ForkServerError: it has worked, and failed with this submission.
        ValueError: there is no such assignment.
    """
    sets = case_sets(job.assignment, job.secret)
    try:
        cells = read_notebook(job.notebook)
    except UnreadableNotebookError as error:
        summary = SubmissionSummary(str(error))
        return SubmissionResult(summary, {name: unreadable(sets[name]) for name in job.exercises})
    assignment = load_assignment(job.assignment)
    if job.released:
        assignment = replace(job.released, exercises=assignment.exercises)
    fork_server = _fork_server(assignment.hidden_modules, job.limits, job.isolated)
    try:
        return Assessment(
            assignment, sets, job.exercises, cells, fork_server, seconds=job.limits.total
        ).result()
    except ForkServerError:
        close_fork_server()  # the next submission gets a new one
        raise


_of_thread = threading.local()
"""Each thread has a fork server of its own, since bubblewrap ends with the thread that started it."""


def _fork_server(hidden: tuple[str, ...], limits: Limits, isolated: bool) -> ForkServer:
    limits = replace(limits, total=0.0)  # is not the fork server's task, so it may serve any value of it
    wanted = hidden, limits, isolated
    if getattr(_of_thread, "wanted", None) != wanted:
        close_fork_server()
        _of_thread.fork_server = ForkServer(hidden, limits, isolated=isolated)
        _of_thread.wanted = wanted
    return _of_thread.fork_server


def close_fork_server() -> None:
    """End this thread's fork server, if it has one."""
    if getattr(_of_thread, "wanted", None) is not None:
        _of_thread.wanted = None
        _of_thread.fork_server.close()
