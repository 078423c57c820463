"""The hidden and the public cases of an exercise, and the verdict on answers to them."""

import hmac
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from torch import Tensor

from coursekit.exercises.answer import Answer
from coursekit.exercises.check import PUBLIC_SEED
from coursekit.exercises.exercise import Case, Exercise
from coursekit.exercises.guesses import can_be_guessed, right_by_mistake
from coursekit.exercises.judge import Verdict, evaluate, judge
from coursekit.workshop.grading.assignment import load_assignment

__all__ = ["CaseSet", "case_sets"]

_EVALUATION_LOCK = threading.Lock()
"""Held while references run, since these put hooks on nets and change settings of torch."""

_LARGE = 2**20
"""Bytes above which a value of a wrong shape is not kept. No known mistake gives as many."""
_ATTEMPTS = 100
"""How often an exercise's cases are drawn until none of them can be guessed."""
_CHOICES = 8
"""From how many draws the best is taken, where a known mistake is right on a case of each.

Some are right on one image, whatever is drawn, and each draw takes up to a second.
"""


class CaseSet:
    """The cases of one exercise.

    Args:
        exercise: whose cases these are.
        secret: where the hidden cases are drawn from.

    Attributes:
        exercise: whose cases these are.
        hidden: the cases of the grade. Their key differs between exercises, and does not reveal the secret.
            None of them can be guessed, and no known mistake is right on all, nor on one where other cases
            are to be had.
        public: the cases that a student's ``check`` runs.

    Raises:
        RuntimeError: however often cases are drawn, one can be guessed or a mistake is right on all.
    """

    def __init__(self, exercise: Exercise, secret: bytes) -> None:
        self.exercise = exercise
        self.public = exercise.cases(PUBLIC_SEED)
        self.hidden = self._drawn(secret)
        self._values: dict[tuple[int, int], Tensor] = {}

    def _drawn(self, secret: bytes) -> list[Case]:
        """Of the first draws that nobody guesses, the one on which known mistakes are right least often."""
        found: list[tuple[int, list[Case]]] = []
        for attempt in range(_ATTEMPTS):
            cases = self._attempt(secret, attempt)
            if can_be_guessed(self.exercise, cases, self.public):
                continue
            right = right_by_mistake(self.exercise, cases)
            if len(cases) not in right:
                found.append((sum(right), cases))
                if not any(right) or len(found) == _CHOICES:
                    break
        if found:
            return min(found, key=lambda draw: draw[0])[1]
        raise RuntimeError(
            f"exercise {self.exercise.name}: in each of {_ATTEMPTS} draws a constant, an argument or a public"
            " answer was right on a case, or a known mistake on all; draw cases with more possible answers"
        )

    def _attempt(self, secret: bytes, number: int) -> list[Case]:
        key = hmac.digest(secret, f"{self.exercise.name} {number}".encode(), "sha256")
        return self.exercise.cases(key)

    def judge(
        self, cases: Sequence[Case], answers: Sequence[Answer], *, name_mistake: bool = False
    ) -> Verdict:
        """Judge answers.

        Args:
            cases: some of ``hidden`` or ``public``.
            answers: one for each case.
            name_mistake: whether to look for the known mistake that gives the same values.

        Returns:
            The verdict.

        Raises:
            ValueError: there are not as many answers as cases.
        """
        with _EVALUATION_LOCK:
            return judge(
                self.exercise,
                cases,
                answers,
                evaluate=self._cached_value,
                name_mistake=name_mistake,
            )

    def slimmed(self, case: Case, answer: Answer) -> Answer:
        """Return an answer that takes little memory, and on which the verdict is the same.

        Args:
            case: what it answers.
            answer: with a value of any size.

        Returns:
            The answer; one whose value is large and of a wrong shape has another of that shape and type,
            which takes no memory.
        """
        value = answer.value
        if not isinstance(value, Tensor) or value.nbytes <= _LARGE:
            return answer
        with _EVALUATION_LOCK:
            fits = value.shape == self._cached_value(self.exercise.reference, case).shape
        return answer if fits else replace(answer, value=value.new_zeros(()).expand(value.shape))

    def _cached_value(self, function: Callable[..., Tensor], case: Case) -> Tensor:
        key = id(function), id(case)  # both live as long as this object, so the ids stay unique
        if key not in self._values:
            self._values[key] = evaluate(function, case)
        return self._values[key]


def case_sets(assignment: str, secret: bytes) -> dict[str, CaseSet]:
    """Return the cases of an assignment. They are drawn only once, since all students get the same.

    Args:
        assignment: its name.
        secret: where the hidden cases are drawn from.

    Returns:
        The cases of each exercise, by its name.

    Raises:
        ValueError: there is no such assignment.
    """
    with _EVALUATION_LOCK:  # so that of several threads one draws them, and the others wait
        return _case_sets(assignment, secret)


@cache
def _case_sets(assignment: str, secret: bytes) -> dict[str, CaseSet]:
    return {exercise.name: CaseSet(exercise, secret) for exercise in load_assignment(assignment).exercises}
