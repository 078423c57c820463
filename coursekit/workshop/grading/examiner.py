"""Puts a submission's functions to the test: which values they return, and what words they bring out.

Two processes see a submission. The first gets the hidden cases, and of what it says only values count: words,
shapes or names could carry a hidden case out, so nothing of that reaches the student. Where values are wrong,
a second process, which has seen no hidden case, gets the public ones of ``check``: its words may be shown.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.side_effects import SIDE_EFFECTS
from coursekit.workshop.grading.protocol import Message
from coursekit.workshop.grading.quoting import quoted
from coursekit.workshop.grading.session import Lost, Nursery, Session
from coursekit.workshop.grading.submission import Cell

__all__ = ["Sitting"]

MISSING = "no cell defines it"
_NOT_WRITTEN = "it is not written yet"
_LATE = "it took too long, and was stopped"
_RAISED = "it raised an error"
_NO_TENSOR = "it returned no tensor"
_TIME_IS_UP = "the time for the whole notebook was used up before"
_LOSSES = 2
"""How often a function may take too long, or its process with it, before its other cases are given up."""


class Sitting:
    """A submission's cells run, and its functions called on cases.

    What ends the process costs the cell or the call that did it: the rest goes on in a fresh one.

    Attributes:
        answers: one to each case, by exercise.
        troubles: what went wrong in a cell, by its number.
        missing: names that were not defined, by what the process says.
    """

    def __init__(
        self,
        nursery: Nursery,
        cells: Mapping[int, Cell],
        questions: Mapping[str, Sequence[Case]],
        *,
        words: bool,
    ) -> None:
        """Prepare to run.

        Args:
            nursery: where processes come from.
            cells: code cells, by their numbers.
            questions: the cases, by exercise.
            words: whether what the process says may be passed on.
        """
        self.answers: dict[str, list[Answer]] = {name: [] for name in questions}
        self.troubles: dict[int, str] = {}
        self.missing: set[str] = set()
        self._nursery = nursery
        self._cells = cells
        self._questions = questions
        self._words = words
        self._fatal: set[int] = set()
        self._losses = dict.fromkeys(questions, 0)

    @property
    def given_up(self) -> set[str]:
        """Exercises that took too long, or their process with them, too often to be asked on."""
        return {name for name, times in self._losses.items() if times >= _LOSSES}

    def sit(self, until: float) -> "Sitting":
        """Go on until every case has an answer, or until that moment of the monotonic clock."""
        while any(self._open()):
            if time.monotonic() > until:
                self._give_up(self._questions, _TIME_IS_UP)
            with self._nursery.session(list(self._questions)) as session:
                if self._run_cells(session, until):
                    self._ask_all(session, until)
        return self

    def _open(self) -> Iterator[tuple[str, Case]]:
        """The cases that have no answer yet."""
        for name, cases in self._questions.items():
            for case in cases[len(self.answers[name]) :]:
                yield name, case

    def _run_cells(self, session: Session, until: float) -> bool:
        """Whether the process is still there to be asked."""
        for number, cell in self._cells.items():
            if number in self._fatal:
                continue
            try:
                trouble = session.run(number, cell)
            except Lost as lost:
                self._fatal.add(number)
                self.troubles[number] = f"{lost}: it was left out"
                return False
            if trouble is not None:
                self.troubles[number] = quoted(trouble)
                self.missing |= _undefined(trouble)
            if time.monotonic() > until:
                return False
        return True

    def _ask_all(self, session: Session, until: float) -> None:
        for name, case in list(self._open()):
            if time.monotonic() > until:
                return
            if name in self.given_up:
                self._give_up([name], self.answers[name][-1].error or _RAISED)
                continue
            try:
                reply = session.call(name, case)
            except Lost as lost:
                self.answers[name].append(Answer(error=str(lost) if self._words else lost.why))
                self._losses[name] += 1
                return
            self._losses[name] += reply.body.get("late") is True
            self.missing |= _undefined(reply.body.get("error"))
            self.answers[name].append(_answer(reply, words=self._words))

    def _give_up(self, names: Iterable[str], why: str) -> None:
        for name in names:
            missing = len(self._questions[name]) - len(self.answers[name])
            self.answers[name] += [Answer(error=why)] * missing


def _undefined(error: object) -> set[str]:
    return set(re.findall(r"name '(\w+)' is not defined", str(error)))


def _answer(reply: Message, *, words: bool) -> Answer:
    """What a reply claims. Nothing in it is certain to be of the kind that it should be."""
    body = reply.body
    if body.get("missing") is True:
        return Answer(error=MISSING, written=False)
    if body.get("late") is True:
        return Answer(error=_LATE)
    if (error := body.get("error")) is not None:
        if body.get("written") is False:
            return Answer(error=_NOT_WRITTEN, written=False)
        return Answer(error=quoted(str(error)) if words else _RAISED)
    if (kind := body.get("type")) is not None:
        return Answer(
            error=f"it returned {quoted(str(kind))}; wanted a torch.Tensor" if words else _NO_TENSOR
        )
    left = body.get("side_effects")
    kinds = tuple(kind for kind in SIDE_EFFECTS if kind in left) if isinstance(left, list) else ()
    return Answer(reply.tensors.get("value"), side_effects=kinds)
