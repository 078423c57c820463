"""An exercise as it is set: its hidden and its public cases, and the verdict on answers to them."""

import hmac
import threading
from collections.abc import Callable, Sequence
from functools import cache

from torch import Tensor

from coursekit.exercises.answer import Answer
from coursekit.exercises.check import PUBLIC_SEED
from coursekit.exercises.exercise import Case, Exercise
from coursekit.exercises.judge import Verdict, evaluate, judge
from coursekit.workshop.grading.assignment import assignment

__all__ = ["Paper", "papers"]

_JUDGING = threading.Lock()
"""References put hooks on nets and change settings of torch: one at a time. They are short and remembered."""


class Paper:
    """One exercise, with the cases that a secret gives it.

    Attributes:
        hidden: the cases of the grade. Each exercise has a seed of its own, which does not tell the secret.
        public: those of a student's ``check``.
    """

    def __init__(self, exercise: Exercise, secret: bytes) -> None:
        seed = hmac.digest(secret, exercise.name.encode(), "sha256")
        self.exercise = exercise
        self.hidden = exercise.cases(int.from_bytes(seed[:7], "big"))
        self.public = exercise.cases(PUBLIC_SEED)
        self._known: dict[tuple[int, int], Tensor] = {}

    def judge(self, cases: Sequence[Case], answers: Sequence[Answer]) -> Verdict:
        """Judge answers to ``hidden`` or to ``public``."""
        with _JUDGING:
            return judge(self.exercise, cases, answers, evaluate=self._remembered)

    def _remembered(self, function: Callable[..., Tensor], case: Case) -> Tensor:
        key = id(function), id(case)  # both live as long as this paper
        if key not in self._known:
            self._known[key] = evaluate(function, case)
        return self._known[key]


@cache
def papers(name: str, secret: bytes) -> dict[str, Paper]:
    """Return the papers of an assignment, by exercise; drawn once, since all students get the same."""
    with _JUDGING:
        return {exercise.name: Paper(exercise, secret) for exercise in assignment(name).exercises}
