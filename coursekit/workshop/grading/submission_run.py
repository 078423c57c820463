"""Runs a submission's cells and calls its functions on cases, in processes of a fork server.

First come the public cases of ``check``, whose answers may be shown in full, then the hidden ones. A
student's code could put a hidden case into a message, a shape, a type's name, the names of side effects, or
the time at which something happens. So all that may be shown is taken before any of its processes has seen a
hidden case; after that only returned values count.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.side_effects import SIDE_EFFECTS
from coursekit.workshop.grading.calls import Calls
from coursekit.workshop.grading.case_set import CaseSet
from coursekit.workshop.grading.notebook import Cell
from coursekit.workshop.grading.protocol import Message
from coursekit.workshop.grading.sanitising import sanitised
from coursekit.workshop.grading.session import ForkServer, Session, WorkerLostError

__all__ = ["SubmissionRun"]

_MISSING = "no cell defines it"
_NOT_WRITTEN = "it is not written yet"
_TIMED_OUT = "it took too long, and was stopped"
_TOTAL_TIME_USED_UP = "the time for the whole notebook was used up before"


class SubmissionRun:
    """One run of a submission: its cells, then its functions on public cases, then on hidden ones.

    A cell or a call that ends the process fails. The run goes on in a new process, where cells run again.

    Args:
        fork_server: where processes come from.
        cells: code cells, by their numbers.
        case_sets: what each exercise's function is called on, by exercise.
        explains: False to call hidden cases alone, where nothing is told.
        more_cells: what to run instead where an answer asks for a name that ``more_names`` has.
        more_names: names that only these define.
        checks: numbers of the cells that check an exercise, in their order.

    Attributes:
        calls: the calls of each exercise's function.
        cells: the code cells that were run in the end.
        cell_errors: the errors of cells that failed, by the cell's number, before hidden cases were seen.
        undefined_names: names that were not defined, according to errors of the same time.
    """

    def __init__(
        self,
        fork_server: ForkServer,
        cells: Mapping[int, Cell],
        case_sets: Mapping[str, CaseSet],
        *,
        explains: bool = True,
        more_cells: Mapping[int, Cell] | None = None,
        more_names: Collection[str] = (),
        checks: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self._fork_server = fork_server
        self._case_sets = case_sets
        self._explains = explains
        self._more = more_cells, more_names
        self._checks = {name: (checks or {}).get(name, ()) for name in case_sets}
        self._begin(cells)

    def _begin(self, cells: Mapping[int, Cell]) -> None:
        self.cells = cells
        self.calls = {name: Calls(one, explains=self._explains) for name, one in self._case_sets.items()}
        self.cell_errors: dict[int, str] = {}
        self.undefined_names: set[str] = set()
        self._skipped_cells: set[int] = set()
        self._has_seen_hidden = False

    def finish(self, deadline: float) -> "SubmissionRun":
        """Run until every case has an answer.

        Args:
            deadline: the moment, of the monotonic clock, when the remaining cases are given up.

        Returns:
            This run.

        Raises:
            ForkServerError: the fork server failed.
        """
        while self._next() or self._begins_again():
            if time.monotonic() > deadline:
                self._give_up()
                break
            with self._fork_server.session(self._checks) as session:
                if self._run_cells(session, deadline):
                    self._call_functions(session, deadline)
        return self

    def _next(self) -> tuple[str, Case, bool] | None:
        """The next call: the function's name, the case, and whether it is public."""
        public = ((name, calls.public_case, True) for name, calls in self.calls.items())
        hidden = ((name, calls.hidden_case, False) for name, calls in self.calls.items())
        waiting = ((name, case, is_public) for name, case, is_public in chain(public, hidden) if case)
        return next(waiting, None)

    def _run_cells(self, session: Session, deadline: float) -> bool:
        """Run the cells; return whether the process is still there, and time is left, to call functions."""
        for number, cell in self.cells.items():
            if number in self._skipped_cells:
                continue
            try:
                error = session.run(number, cell)
            except WorkerLostError as lost:
                self._skipped_cells.add(number)
                self._record_error(number, f"{lost}: it was left out")
                return False
            if error is not None:
                self._record_error(number, error)
            if time.monotonic() > deadline:
                return False
        return True

    def _record_error(self, number: int, error: str) -> None:
        if not self._has_seen_hidden:
            self.cell_errors[number] = sanitised(error)
            self.undefined_names |= _undefined_names(error)

    def _call_functions(self, session: Session, deadline: float) -> None:
        while (call := self._next()) and time.monotonic() <= deadline:
            name, case, is_public = call
            if not is_public and self._begins_again():
                return
            self._has_seen_hidden |= not is_public
            try:
                reply = session.call(name, case, self.calls[name].version)
            except WorkerLostError as lost:
                self.calls[name].record(Answer(error=str(lost)), failed=True)
                return
            if reply.body.get("missing") is True and self.calls[name].tries_versions:
                self.calls[name].end_versions()
                continue
            if is_public or not self._explains:
                self.undefined_names |= _undefined_names(reply.body.get("error"))
            self.calls[name].record(_answer(reply), failed=reply.body.get("timed_out") is True)

    def _begins_again(self) -> bool:
        """Whether names were asked for that more cells define: then all begins again, with these."""
        cells, names = self._more
        told_before = self._explains and self._has_seen_hidden
        if cells is None or told_before or not self.undefined_names.intersection(names):
            return False
        self._more = None, ()
        self._begin(cells)
        return True

    def _give_up(self) -> None:
        for calls in self.calls.values():
            calls.give_up(_TOTAL_TIME_USED_UP)


def _undefined_names(error: object) -> set[str]:
    # Of a text as short as one that is shown: else many long ones would fill this process's memory.
    return set(re.findall(r"name '(\w+)' is not defined", sanitised(str(error))))


def _answer(reply: Message) -> Answer:
    """The answer in a reply. The submission may have written the reply, so each value's type is checked."""
    body = reply.body
    if body.get("missing") is True:
        return Answer(error=_MISSING, written=False)
    if body.get("timed_out") is True:
        return Answer(error=_TIMED_OUT)
    if (error := body.get("error")) is not None:
        if body.get("written") is False:
            return Answer(error=_NOT_WRITTEN, written=False)
        return Answer(error=sanitised(str(error)))
    if (kind := body.get("type")) is not None:
        return Answer(error=f"it returned {sanitised(str(kind))}; wanted a torch.Tensor")
    found = body.get("side_effects")
    side_effects = tuple(kind for kind in SIDE_EFFECTS if kind in found) if isinstance(found, list) else ()
    return Answer(reply.tensors.get("value"), side_effects=side_effects)
