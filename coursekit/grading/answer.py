"""The student's side: calls the function on a case, notes what came of it, and knows no right answer."""

import inspect
import linecache
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from coursekit.exercises.exercise import Case
from coursekit.grading.traces import observe, traces

__all__ = ["Answer", "answer"]


@dataclass(frozen=True)
class Answer:
    """What a function made of one case.

    Attributes:
        value: what it returned, whatever that is.
        error: what it raised, in words; None when it returned.
        written: False for the stub, which raises NotImplementedError.
        traces: what it left behind, as names of ``coursekit.grading.traces.TRACES``.
    """

    value: Any = None
    error: str | None = None
    written: bool = True
    traces: tuple[str, ...] = ()


def answer(function: Callable[..., Any], case: Case) -> Answer:
    """Call ``function`` on a fresh copy of the case; no exception and no changed random state gets out."""
    arguments = case.build()
    with _globals_kept():
        before = observe(arguments)
        try:
            value = function(*arguments.values())
        except Exception as error:  # whatever a student's code may raise
            return _raised(error, function, arguments)
        return Answer(value, traces=traces(before, observe(arguments)))


@contextmanager
def _globals_kept() -> Iterator[None]:
    """Put back what a function may change in torch, NumPy and Python."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 - theirs, not ours
    dtype = torch.get_default_dtype()
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])
        torch.set_default_dtype(dtype)


def _raised(error: Exception, function: Callable[..., Any], arguments: dict[str, Any]) -> Answer:
    calls = list(traceback.walk_tb(error.__traceback__))
    # All cells of a notebook share their globals, so these tell the student's code, whichever cell it is in.
    ours = getattr(inspect.unwrap(function), "__globals__", None)
    theirs = [call for call in calls if call[0].f_globals is ours]
    if isinstance(error, NotImplementedError) and theirs and theirs[-1] is calls[-1]:
        return Answer(error="it is not written yet", written=False)
    text = str(error).strip().splitlines()
    said = f"it raised {type(error).__name__}" + (f": {text[0][:300]}" if text else "")
    if not theirs:
        return Answer(error=f"{said}; it is called with ({', '.join(arguments)}), in this order")
    frame, number = theirs[-1]
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    return Answer(error=f"{said}, at line {number}: {line}")
