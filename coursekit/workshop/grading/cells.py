"""Runs the cells of a student's notebook as a kernel would, without being one."""

import ast
import linecache
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from IPython.display import display

__all__ = ["Hidden", "Notebook", "OutOfTime", "time_limit"]

_TIMING = ("time", "timeit", "capture", "prun")


class OutOfTime(BaseException):
    """A cell or a call took too long. No `Exception`, so that a student's `except` lets it pass."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``OutOfTime`` in the block when it takes longer than ``seconds``."""

    def stop(number: int, frame: object) -> None:
        raise OutOfTime(f"it was stopped after {seconds:g} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Hidden:
    """A finder for ``sys.meta_path`` that says why a module is not there, instead of that it is not."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse the hidden modules and what is inside them; leave others to the finders that follow."""
        if any(f"{name}.".startswith(f"{hidden}.") for hidden in self._names):
            raise ModuleNotFoundError(
                f"{name} holds the answer to an exercise: it is not there when graded", name=name
            )
        return None


class Notebook:
    """The namespace that cells share, and the functions that they define.

    Args:
        names: the exercises, each the name of a function.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._own: dict[str, Any] = {}
        self._other: dict[str, Any] = {}
        self._transform = TransformerManager().transform_cell
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self._globals = vars(module)
        self._globals["display"] = display

    def run(self, number: int, source: str, own: str | None) -> str | None:
        """Run a cell, and return what went wrong, in the student's terms; None when nothing did.

        Args:
            number: the cell's place among the notebook's code cells, from 1.
            source: the cell's text; magics and shell commands in it do nothing.
            own: the exercise that this cell is there for, if any. What it defines is that exercise's answer,
                whatever other cells call by the same name.
        """
        before = {name: self._globals.get(name) for name in self._names}
        shell = _Shell(lambda timed: self._execute(timed, f"<cell {number}, timed>"))
        self._globals["get_ipython"] = lambda: shell
        try:
            self._execute(self._transform(source), f"<cell {number}>")
        except (Exception, SystemExit) as error:  # whatever a student's code may raise
            return _told(error)
        finally:
            self._note(before, own)
        return None

    def find(self, name: str) -> Any:
        """Return what answers an exercise: what its own cell defines, else the last cell that does."""
        return self._own.get(name, self._other.get(name))

    def _note(self, before: dict[str, Any], own: str | None) -> None:
        for name, was in before.items():
            if (value := self._globals.get(name)) is not was:
                (self._own if name == own else self._other)[name] = value

    def _execute(self, source: str, file: str) -> None:
        """Run the statements one by one. An import that fails is raised when the others have run."""
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        missing: ImportError | None = None
        for statement in ast.parse(source, file).body:
            try:
                exec(compile(ast.Module([statement], []), file, "exec"), self._globals)
            except ImportError as error:
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    raise
                missing = missing or error
        if missing:
            raise missing


class _Shell:
    """What ``get_ipython()`` gives: it runs what a timing magic times, and shrugs at all else."""

    def __init__(self, execute: Callable[[str], None]) -> None:
        self._execute = execute

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in _TIMING:
            self._execute(cell)

    def run_line_magic(self, name: str, line: str, *rest: object) -> None:
        if name in _TIMING:
            self._execute(line)

    def __getattr__(self, name: str) -> Any:
        return _Nothing()


class _Nothing:
    """Whatever is asked of it, it is nothing again: for hooks that a cell wants to hang into its kernel."""

    def __getattr__(self, name: str) -> "_Nothing":
        return self

    def __call__(self, *args: object, **kwargs: object) -> "_Nothing":
        return self


def _told(error: BaseException) -> str:
    """The error and the lines of the student's cells that led to it."""
    lines = [
        f"line {entry.lineno}: {entry.line}"
        for entry in traceback.extract_tb(error.__traceback__)
        if entry.filename.startswith("<cell ")
    ]
    return "\n".join([*lines[-5:], "".join(traceback.format_exception_only(error)).strip()])
