"""A digest of all that an exercise's grade depends on: a corrected exercise is graded anew, and it alone."""

import inspect
from collections.abc import Iterator
from functools import cache, partial
from hashlib import sha256
from types import CodeType, FunctionType

import coursekit
from coursekit.exercises.exercise import Exercise

__all__ = ["declaration"]

_DECLARATIONS = "coursekit.exercises."


@cache
def declaration(exercise: Exercise) -> str:
    """Return a digest of the exercise's data, its functions, those of its chapter that they use, our version.

    A method of the package that the reference calls changes with the version, not with its source.
    """
    seen: dict[int, str] = {}
    for value in _parts(exercise):
        _add(value, seen)
    data = (exercise.name, exercise.points, exercise.tolerance, exercise.hidden, coursekit.__version__)
    words = [(mistake.name, mistake.advice) for mistake in exercise.mistakes]
    words += [(rule.advice, str(rule.credit)) for rule in exercise.properties]
    return sha256(repr((data, words, sorted(seen.values()))).encode()).hexdigest()


def _parts(exercise: Exercise) -> Iterator[object]:
    yield from (exercise.reference, exercise.cases)
    yield from (mistake.function for mistake in exercise.mistakes)
    yield from (rule.holds for rule in exercise.properties)


def _add(value: object, seen: dict[int, str]) -> None:
    """Note what a function says, what it names, and the plain data in that."""
    if id(value) in seen:
        return
    if isinstance(value, FunctionType):
        seen[id(value)] = inspect.getsource(value)
        for name in _names(value.__code__):
            if _is_declared(used := value.__globals__.get(name)):
                _add(used, seen)
    elif isinstance(value, partial):
        for part in (value.func, *value.args, *value.keywords.items()):
            _add(part, seen)
    elif isinstance(value, dict | tuple | list):
        for part in value.items() if isinstance(value, dict) else value:
            _add(part, seen)
    elif isinstance(value, int | float | str):
        seen[id(value)] = repr(value)


def _is_declared(used: object) -> bool:
    """Whether what a function names belongs to a chapter's declarations: a function of one, or plain data."""
    return not callable(used) or str(getattr(used, "__module__", "")).startswith(_DECLARATIONS)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
