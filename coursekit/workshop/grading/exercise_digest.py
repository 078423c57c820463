"""A digest of all that an exercise's grade depends on, so that only changed exercises are graded again."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, partial
from hashlib import sha256
from types import CodeType, FunctionType, MethodType, ModuleType

import torch
from torch import Tensor

import coursekit
from coursekit.exercises.exercise import Exercise, Mistake, is_ours

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

    Raises:
        TypeError: it uses a value of a kind whose change would not show.
    """
    seen: dict[int, int] = {}
    texts = [_text(value, seen) for value in _parts(exercise)]
    data = (exercise.name, exercise.points, exercise.tolerance, exercise.hidden, coursekit.__version__)
    words = [(mistake.name, mistake.advice) for mistake in exercise.mistakes]
    advice = [rule.advice for rule in exercise.properties]
    return sha256(repr((data, words, advice, texts)).encode()).hexdigest()


def _parts(exercise: Exercise) -> Iterator[object]:
    yield from (exercise.reference, Exercise.cases, exercise.draw)
    yield from (mistake.function for mistake in exercise.mistakes)
    yield from (rule.holds for rule in exercise.properties)


def _text(value: object, seen: dict[int, int]) -> str:
    """What a value says: plain data itself; a function its source, and the text of all that it uses.

    A function is told once, and is a number from then on; so is a class that is declared beside exercises.
    Any other class, a module, and what is built into Python or torch is its name.
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
    if isinstance(value, MethodType):
        return _text((value.__func__, value.__self__), seen)
    if value is None or isinstance(value, int | float | complex | str | bytes | torch.dtype):
        return repr(value)
    if isinstance(value, type):
        return _class_text(value, seen)
    if isinstance(value, ModuleType):
        return value.__name__
    return _data_text(value, seen)


def _class_text(kind: type, seen: dict[int, int]) -> str:
    name = f"{kind.__module__}.{kind.__qualname__}"
    if not kind.__module__.startswith(_DECLARING_PACKAGE):
        return name
    if id(kind) in seen:
        return f"#{seen[id(kind)]}"
    seen[id(kind)] = len(seen)
    return f"{name}\n{inspect.getsource(kind)}"


def _data_text(value: object, seen: dict[int, int]) -> str:
    if isinstance(value, Tensor):
        return f"Tensor({value.dtype}, {tuple(value.shape)}, {value.tolist()})"
    if isinstance(value, dict):
        return _text(tuple(value.items()), seen)
    if isinstance(value, tuple | list):
        return f"({', '.join(_inner(part, seen) for part in value)})"
    if isinstance(value, set | frozenset):
        # In an order that does not change from one process to the next, nor with what was told before.
        ordered = sorted(value, key=lambda part: _inner(part, {}))
        return f"{{{', '.join(_inner(part, seen) for part in ordered)}}}"
    kind = type(value)
    if is_dataclass(value):
        held = tuple((field.name, getattr(value, field.name)) for field in fields(value))
        return _text((kind, held), seen)
    if is_ours(kind.__module__):
        return _text((kind, getattr(value, "__dict__", {})), seen)
    if hasattr(value, "__wrapped__"):
        return _inner(value.__wrapped__, seen)  # of ``functools.cache``, for instance
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{getattr(value, '__module__', None)}.{value.__qualname__}"
    raise TypeError(f"the digest of an exercise: wanted data, a function or a class of ours, got {value!r}")


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
