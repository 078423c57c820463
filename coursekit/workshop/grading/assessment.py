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
    """The answers to an exercise, and the course's own functions that stood in for what it builds on.

    The verdict is on those to hidden cases, without side effects.
    """

    hidden: Sequence[Answer]
    verdict: Verdict
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
        answers = {name: self._answers(name, hidden) for name, hidden in hidden_run.answers.items()}
        answers |= self._answers_with_helpers(answers)
        public_runs = {
            helpers: self._run(names, public=True, helpers=helpers)
            for helpers, names in self._to_explain(answers).items()
        }
        for run in public_runs.values():
            answers |= {name: replace(answers[name], public=public) for name, public in run.answers.items()}
        results = {name: self._exercise_result(name, answers[name]) for name in self._exercises}
        return SubmissionResult(self._summary(public_runs.get((), hidden_run)), results)

    def _involved(self) -> list[str]:
        """The exercises to be graded, and those that they build on."""
        wanted = {*self._exercises}
        if len(wanted) < len(self._case_sets):
            wanted = wanted.union(*map(self._foundations, self._exercises))
        return [name for name in self._case_sets if name in wanted]

    def _foundations(self, name: str) -> list[str]:
        """Earlier exercises that the answer names, and those that these name, or their solutions."""
        sources = {one: [source] for one, source in self._assignment.solutions.items() if one != name}
        for cell in self._code_cells.values():
            if cell.exercise:
                sources.setdefault(cell.exercise, []).append(cell.source)
        return foundations(name, list(self._case_sets), sources)

    def _to_explain(self, answers: Mapping[str, _Answers]) -> dict[tuple[str, ...], list[str]]:
        """The exercises of which there is something to tell that the cells do not show, by their helpers."""
        found: dict[tuple[str, ...], list[str]] = {}
        for name in filter(self._is_answered, self._exercises):
            left_traces = any(answer.side_effects for answer in answers[name].hidden)
            if left_traces or not answers[name].verdict.passed:
                found.setdefault(answers[name].helpers, []).append(name)
        return found

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

    def _answers(self, name: str, hidden: Sequence[Answer], helpers: tuple[str, ...] = ()) -> _Answers:
        return _Answers(hidden, self._verdict(name, hidden), helpers=helpers)

    def _verdict(self, name: str, hidden: Sequence[Answer], traces: Iterable[str] = ()) -> Verdict:
        """The verdict on answers to hidden cases. Side effects are those that are seen on public ones."""
        case_set = self._case_sets[name]
        seen = [replace(answer, side_effects=tuple(traces)) for answer in hidden]
        return case_set.judge(case_set.hidden, seen)

    def _answers_with_helpers(self, own: Mapping[str, _Answers]) -> dict[str, _Answers]:
        """Answers of what builds on stubs or wrong functions, with the course's own in their place.

        Returns:
            The answers that are better so, or that build on a stub.
        """
        found: dict[str, _Answers] = {}
        for helpers, names in self._by_helpers(own).items():
            for name, hidden in self._run(names, public=False, helpers=helpers).answers.items():
                answers = self._answers(name, hidden, helpers)
                better = own[name].verdict.earned < answers.verdict.earned
                if better or any(map(self._is_stub, helpers)):
                    found[name] = answers
        return found

    def _by_helpers(self, own: Mapping[str, _Answers]) -> dict[tuple[str, ...], list[str]]:
        """The exercises that failed and build on others that did, by those of which there is a solution."""
        failed = {name for name, answers in own.items() if not answers.verdict.passed}
        found: dict[tuple[str, ...], list[str]] = {}
        for name in (name for name in self._exercises if name in failed and self._is_answered(name)):
            helpers = (one for one in self._foundations(name) if one in failed)
            if known := tuple(one for one in helpers if one in self._assignment.solutions):
                found.setdefault(known, []).append(name)
        return found

    def _exercise_result(self, name: str, answers: _Answers) -> ExerciseResult:
        case_set = self._case_sets[name]
        traces = [kind for kind in SIDE_EFFECTS if any(kind in one.side_effects for one in answers.public)]
        verdict = self._verdict(name, answers.hidden, traces) if traces else answers.verdict
        stood_in = {helper: self._is_stub(helper) for helper in answers.helpers}
        if not answers.public:
            reasons = None if verdict.passed else [self._why_unanswered(name)]
            return _result(verdict, written=verdict.passed, reasons=reasons, helpers=stood_in)
        shown = _silent(answers.public) if answers.helpers else answers.public
        public = case_set.judge(case_set.public, shown)
        reasons = first_failure(public.case_verdicts)
        return replace(
            _result(verdict, written=public.written, reasons=reasons, helpers=stood_in),
            mistake=RecognisedMistake(public.mistake.name, public.mistake.advice) if public.mistake else None,
            traces=[SIDE_EFFECTS[kind] for kind in traces],
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
    return [replace(answer, error=answer.error and RAISED) for answer in answers]


def _result(
    verdict: Verdict, *, written: bool, reasons: list[str] | None, helpers: dict[str, bool] | None = None
) -> ExerciseResult:
    """What a verdict on hidden cases may tell: which of them were right, and reasons from elsewhere."""
    cases = [CaseResult(one.case, one.credit, one.correct) for one in verdict.case_verdicts]
    earned = round(verdict.earned, 4)
    return ExerciseResult(verdict.points, earned, written, cases, public=reasons, helpers=helpers or {})
