"""Runs a submission's cells and calls its functions on cases, in processes of a fork server.

Hidden and public cases are answered in separate runs. A student's code could put a hidden case into a
message, a shape, a type's name or the names of side effects, so of a run on hidden cases only the returned
values count. Where values are wrong, another run, whose processes see no hidden case, gets the public cases
of ``check``; what it says may be shown.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.side_effects import SIDE_EFFECTS
from coursekit.workshop.grading.notebook import Cell
from coursekit.workshop.grading.protocol import Message
from coursekit.workshop.grading.sanitising import sanitised
from coursekit.workshop.grading.session import ForkServer, Session, WorkerLostError

__all__ = ["RAISED", "SubmissionRun"]

_MISSING = "no cell defines it"
_NOT_WRITTEN = "it is not written yet"
_TIMED_OUT = "it took too long, and was stopped"
RAISED = "it raised an error"
"""The error of a function whose own words are not shown."""
_NO_TENSOR = "it returned no tensor"
_TOTAL_TIME_USED_UP = "the time for the whole notebook was used up before"
_MAX_HIDDEN_FAILURES, _MAX_PUBLIC_FAILURES = 2, 1
"""How often a function may time out, or end its process, before its remaining cases are given up."""


class SubmissionRun:
    """One run of a submission: its cells, then its functions on cases.

    A cell or a call that ends the process fails. The run goes on in a new process, where cells run again.

    Args:
        fork_server: where processes come from.
        cells: code cells, by their numbers.
        cases: what each exercise's function is called on, by exercise.
        public: whether these are public cases, so that what the processes say may be shown to the student.

    Attributes:
        answers: one to each case, by exercise.
        cell_errors: the errors of cells that failed before any function was called, by the cell's number.
        undefined_names: names that were not defined, according to the process's errors.
    """

    def __init__(
        self,
        fork_server: ForkServer,
        cells: Mapping[int, Cell],
        cases: Mapping[str, Sequence[Case]],
        *,
        public: bool,
    ) -> None:
        self.answers: dict[str, list[Answer]] = {name: [] for name in cases}
        self.cell_errors: dict[int, str] = {}
        self.undefined_names: set[str] = set()
        self._fork_server = fork_server
        self._cells = cells
        self._cases = cases
        self._public = public
        self._called = False
        self._skipped_cells: set[int] = set()
        self._failures = dict.fromkeys(cases, 0)

    @property
    def given_up(self) -> set[str]:
        """Exercises that timed out, or ended their process, too often to be called again."""
        limit = _MAX_PUBLIC_FAILURES if self._public else _MAX_HIDDEN_FAILURES
        return {name for name, count in self._failures.items() if count >= limit}

    def finish(self, deadline: float) -> "SubmissionRun":
        """Run until every case has an answer.

        Args:
            deadline: the moment, of the monotonic clock, when the remaining cases are given up.

        Returns:
            This run.

        Raises:
            ForkServerError: the fork server failed.
        """
        while any(self._unanswered()):
            if time.monotonic() > deadline:
                self._give_up(self._cases, _TOTAL_TIME_USED_UP)
            with self._fork_server.session(list(self._cases)) as session:
                if self._run_cells(session, deadline):
                    self._call_functions(session, deadline)
        return self

    def _unanswered(self) -> Iterator[tuple[str, Case]]:
        for name, cases in self._cases.items():
            for case in cases[len(self.answers[name]) :]:
                yield name, case

    def _run_cells(self, session: Session, deadline: float) -> bool:
        """Run the cells; return whether the process is still there, and time is left, to call functions."""
        for number, cell in self._cells.items():
            if number in self._skipped_cells:
                continue
            try:
                error = session.run(number, cell)
            except WorkerLostError as lost:
                self._skipped_cells.add(number)
                self._record_error(number, f"{lost}: it was left out")
                return False
            if error is not None:
                self._record_error(number, sanitised(error))
                self.undefined_names |= _undefined_names(error)
            if time.monotonic() > deadline:
                return False
        return True

    def _record_error(self, number: int, error: str) -> None:
        # The clock at a later failure would tell how long the calls took, and so what a call chose to tell.
        if not self._called:
            self.cell_errors[number] = error

    def _call_functions(self, session: Session, deadline: float) -> None:
        self._called = True
        for name, case in list(self._unanswered()):
            if time.monotonic() > deadline:
                return
            if name in self.given_up:
                self._give_up([name], self.answers[name][-1].error or RAISED)
                continue
            try:
                reply = session.call(name, case)
            except WorkerLostError as lost:
                self.answers[name].append(Answer(error=str(lost) if self._public else lost.reason))
                self._failures[name] += 1
                return
            self._failures[name] += reply.body.get("timed_out") is True
            self.undefined_names |= _undefined_names(reply.body.get("error"))
            self.answers[name].append(_answer(reply, public=self._public))

    def _give_up(self, names: Iterable[str], error: str) -> None:
        for name in names:
            count = len(self._cases[name]) - len(self.answers[name])
            self.answers[name] += [Answer(error=error)] * count


def _undefined_names(error: object) -> set[str]:
    return set(re.findall(r"name '(\w+)' is not defined", str(error)))


def _answer(reply: Message, *, public: bool) -> Answer:
    """The answer in a reply. The submission may have written the reply, so each value's type is checked."""
    body = reply.body
    if body.get("missing") is True:
        return Answer(error=_MISSING, written=False)
    if body.get("timed_out") is True:
        return Answer(error=_TIMED_OUT)
    if (error := body.get("error")) is not None:
        if body.get("written") is False:
            return Answer(error=_NOT_WRITTEN, written=False)
        return Answer(error=sanitised(str(error)) if public else RAISED)
    if (kind := body.get("type")) is not None:
        wrong_type = f"it returned {sanitised(str(kind))}; wanted a torch.Tensor"
        return Answer(error=wrong_type if public else _NO_TENSOR)
    found = body.get("side_effects")
    side_effects = tuple(kind for kind in SIDE_EFFECTS if kind in found) if isinstance(found, list) else ()
    return Answer(reply.tensors.get("value"), side_effects=side_effects)
