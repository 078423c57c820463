"""A digest of all that an exercise's grade depends on, so that only changed exercises are graded again."""

import inspect
from collections.abc import Iterator
from functools import cache, partial
from hashlib import sha256
from types import CodeType, FunctionType

import coursekit
from coursekit.exercises.exercise import Exercise, Mistake

__all__ = ["exercise_digest"]

_DECLARING_PACKAGE = "coursekit.exercises."


@cache
def exercise_digest(exercise: Exercise) -> str:
    """Return a digest of an exercise's declaration.

    It covers the exercise's data, its functions, the functions of its chapter that these use, and the
    package's version, which stands for the package's other functions.

    Args:
        exercise: any exercise that is declared in a file.

    Returns:
        64 hexadecimal digits.
    """
    seen: dict[int, int] = {}
    texts = [_text(value, seen) for value in _parts(exercise)]
    data = (exercise.name, exercise.points, exercise.tolerance, exercise.hidden, coursekit.__version__)
    words = [(mistake.name, mistake.advice) for mistake in exercise.mistakes]
    words += [(rule.advice, str(rule.credit)) for rule in exercise.properties]
    return sha256(repr((data, words, texts)).encode()).hexdigest()


def _parts(exercise: Exercise) -> Iterator[object]:
    yield from (exercise.reference, exercise.cases)
    yield from (mistake.function for mistake in exercise.mistakes)
    yield from (rule.holds for rule in exercise.properties)


def _text(value: object, seen: dict[int, int]) -> str:
    """What a value says: plain data itself; a function its source, and the text of all that it uses.

    A function is told once, and is a number from then on; anything else is its name, or that of its kind.
    """
    if isinstance(value, FunctionType):
        if id(value) in seen:
            return f"#{seen[id(value)]}"
        seen[id(value)] = len(seen)
        return "\n".join([_source(value), *(f"{name}: {_inner(used, seen)}" for name, used in _used(value))])
    if isinstance(value, Mistake):
        return _inner(value.function, seen)
    if isinstance(value, partial):
        return _text((value.func, value.args, value.keywords), seen)
    if isinstance(value, dict):
        return _text(tuple(value.items()), seen)
    if isinstance(value, tuple | list):
        return f"({', '.join(_inner(part, seen) for part in value)})"
    if isinstance(value, int | float | str):
        return repr(value)
    return getattr(value, "__qualname__", type(value).__qualname__)


def _inner(value: object, seen: dict[int, int]) -> str:
    """The text of what a function or a collection holds: a function that no chapter declares is its name."""
    if isinstance(value, FunctionType) and not value.__module__.startswith(_DECLARING_PACKAGE):
        return f"{value.__module__}.{value.__qualname__}"
    return _text(value, seen)


def _used(function: FunctionType) -> Iterator[tuple[str, object]]:
    """What a function names, what the one that made it was given, and its parameters' defaults."""
    code = function.__code__
    for name in sorted(set(_names(code)) & set(function.__globals__)):
        yield name, function.__globals__[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents
    yield from (("default", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()


def _source(function: FunctionType) -> str:
    """Its lines from the first, or the first decorator, to the last; ``getsource`` cuts lambdas short."""
    lines, _ = inspect.findsource(function)
    code = function.__code__
    last = max(end for _, end, _, _ in code.co_positions() if end)
    return "".join(lines[code.co_firstlineno - 1 : last])


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
