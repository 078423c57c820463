"""Wrong answers that would be right by luck on some draws of the cases: guesses, and known mistakes."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise
from coursekit.exercises.judge import evaluate

__all__ = ["can_be_guessed", "right_by_mistake"]

_CONSTANTS = (0.0, 1.0, -1.0, 0.5)


def can_be_guessed(exercise: Exercise, cases: Sequence[Case], public: Sequence[Case]) -> bool:
    """Return whether a guess is right on one of the cases.

    A guess is a constant, an argument handed back or averaged, or the right answer of a public case.

    Args:
        exercise: whose cases these are.
        cases: the cases in question.
        public: the public cases of the exercise, whose right answers everyone may know.
    """
    known = [evaluate(exercise.reference, case) for case in public]
    mean = torch.cat([value.flatten() for value in known]).mean().item()
    for case in cases:
        wanted = evaluate(exercise.reference, case)
        guesses = (*_constants(wanted, mean), *_arguments(case), *known)
        if any(exercise.agree(guess.to(wanted.dtype), wanted) for guess in guesses):
            return True
    return False


def right_by_mistake(exercise: Exercise, cases: Sequence[Case]) -> list[int]:
    """Return on how many cases each of the known mistakes is right.

    Args:
        exercise: whose cases these are.
        cases: the cases in question.
    """
    wanted = [evaluate(exercise.reference, case) for case in cases]
    return [
        sum(
            exercise.agree(evaluate(mistake.function, case), right)
            for case, right in zip(cases, wanted, strict=True)
        )
        for mistake in exercise.mistakes
    ]


def _constants(wanted: Tensor, mean: float) -> Iterator[Tensor]:
    # Numbers that are all alike follow from their sum; of a single number that is no guess.
    values = (*_CONSTANTS, mean, *([wanted.mean().item()] if wanted.numel() > 1 else []))
    yield from (torch.full_like(wanted, value) for value in values)


def _arguments(case: Case) -> Iterator[Tensor]:
    for value in case.arguments.values():
        if isinstance(value, Tensor):
            yield value
            yield from (value.float().mean(axis) for axis in range(value.ndim))
