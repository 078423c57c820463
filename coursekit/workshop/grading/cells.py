"""Runs the cells of a student's notebook as a Jupyter kernel would, but in this process."""

import signal
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import invalidate_caches
from itertools import chain
from types import ModuleType
from typing import Any

from IPython.display import display

from coursekit.workshop.grading.shell import make_shell
from coursekit.workshop.grading.versions import Definition, Version, last_first, names_put_back

__all__ = ["Notebook", "TimeLimitError", "time_limit"]


class TimeLimitError(BaseException):
    """A cell or a call took too long. It is no ``Exception``, which a student's ``except`` would catch."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit the time that the block may take.

    Args:
        seconds: on the clock.

    Raises:
        TimeLimitError: in the block, when the time is over.
    """

    def stop(number: int, frame: object) -> None:
        raise TimeLimitError(f"it was stopped after {seconds:g} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Notebook:
    """The namespace that cells share, and the functions in it that answer exercises.

    Args:
        checks: numbers of the cells that check an exercise, in their order, by the exercises' names; each is
            the name of a function.
    """

    def __init__(self, checks: Mapping[str, Sequence[int]]) -> None:
        self._checks = checks
        self._from_exercise_cells: dict[str, list[Definition]] = {name: [] for name in checks}
        self._from_other_cells: dict[str, list[Definition]] = {name: [] for name in checks}
        module = ModuleType("__main__")
        self._shell = make_shell(module)
        self._globals = vars(module)
        self._globals["display"] = display  # also for what is called later, when no cell runs

    def run(self, number: int, source: str, exercise: str | None) -> str | None:
        """Run a cell.

        Args:
            number: the cell's place among the notebook's code cells, from 1.
            source: the cell's text, which may hold magics and shell commands.
            exercise: the exercise that this cell belongs to, if any. A function of that name which the cell
                defines is the answer, even if other cells define one too.

        Returns:
            The error that stopped the cell, with the student's lines that led to it; None without an error.

        Raises:
            TimeLimitError: it took too long.
        """
        self._keep_names_of_checks(number)
        before = {name: self._globals.get(name) for name in self._checks}
        invalidate_caches()  # a cell before may have written a module
        try:
            error = self._shell.run_notebook_cell(number, source)
        finally:
            self._record_definitions(number, before, exercise)
        if isinstance(error, TimeLimitError):
            raise error
        return None if error is None else _describe(error)

    def versions(self, name: str) -> list[Version]:
        """Return what may be the answer to an exercise.

        Args:
            name: of the exercise.

        Returns:
            What the exercise's own cell defined under that name, then what other cells did, the last first;
            empty if none did.
        """
        return last_first([*self._from_exercise_cells[name], *self._from_other_cells[name]])

    @contextmanager
    def calling(self, version: Version) -> Iterator[None]:
        """Give names the meaning in this block that they have in a version of an answer."""
        with names_put_back(self._globals, version):
            yield

    def _keep_names_of_checks(self, number: int) -> None:
        """Keep names as they are for what a cell before this one checked, whether that was run or not."""
        for one in chain(*self._from_exercise_cells.values(), *self._from_other_cells.values()):
            if one.checked_in is not None and one.checked_in < number:
                one.names, one.checked_in = dict(self._globals), None

    def _record_definitions(self, number: int, before: Mapping[str, Any], exercise: str | None) -> None:
        for name, old in before.items():
            new = self._globals.get(name)
            definitions = (self._from_exercise_cells if name == exercise else self._from_other_cells)[name]
            # A name that is later given to the function's result does not take the function away.
            if new is not old and (callable(new) or not definitions):
                check = next((one for one in self._checks[name] if one >= number), None)
                definitions.insert(0, Definition(new, dict(self._globals), check))


def _describe(error: BaseException) -> str:
    """The lines of the student's cells that led to an error, and the error."""
    lines = [
        f"line {entry.lineno}: {entry.line}"
        for entry in traceback.extract_tb(error.__traceback__)
        if entry.filename.startswith("<cell ")
    ]
    text = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, ModuleNotFoundError) and text.endswith(
        "'"
    ):  # not that of a hidden module, which says why
        text += (
            ": only the course, the packages that it needs and what comes with Python are there when graded"
        )
    return "\n".join([*lines[-5:], text])
