"""The steps from the cells of a notebook to its result."""

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from coursekit.exercises.answer import Answer
from coursekit.exercises.feedback import first_failure
from coursekit.exercises.judge import Verdict
from coursekit.exercises.side_effects import SIDE_EFFECTS
from coursekit.workshop.grading.assignment import Assignment, bound_names
from coursekit.workshop.grading.case_set import CaseSet
from coursekit.workshop.grading.foundations import foundations
from coursekit.workshop.grading.notebook import Cell, code_digest
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionResult,
    SubmissionSummary,
)
from coursekit.workshop.grading.session import ForkServer
from coursekit.workshop.grading.submission_run import RAISED, SubmissionRun
from coursekit.workshop.grading.written import written_answer

__all__ = ["Assessment", "unreadable"]


@dataclass(frozen=True)
class _Answers:
    """The answers to an exercise, and the course's own functions that stood in for what it builds on."""

    hidden: Sequence[Answer]
    public: Sequence[Answer] = ()
    helpers: tuple[str, ...] = ()


class Assessment:
    """One submission, run and judged.

    Points depend on hidden cases alone. Every word that a student is told comes from processes that have seen
    public cases alone, but for right or wrong on each hidden case.

    Args:
        assignment: what it is for.
        case_sets: the cases of all its exercises.
        exercises: names of those that are to be graded.
        cells: of the notebook.
        fork_server: where processes come from.
        seconds: time for all of it.
    """

    def __init__(
        self,
        assignment: Assignment,
        case_sets: Mapping[str, CaseSet],
        exercises: Collection[str],
        cells: Sequence[Cell],
        fork_server: ForkServer,
        *,
        seconds: float,
    ) -> None:
        self._assignment = assignment
        self._case_sets = case_sets
        self._exercises = [name for name in case_sets if name in exercises]
        self._cells = cells
        self._code_cells = dict(enumerate((cell for cell in cells if cell.cell_type == "code"), 1))
        self._fork_server = fork_server
        self._deadline = time.monotonic() + seconds

    def result(self) -> SubmissionResult:
        """Run the submission on hidden cases, and on public ones what needs an explanation.

        Returns:
            What it earned, exercise by exercise, with reasons.

        Raises:
            ForkServerError: the fork server failed.
        """
        hidden_run = self._run(self._involved(), public=False)
        own = {name: _Answers(hidden_run.answers[name]) for name in self._exercises}
        to_explain = [name for name, answers in own.items() if self._needs_words(name, answers.hidden)]
        public_run = self._run(to_explain, public=True)
        own |= {name: replace(own[name], public=answers) for name, answers in public_run.answers.items()}
        failed = {
            name for name, answers in hidden_run.answers.items() if not self._verdict(name, answers).passed
        }
        answers = own | self._run_with_helpers({name: own[name] for name in to_explain}, failed)
        results = {name: self._exercise_result(name, answers[name]) for name in self._exercises}
        return SubmissionResult(self._summary(public_run if to_explain else hidden_run), results)

    def _involved(self) -> list[str]:
        """The exercises to be graded, and those that they build on."""
        wanted = {*self._exercises}.union(*(self._foundations(name) for name in self._exercises))
        return [name for name in self._case_sets if name in wanted]

    def _foundations(self, name: str) -> list[str]:
        sources = dict(self._assignment.solutions)
        for cell in self._code_cells.values():
            if cell.exercise:
                sources[cell.exercise] = f"{sources.get(cell.exercise, '')}\n{cell.source}"
        return foundations(name, list(self._case_sets), sources)

    def _needs_words(self, name: str, answers: Sequence[Answer]) -> bool:
        """Whether there is something to explain that the cells do not show without being run."""
        left_traces = any(answer.side_effects for answer in answers)
        return self._is_answered(name) and (left_traces or not self._verdict(name, answers).passed)

    def _is_answered(self, name: str) -> bool:
        """Whether a cell that the student has written may define the function."""
        mentions = re.compile(rf"\b{name}\b")
        return any(
            mentions.search(cell.source)
            for cell in self._code_cells.values()
            if cell.exercise in (None, name) and not cell.is_stub and not self._is_handed_out(cell)
        )

    def _is_handed_out(self, cell: Cell) -> bool:
        return cell.source.strip() in self._assignment.handed_out

    def _run(self, names: Iterable[str], *, public: bool, helpers: Iterable[str] = ()) -> SubmissionRun:
        """Run without what only checks or shows; if an answer asks for a name from there, run all cells."""
        sets = {name: self._case_sets[name] for name in names}
        cases = {name: one.public if public else one.hidden for name, one in sets.items()}
        cells = self._cells_with(helpers)
        run = SubmissionRun(self._fork_server, self._assignment.needed_cells(cells), cases, public=public)
        run.finish(self._deadline)
        if run.undefined_names & self._assignment.defined_names:
            run = SubmissionRun(self._fork_server, cells, cases, public=public).finish(self._deadline)
        return run

    def _cells_with(self, helpers: Iterable[str]) -> dict[int, Cell]:
        """The code cells, with the course's own functions in place of those of some exercises."""
        own = {f"exercise-{name}": self._assignment.solutions[name] for name in helpers}
        return {
            number: replace(cell, source=own.get(cell.id, cell.source))
            for number, cell in self._code_cells.items()
        }

    def _run_with_helpers(self, own: Mapping[str, _Answers], failed: Collection[str]) -> dict[str, _Answers]:
        """Run again what builds on stubs and wrong functions, with the course's own in their place.

        Returns:
            The answers where these are better, or where there was none without.
        """
        groups: dict[tuple[str, ...], list[str]] = {}
        for name in (name for name in own if name in failed):
            if helpers := tuple(one for one in self._foundations(name) if self._may_stand_in(one, failed)):
                groups.setdefault(helpers, []).append(name)
        found: dict[str, _Answers] = {}
        for helpers, names in groups.items():
            public = self._run(names, public=True, helpers=helpers)
            hidden = self._run(names, public=False, helpers=helpers)
            for name in names:
                with_helpers = _Answers(hidden.answers[name], _silent(public.answers[name]), helpers)
                if self._is_better(name, with_helpers, own[name]):
                    found[name] = with_helpers
        return found

    def _may_stand_in(self, name: str, failed: Collection[str]) -> bool:
        return name in failed and name in self._assignment.solutions

    def _is_better(self, name: str, with_helpers: _Answers, own: _Answers) -> bool:
        calls_a_stub = any(answer.needs in with_helpers.helpers for answer in own.public)
        points = [self._verdict(name, answers.hidden).earned for answers in (own, with_helpers)]
        return calls_a_stub or points[0] < points[1]

    def _verdict(self, name: str, answers: Sequence[Answer], traces: Iterable[str] = ()) -> Verdict:
        """The verdict on answers to hidden cases. Side effects are those that are seen on public ones."""
        case_set = self._case_sets[name]
        seen = [replace(answer, side_effects=tuple(traces)) for answer in answers]
        return case_set.judge(case_set.hidden, seen)

    def _exercise_result(self, name: str, answers: _Answers) -> ExerciseResult:
        case_set = self._case_sets[name]
        traces = [kind for kind in SIDE_EFFECTS if any(kind in one.side_effects for one in answers.public)]
        verdict = self._verdict(name, answers.hidden, traces)
        if not answers.public:
            reasons = None if verdict.passed else [self._why_unanswered(name)]
            return _result(verdict, written=verdict.passed, reasons=reasons)
        public = case_set.judge(case_set.public, answers.public)
        return replace(
            _result(verdict, written=public.written, reasons=first_failure(public.case_verdicts)),
            mistake=RecognisedMistake(public.mistake.name, public.mistake.advice) if public.mistake else None,
            traces=[SIDE_EFFECTS[kind] for kind in traces],
            helpers={helper: self._is_stub(helper) for helper in answers.helpers},
        )

    def _is_stub(self, name: str) -> bool:
        return any(cell.is_stub and cell.id == f"exercise-{name}" for cell in self._code_cells.values())

    def _why_unanswered(self, name: str) -> str:
        has_stub = any(cell.id == f"exercise-{name}" for cell in self._code_cells.values())
        return "it is not written yet" if has_stub else "no cell defines it"

    def _summary(self, run: SubmissionRun) -> SubmissionSummary:
        failures = [
            CellFailure(number, self._code_cells[number].exercise, error)
            for number, error in sorted(run.cell_errors.items())
            if self._concerns_student(self._code_cells[number], run)
        ]
        names = [exercise.name for exercise in self._assignment.exercises]
        digests = {name: code_digest(self._cells, name) for name in names}
        texts = {
            question.name: written_answer(question.name, self._cells, self._assignment.texts)
            for question in self._assignment.questions
        }
        return SubmissionSummary(None, failures, digests, texts)

    def _concerns_student(self, cell: Cell, run: SubmissionRun) -> bool:
        """Whether it is their own cell, or one that was handed out and should have defined what they use."""
        return not self._is_handed_out(cell) or bool(bound_names(cell.source) & run.undefined_names)


def unreadable(case_set: CaseSet) -> ExerciseResult:
    """Return the result of an exercise whose notebook cannot be read.

    Args:
        case_set: of the exercise.
    """
    answers = [Answer(error=RAISED, written=False)] * len(case_set.hidden)
    verdict = case_set.judge(case_set.hidden, answers)
    return _result(verdict, written=False, reasons=["the notebook cannot be read"])


def _silent(answers: Sequence[Answer]) -> list[Answer]:
    """The answers without the text of a process that has seen a solution."""
    return [replace(answer, error=answer.error and RAISED, needs=None) for answer in answers]


def _result(verdict: Verdict, *, written: bool, reasons: list[str] | None) -> ExerciseResult:
    """What a verdict on hidden cases may tell: which of them were right, and reasons from elsewhere."""
    cases = [CaseResult(one.case, one.credit, one.correct) for one in verdict.case_verdicts]
    return ExerciseResult(verdict.points, round(verdict.earned, 4), written, cases, public=reasons)
