"""``check(function)``: tells a student whether an exercise is right and, if not, what may be wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from coursekit.exercises import lookup
from coursekit.exercises.answer import answer
from coursekit.exercises.draws import Key
from coursekit.exercises.feedback import describe
from coursekit.exercises.judge import Verdict, judge

__all__ = ["CheckError", "check", "examine"]

PUBLIC_SEED = 0
"""The key of the cases that a check uses; the cases of a grade are drawn from a secret."""


class CheckError(AssertionError):
    """An exercise is not right yet. A notebook shows the message alone, without a traceback.

    It is raised, not printed, so that a wrong solution stops a build and nbgrader counts the cell as failed.
    """

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines in place of the traceback, which is of no use to a student."""
        return str(self).splitlines()


def check(function: Callable[..., Any], name: str | None = None) -> None:
    """Run ``function`` on a few cases, and print that it is right.

    Args:
        function: the student's function.
        name: the exercise that it answers; the function's own name when None.

    Raises:
        CheckError: it is not right; the message names the mistake, if it is a known one, and says what to do.
        TypeError: ``function`` is not callable.
        ValueError: there is no such exercise.
    """
    verdict = examine(function, name)
    if not verdict.passed:
        raise CheckError(describe(verdict))
    print(describe(verdict))


def examine(function: Callable[..., Any], name: str | None = None, *, key: Key = PUBLIC_SEED) -> Verdict:
    """Run ``function`` on a few cases, and return the verdict.

    Args:
        function: the student's function.
        name: the exercise that it answers; the function's own name when None.
        key: where the cases are drawn from.

    Returns:
        The verdict on these cases.

    Raises:
        TypeError: ``function`` is not callable.
        ValueError: there is no such exercise.
    """
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(
            f"check wants the function itself, such as check(saliency), got {kind}: do not call it"
        )
    exercise = lookup(name or str(getattr(function, "__name__", type(function).__name__)))
    cases = exercise.cases(key)
    with _one_thread():
        return judge(exercise, cases, [answer(function, case) for case in cases])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run torch on one thread, where nets this small are faster, above all on a busy machine."""
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        yield
    finally:
        torch.set_num_threads(threads)
