"""Grades one submission. Nothing is read from or written to files, so this can run on any machine."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.feedback import first_failure
from coursekit.exercises.judge import CaseVerdict, Verdict
from coursekit.workshop.building.markers import UNANSWERED
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.case_set import CaseSet, case_sets
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.notebook import Cell, UnreadableNotebookError, code_digest, read_notebook
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionResult,
    SubmissionSummary,
)
from coursekit.workshop.grading.session import ForkServer
from coursekit.workshop.grading.submission_run import SubmissionRun

__all__ = ["Job", "close_fork_server", "grade"]

_MAX_WRITTEN_LENGTH = 20_000
"""Characters of an answer in words that are kept."""


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
    """

    assignment: str
    notebook: bytes
    exercises: tuple[str, ...]
    secret: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    isolated: bool = True


def grade(job: Job) -> SubmissionResult:
    """Grade a submission.

    Args:
        job: the submission, and how to grade it.

    Returns:
        What it earned, exercise by exercise, with reasons. A notebook that cannot be read earns nothing.

    Raises:
        SandboxError: the sandbox does not work; this is no fault of the submission.
        ValueError: there is no such assignment.
    """
    sets = {
        name: cases for name, cases in case_sets(job.assignment, job.secret).items() if name in job.exercises
    }
    try:
        cells = read_notebook(job.notebook)
    except UnreadableNotebookError as error:
        summary = SubmissionSummary(str(error))
        return SubmissionResult(summary, {name: _unreadable(case_set) for name, case_set in sets.items()})
    return _Grading(job, sets, cells).result()


class _Grading:
    """The steps from the cells of a notebook to the result."""

    def __init__(self, job: Job, sets: Mapping[str, CaseSet], cells: Sequence[Cell]) -> None:
        self.assignment = load_assignment(job.assignment)
        self.case_sets = sets
        self.cells = cells
        self.code_cells = dict(enumerate((cell for cell in cells if cell.cell_type == "code"), 1))
        self.fork_server = _fork_server(self.assignment.hidden_modules, job.limits, job.isolated)
        self.deadline = time.monotonic() + job.limits.total

    def result(self) -> SubmissionResult:
        """Run the submission, judge its answers, and gather feedback on the wrong ones."""
        cells, hidden_run = self._run_on_hidden_cases()
        answers = hidden_run.answers
        verdicts = {
            name: case_set.judge(case_set.hidden, answers[name]) for name, case_set in self.case_sets.items()
        }
        wrong = [name for name, verdict in verdicts.items() if verdict.written and not verdict.passed]
        # What timed out or ended its process would only do so again.
        wrong = [name for name in wrong if name not in hidden_run.given_up]
        public = self._public_verdicts(cells, wrong) if wrong else {}
        return SubmissionResult(
            self._summary(hidden_run),
            {
                name: _exercise_result(verdict, answers[name], public.get(name))
                for name, verdict in verdicts.items()
            },
        )

    def _run_on_hidden_cases(self) -> tuple[Mapping[int, Cell], SubmissionRun]:
        """Run without what only checks or shows; if an answer asks for a name from there, run all cells."""
        hidden = {name: case_set.hidden for name, case_set in self.case_sets.items()}
        needed = self.assignment.needed_cells(self.code_cells)
        run = self._run(needed, hidden, show_messages=False)
        if run.undefined_names & self.assignment.defined_names:
            return self.code_cells, self._run(self.code_cells, hidden, show_messages=False)
        return needed, run

    def _public_verdicts(self, cells: Mapping[int, Cell], names: Sequence[str]) -> dict[str, Verdict]:
        """Verdicts on the public cases, which ``check`` tells the student anyway."""
        public = {name: self.case_sets[name].public for name in names}
        answers = self._run(cells, public, show_messages=True).answers
        return {name: self.case_sets[name].judge(public[name], answers[name]) for name in names}

    def _run(
        self, cells: Mapping[int, Cell], cases: Mapping[str, Sequence[Case]], *, show_messages: bool
    ) -> SubmissionRun:
        run = SubmissionRun(self.fork_server, cells, cases, show_messages=show_messages)
        return run.finish(self.deadline)

    def _summary(self, run: SubmissionRun) -> SubmissionSummary:
        failures = [
            CellFailure(number, self.code_cells[number].exercise, error)
            for number, error in sorted(run.cell_errors.items())
        ]
        names = [exercise.name for exercise in self.assignment.exercises]
        digests = {name: code_digest(self.cells, name) for name in names}
        return SubmissionSummary(None, failures, digests, self._written_answers())

    def _written_answers(self) -> dict[str, str]:
        """The answers in words; empty where the cell is as it was handed out, or gone."""
        texts = {cell.id: cell.source.strip() for cell in self.cells}
        found = {
            question.name: texts.get(f"written-{question.name}", "") for question in self.assignment.questions
        }
        return {
            name: "" if text == UNANSWERED else text[:_MAX_WRITTEN_LENGTH] for name, text in found.items()
        }


def _unreadable(case_set: CaseSet) -> ExerciseResult:
    answers = [Answer(error="the notebook cannot be read", written=False)] * len(case_set.hidden)
    return _exercise_result(case_set.judge(case_set.hidden, answers), answers)


def _exercise_result(
    verdict: Verdict, answers: Sequence[Answer], public: Verdict | None = None
) -> ExerciseResult:
    """The result that a verdict on hidden cases gives, without a word that depends on these cases."""
    cases = [
        CaseResult(case_verdict.case, case_verdict.credit, _reason(case_verdict, answer))
        for case_verdict, answer in zip(verdict.case_verdicts, answers, strict=True)
    ]
    mistake = verdict.mistake or (public.mistake if public else None)
    return ExerciseResult(
        verdict.points,
        round(verdict.earned, 4),
        verdict.written,
        cases,
        RecognisedMistake(mistake.name, mistake.advice) if mistake else None,
        first_failure(public.case_verdicts) if public else None,
    )


def _reason(case_verdict: CaseVerdict, answer: Answer) -> str:
    if case_verdict.correct:
        return "; ".join(case_verdict.reasons)  # its side effects, in fixed words
    # How far a wrong value is off could reveal the right one. The answer's error comes from a fixed list.
    return answer.error or "a wrong result"


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
