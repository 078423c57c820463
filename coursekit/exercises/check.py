"""``check(function)``: tells a student whether an exercise is right and, if not, what it looks like."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from coursekit.exercises import lookup
from coursekit.exercises.answer import answer
from coursekit.exercises.judge import Verdict, judge
from coursekit.exercises.words import describe

__all__ = ["CheckError", "check", "examine"]

PUBLIC_SEED = 0
"""Where the cases of a check come from; those of a grade come from a secret one."""


class CheckError(AssertionError):
    """An exercise that is not right yet. In a notebook it shows its message alone, without a traceback.

    An exception rather than a printed line, so that a wrong solution stops a build and nbgrader sees it, too.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of the traceback, which would be of no use to a student."""
        return str(self).splitlines()


def check(function: Callable[..., Any], name: str | None = None) -> None:
    """Run ``function`` on a few cases, and print that it is right.

    Args:
        function: the student's function.
        name: the exercise that it answers; the function's own name when None.

    Raises:
        CheckError: it is not right; the message says what it looks like and what to do.
        TypeError: ``function`` is no function.
        ValueError: there is no such exercise.
    """
    verdict = examine(function, name)
    if not verdict.passed:
        raise CheckError(describe(verdict))
    print(describe(verdict))


def examine(function: Callable[..., Any], name: str | None = None, *, seed: int = PUBLIC_SEED) -> Verdict:
    """Run ``function`` on the cases drawn from ``seed``, and return the verdict. Otherwise as ``check``."""
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(
            f"check wants the function itself, such as check(saliency), got {kind}: do not call it"
        )
    exercise = lookup(name or str(getattr(function, "__name__", type(function).__name__)))
    cases = exercise.cases(seed)
    with _one_thread():
        return judge(exercise, cases, [answer(function, case) for case in cases])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Nets this small are faster on one thread, above all on a machine with other work to do."""
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        yield
    finally:
        torch.set_num_threads(threads)
