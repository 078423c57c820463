"""Grades one submission: bytes in, a result out that JSON can hold. It keeps nothing, so can run anywhere."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.feedback import first_failure
from coursekit.exercises.judge import CaseVerdict, Verdict
from coursekit.workshop.building.markers import UNANSWERED
from coursekit.workshop.grading.assignment import assignment
from coursekit.workshop.grading.examiner import Sitting
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.paper import Paper, papers
from coursekit.workshop.grading.session import Nursery
from coursekit.workshop.grading.submission import Cell, UnreadableError, code_of, read_notebook

__all__ = ["Job", "grade", "release"]

_LONGEST = 20_000
"""Characters of a written answer that are kept."""


@dataclass(frozen=True)
class Job:
    """A submission to grade.

    Attributes:
        assignment: its name.
        notebook: the submitted file.
        exercises: the names of those to grade.
        secret: where the hidden cases come from.
        limits: on what the submission may use.
        isolated: False to run it without a sandbox.
    """

    assignment: str
    notebook: bytes
    exercises: tuple[str, ...]
    secret: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    isolated: bool = True


def grade(job: Job) -> dict[str, Any]:
    """Return what the submission earns, exercise by exercise, with reasons.

    Returns:
        ``notice``: why nothing could be graded, or None; ``troubles``: cells that failed, each with number,
        exercise and what was said; ``codes``: a digest of each answer's code, to find copies; ``written``:
        answers in words, by question; ``exercises``: by name, see ``_graded``.

    Raises:
        SandboxError: the sandbox does not work, which says nothing about the submission.
    """
    asked = {
        name: paper for name, paper in papers(job.assignment, job.secret).items() if name in job.exercises
    }
    try:
        cells = read_notebook(job.notebook)
    except UnreadableError as error:
        graded = {name: _nothing(paper) for name, paper in asked.items()}
        return {"notice": str(error), "troubles": [], "codes": {}, "written": {}, "exercises": graded}
    return _Grading(job, asked, cells).result()


class _Grading:
    """The steps from the cells to the result."""

    def __init__(self, job: Job, asked: Mapping[str, Paper], cells: Sequence[Cell]) -> None:
        self.about = assignment(job.assignment)
        self.papers = asked
        self.cells = cells
        self.code = dict(enumerate((cell for cell in cells if cell.kind == "code"), 1))
        self.nursery = _nursery(self.about.hidden, job.limits, job.isolated)
        self.until = time.monotonic() + job.limits.total

    def result(self) -> dict[str, Any]:
        """Let the functions answer, judge the answers, and gather words where they are wrong."""
        cells, sitting = self._sit()
        answers = sitting.answers
        verdicts = {name: paper.judge(paper.hidden, answers[name]) for name, paper in self.papers.items()}
        wrong = [name for name, verdict in verdicts.items() if verdict.written and not verdict.passed]
        wrong = [name for name in wrong if name not in sitting.given_up]  # nothing new would be learnt
        public = self._public(cells, wrong) if wrong else {}
        return {
            "notice": None,
            "troubles": [
                {"cell": number, "exercise": self.code[number].own, "says": says}
                for number, says in sorted(sitting.troubles.items())
            ],
            "codes": {exercise.name: code_of(self.cells, exercise.name) for exercise in self.about.exercises},
            "written": self._written(),
            "exercises": {
                name: _graded(verdict, answers[name], public.get(name)) for name, verdict in verdicts.items()
            },
        }

    def _sit(self) -> tuple[Mapping[int, Cell], Sitting]:
        """Get answers to the hidden cases; at first without what no answer should depend on."""
        hidden = {name: paper.hidden for name, paper in self.papers.items()}
        needed = self.about.needed(self.code)
        sitting = self._answers(needed, hidden, words=False)
        if sitting.missing & self.about.names:
            return self.code, self._answers(self.code, hidden, words=False)
        return needed, sitting

    def _public(self, cells: Mapping[int, Cell], names: Sequence[str]) -> dict[str, Verdict]:
        """Verdicts on the public cases, which is what ``check`` tells the student anyway."""
        public = {name: self.papers[name].public for name in names}
        answers = self._answers(cells, public, words=True).answers
        return {name: self.papers[name].judge(public[name], answers[name]) for name in names}

    def _answers(
        self, cells: Mapping[int, Cell], questions: Mapping[str, Sequence[Case]], *, words: bool
    ) -> Sitting:
        return Sitting(self.nursery, cells, questions, words=words).sit(self.until)

    def _written(self) -> dict[str, str]:
        """The answers in words; empty where the cell is as it was handed out, or gone."""
        texts = {cell.id: cell.source.strip() for cell in self.cells}
        found = {one.name: texts.get(f"written-{one.name}", "") for one in self.about.questions}
        return {name: "" if text == UNANSWERED else text[:_LONGEST] for name, text in found.items()}


def _nothing(paper: Paper) -> dict[str, Any]:
    answers = [Answer(error="the notebook cannot be read", written=False)] * len(paper.hidden)
    return _graded(paper.judge(paper.hidden, answers), answers)


def _graded(verdict: Verdict, answers: Sequence[Answer], public: Verdict | None = None) -> dict[str, Any]:
    """A verdict on hidden cases, in words that tell nothing of them.

    Returns:
        ``points`` and ``earned``; ``written``: False for the stub; ``cases``: for each its name, credit and a
        reason; ``mistake``: the known one, with advice, or None; ``public``: what is wrong on the public
        cases, None where nobody looked.
    """
    cases = [
        {"case": one.case, "credit": one.credit, "reason": _reason(one, answer)}
        for one, answer in zip(verdict.case_verdicts, answers, strict=True)
    ]
    mistake = verdict.mistake or (public.mistake if public else None)
    return {
        "points": verdict.points,
        "earned": round(verdict.earned, 4),
        "written": verdict.written,
        "cases": cases,
        "mistake": {"name": mistake.name, "advice": mistake.advice} if mistake else None,
        "public": first_failure(public.case_verdicts) if public else None,
    }


def _reason(verdict: CaseVerdict, answer: Answer) -> str:
    if verdict.correct:
        return "; ".join(verdict.reasons)  # what it left behind, in our words
    # How far a wrong value is off would tell of the right one; an error's words here are ours.
    return answer.error or "a wrong result"


_warm = threading.local()
"""A thread keeps its nursery: bubblewrap ends with the thread that started it."""


def _nursery(hidden: tuple[str, ...], limits: Limits, isolated: bool) -> Nursery:
    limits = replace(limits, total=0.0)  # which is the grader's to keep
    wanted = hidden, limits, isolated
    if getattr(_warm, "wanted", None) != wanted:
        release()
        _warm.nursery = Nursery(hidden, limits, isolated=isolated)
        _warm.wanted = wanted
    return _warm.nursery


def release() -> None:
    """End this thread's nursery, if it has one."""
    if getattr(_warm, "wanted", None) is not None:
        _warm.wanted = None
        _warm.nursery.close()
