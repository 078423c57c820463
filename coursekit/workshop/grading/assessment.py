"""The steps from the cells of a notebook to its result."""

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from coursekit.exercises.answer import Answer
from coursekit.exercises.feedback import first_failure
from coursekit.exercises.judge import Verdict
from coursekit.exercises.side_effects import SIDE_EFFECTS
from coursekit.workshop.grading.assignment import Assignment, bound_names
from coursekit.workshop.grading.calls import Calls
from coursekit.workshop.grading.case_set import CaseSet
from coursekit.workshop.grading.foundations import foundations
from coursekit.workshop.grading.lookups import looks_names_up
from coursekit.workshop.grading.notebook import Cell, code_digest
from coursekit.workshop.grading.outer_names import outer_names
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
from coursekit.workshop.grading.written import written_answer

__all__ = ["Assessment", "unreadable"]

_CHECKED = re.compile(r"\bcheck\((\w+)")


@dataclass(frozen=True)
class _Outcome:
    """The verdict on hidden cases, the calls of public ones, and the course's functions that stood in."""

    verdict: Verdict
    calls: Calls
    helpers: tuple[str, ...] = ()


class Assessment:
    """One submission, run and judged.

    Points depend on hidden cases, and a part on the side effects that are seen on public ones. All that a
    student is told was said before any process had seen a hidden case, but for right or wrong on each of
    these.

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
        """Run the submission, and what builds on wrong answers again with the course's own in their place.

        Returns:
            What it earned, exercise by exercise, with reasons.

        Raises:
            ForkServerError: the fork server failed.
        """
        run = self._run()
        outcomes = {
            name: _Outcome(calls.hidden_verdict(calls.side_effects), calls)
            for name, calls in run.calls.items()
        }
        outcomes |= self._outcomes_with_helpers(outcomes, run.cells)
        results = {name: self._exercise_result(outcomes[name]) for name in self._exercises}
        return SubmissionResult(self._summary(run), results)

    def _involved(self) -> list[str]:
        """The exercises to be graded, and those that they build on."""
        wanted = {*self._exercises}
        if len(wanted) < len(self._case_sets):
            wanted = wanted.union(*map(self._foundations, self._exercises))
        return [name for name in self._case_sets if name in wanted]

    def _foundations(self, name: str) -> list[str]:
        """Earlier exercises that the answer names, and those that these name, or their solutions."""
        solutions = {one: [source] for one, source in self._assignment.solutions.items() if one != name}
        sources = {one: [*solutions.get(one, []), *self._sources.get(one, [])] for one in self._case_sets}
        return foundations(name, list(self._case_sets), sources)

    @cached_property
    def _sources(self) -> dict[str, list[str]]:
        """The student's cells that define each exercise's function."""
        found: dict[str, list[str]] = {}
        for cell in self._code_cells.values():
            for defined in {cell.exercise} if cell.exercise else bound_names(cell.source):
                found.setdefault(defined, []).append(cell.source)
        return found

    @cached_property
    def _checks(self) -> dict[str, list[int]]:
        """The numbers of the cells that check each exercise, in their order."""
        found: dict[str, list[int]] = {}
        for number, cell in self._code_cells.items():
            for name in {*_CHECKED.findall(cell.source)}.intersection(self._case_sets):
                found.setdefault(name, []).append(number)
        return found

    def _is_handed_out(self, cell: Cell) -> bool:
        return cell.source.strip() in self._assignment.handed_out

    def _run(self) -> SubmissionRun:
        """Run without what only checks or shows; if an answer asks for a name from there, run all cells."""
        own = (cell for cell in self._code_cells.values() if not self._is_handed_out(cell))
        needs_all = any(self._needs_others(cell.source) for cell in own)
        return SubmissionRun(
            self._fork_server,
            self._code_cells if needs_all else self._assignment.needed_cells(self._code_cells),
            {name: self._case_sets[name] for name in self._involved()},
            more_cells=self._code_cells,
            more_names=self._assignment.defined_names,
            checks=self._checks,
        ).finish(self._deadline)

    def _needs_others(self, source: str) -> bool:
        """Whether a cell may miss what a handed-out one does, perhaps without an error that tells."""
        return looks_names_up(source) or bool(outer_names(source) & self._assignment.defined_names)

    def _outcomes_with_helpers(
        self, own: Mapping[str, _Outcome], cells: Mapping[int, Cell]
    ) -> dict[str, _Outcome]:
        """Outcomes that are better with the course's own functions in place of what they build on.

        These processes can see a solution, so that of them only right or wrong on hidden cases counts.
        """
        found: dict[str, _Outcome] = {}
        for helpers, names in self._by_helpers(own).items():
            sets = {name: self._case_sets[name] for name in names}
            run = SubmissionRun(
                self._fork_server,
                self._cells_with(helpers, cells),
                sets,
                explains=False,
                more_cells=self._cells_with(helpers, self._code_cells),
                more_names=self._assignment.defined_names,
                checks=self._checks,
            )
            for name, calls in run.finish(self._deadline).calls.items():
                verdict = calls.hidden_verdict(own[name].calls.side_effects)
                if own[name].verdict.earned < verdict.earned:
                    found[name] = replace(own[name], verdict=verdict, helpers=helpers)
        return found

    def _by_helpers(self, own: Mapping[str, _Outcome]) -> dict[tuple[str, ...], list[str]]:
        """The exercises that failed and build on others that did, by those of which there is a solution."""
        failed = {
            name for name, one in own.items() if not all(case.correct for case in one.verdict.case_verdicts)
        }
        found: dict[tuple[str, ...], list[str]] = {}
        for name in (name for name in self._exercises if name in failed):
            helpers = (one for one in self._foundations(name) if one in failed)
            if known := tuple(one for one in helpers if one in self._assignment.solutions):
                found.setdefault(known, []).append(name)
        return found

    def _cells_with(self, helpers: Iterable[str], cells: Mapping[int, Cell]) -> dict[int, Cell]:
        """The cells with the course's own functions in place of others, or behind all if these are gone."""
        own = {f"exercise-{name}": self._assignment.solutions[name] for name in helpers}
        found = {
            number: replace(cell, source=own.get(cell.id, cell.source)) for number, cell in cells.items()
        }
        gone = sorted(own.keys() - {cell.id for cell in cells.values()})
        behind = (Cell(cell_id, "code", own[cell_id]) for cell_id in gone)
        return found | dict(enumerate(behind, max(self._code_cells, default=0) + 1))

    def _exercise_result(self, outcome: _Outcome) -> ExerciseResult:
        public = outcome.calls.public_verdict()
        needs_words = not outcome.verdict.passed and not outcome.helpers
        return ExerciseResult(
            outcome.verdict.points,
            round(outcome.verdict.earned, 4),
            public.written,
            _case_results(outcome.verdict),
            _recognised(public) if needs_words else None,
            first_failure(public.case_verdicts) if needs_words else None,
            [words for kind, words in SIDE_EFFECTS.items() if kind in outcome.calls.side_effects],
            {helper: self._is_stub(helper) for helper in outcome.helpers},
        )

    def _is_stub(self, name: str) -> bool:
        return any(cell.is_stub and cell.id == f"exercise-{name}" for cell in self._code_cells.values())

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
    why = "the notebook cannot be read"
    answers = [Answer(error=why, written=False)] * len(case_set.hidden)
    verdict = case_set.judge(case_set.hidden, answers)
    return ExerciseResult(verdict.points, 0.0, False, _case_results(verdict), public=[why])


def _case_results(verdict: Verdict) -> list[CaseResult]:
    return [CaseResult(one.case, one.credit, one.correct) for one in verdict.case_verdicts]


def _recognised(public: Verdict) -> RecognisedMistake | None:
    return RecognisedMistake(public.mistake.name, public.mistake.advice) if public.mistake else None
