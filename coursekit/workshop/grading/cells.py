"""Runs the cells of a student's notebook as a Jupyter kernel would, but in this process."""

import __future__

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

import IPython
from IPython.core import getipython
from IPython.core.inputtransformer2 import TransformerManager
from IPython.display import display

__all__ = ["HiddenModuleFinder", "Notebook", "TimeLimitError", "time_limit"]

_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
"""The flags of a code object that tell what it has imported from ``__future__``."""
_RUNNING_MAGICS = ("time", "timeit", "capture", "prun")
"""Magics whose argument is code that a kernel runs."""


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


class HiddenModuleFinder:
    """A finder for ``sys.meta_path`` that explains why a hidden module cannot be imported.

    It only makes the error message helpful: the sandbox does not show the files of these modules anyway.

    Args:
        names: of the hidden modules and packages.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse hidden modules and what is inside them; return None for others, to ask the next finder.

        Raises:
            ModuleNotFoundError: the module is hidden.
        """
        if any(f"{name}.".startswith(f"{hidden}.") for hidden in self._names):
            raise ModuleNotFoundError(
                f"{name} holds the answer to an exercise: it is not there when graded", name=name
            )
        return None


class Notebook:
    """The namespace that cells share, and the functions in it that answer exercises.

    Args:
        names: of the exercises; each is the name of a function.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._from_exercise_cells: dict[str, Any] = {}
        self._from_other_cells: dict[str, Any] = {}
        self._transform = TransformerManager().transform_cell
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self._globals = vars(module)
        self._globals["display"] = display
        self._flags = 0

    def run(self, number: int, source: str, exercise: str | None) -> str | None:
        """Run a cell.

        Args:
            number: the cell's place among the notebook's code cells, from 1.
            source: the cell's text; magics and shell commands in it do nothing.
            exercise: the exercise that this cell belongs to, if any. A function of that name which the cell
                defines is the answer, even if other cells define one too.

        Returns:
            The error that stopped the cell, with the student's lines that led to it; None without an error.
        """
        before = {name: self._globals.get(name) for name in self._names}
        shell = _ShellStub(lambda source: self._execute(source, f"<cell {number}, timed>"))
        self._globals["get_ipython"] = lambda: shell
        for module in (IPython, getipython):  # from where cells may import it, too
            vars(module)["get_ipython"] = self._globals["get_ipython"]
        try:
            self._execute(self._transform(source), f"<cell {number}>")
        except (Exception, SystemExit) as error:  # a student's code may raise anything
            return _describe(error)
        finally:
            self._record_definitions(before, exercise)
        return None

    def find(self, name: str) -> Any:
        """Return the answer to an exercise.

        Args:
            name: of the exercise.

        Returns:
            What the exercise's own cell defined under that name, else the last other cell; None if none did.
        """
        return self._from_exercise_cells.get(name, self._from_other_cells.get(name))

    def _record_definitions(self, before: dict[str, Any], exercise: str | None) -> None:
        for name, old in before.items():
            new = self._globals.get(name)
            definitions = self._from_exercise_cells if name == exercise else self._from_other_cells
            # A name that is later given to the function's result does not take the function away.
            if new is not old and (callable(new) or name not in definitions):
                definitions[name] = new

    def _execute(self, source: str, file: str) -> Any:
        """Run the statements one by one; an import that fails is raised only when the others have run.

        Returns:
            The value of the source, if it is an expression; else None.
        """
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        missing: ImportError | None = None
        statements = ast.parse(source, file).body
        if len(statements) == 1 and isinstance(statements[0], ast.Expr):
            return eval(compile(ast.Expression(statements[0].value), file, "eval"), self._globals)
        for statement in statements:
            try:
                code = compile(ast.Module([statement], []), file, "exec", self._flags, dont_inherit=True)
                self._flags |= code.co_flags & _FUTURE  # as in a kernel, also for later cells
                exec(code, self._globals)
            except ImportError as error:
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    raise
                missing = missing or error
        if missing:
            raise missing
        return None


class _ShellStub:
    """What ``get_ipython()`` returns: it runs the code of magics such as ``%%time``, and ignores all else."""

    def __init__(self, execute: Callable[[str], Any]) -> None:
        self._execute = execute

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in _RUNNING_MAGICS:
            self._execute(cell)

    def run_line_magic(self, name: str, line: str, *rest: object) -> Any:
        # What has options, or is no Python, does nothing: the rest of the cell is worth more than a timing.
        return self._execute(line) if name in _RUNNING_MAGICS and _is_python(line) else _NoOp()

    def __getattr__(self, name: str) -> Any:
        return _NoOp()


class _NoOp:
    """Ignores every attribute access, call and loop, such as registering a hook with the kernel."""

    def __getattr__(self, name: str) -> "_NoOp":
        return self

    def __call__(self, *args: object, **kwargs: object) -> "_NoOp":
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


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
