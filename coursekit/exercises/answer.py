"""Calls a student's function on a case and records the outcome. No right answer is known here."""

import inspect
import linecache
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from coursekit.exercises.draws import generator
from coursekit.exercises.exercise import Case
from coursekit.exercises.settings import standard_settings
from coursekit.exercises.side_effects import side_effects, snapshot

__all__ = ["Answer", "answer"]

_OTHER_SEED = 20_011
"""For the second call of a function that draws random numbers."""
_ROUNDING = 1e-3
"""By how much two results may differ that are meant to be the same, in units of the largest value."""


@dataclass(frozen=True)
class Answer:
    """The outcome of a student's function on one case.

    Attributes:
        value: what it returned, of any type.
        error: a description of what it raised; None when it returned.
        written: False for the stub, which raises ``NotImplementedError``.
        side_effects: what the call changed, as keys of ``coursekit.exercises.side_effects.SIDE_EFFECTS``.
    """

    value: Any = None
    error: str | None = None
    written: bool = True
    side_effects: tuple[str, ...] = ()


def answer(function: Callable[..., Any], case: Case) -> Answer:
    """Call a function on a fresh copy of a case.

    Exceptions of the function, also ``SystemExit``, become the answer's ``error``; only ``KeyboardInterrupt``
    is passed on. It runs with gradients on and torch's own default dtype and device, whatever the notebook
    has set. Common settings of torch and the CPU's random states are restored afterwards. One that drew
    random numbers is called again with others: it is no side effect where they make no difference, as those
    that a layer is filled with before it gets its weights.

    Args:
        function: the student's function.
        case: what it is called on.

    Returns:
        The outcome.
    """
    with _restored_state(), standard_settings():
        arguments = case.build()
        before = snapshot(arguments)
        try:
            value = function(*arguments.values())
        except (Exception, SystemExit) as error:  # a student's code may raise anything
            return _error_answer(error, function, arguments)
        found = side_effects(before, snapshot(arguments))
        if "random" in found and _is_the_same_by_other_numbers(function, case, value):
            found = tuple(kind for kind in found if kind != "random")
        return Answer(value, side_effects=found)


def _is_the_same_by_other_numbers(function: Callable[..., Any], case: Case, value: Any) -> bool:
    """Whether the function gives its value again when all random numbers are others."""
    torch.set_rng_state(generator(_OTHER_SEED, "a second call").get_state())
    np.random.seed(_OTHER_SEED)  # noqa: NPY002 - the student's code may use it
    random.seed(_OTHER_SEED)
    try:
        with standard_settings():  # the first call may have changed them
            other = function(*case.build().values())
        same_kind = (value.shape, value.dtype) == (other.shape, other.dtype)
        one, two = value.detach().double(), other.detach().double()
        return same_kind and bool((one - two).abs().max() <= _ROUNDING * one.abs().max())
    except (Exception, SystemExit):  # a student's code may raise anything; here, on some numbers only
        return False


@contextmanager
def _restored_state() -> Iterator[None]:
    """Restore afterwards the settings and random states that ``_restorers`` lists."""
    restorers = _restorers()
    try:
        yield
    finally:
        for restore in restorers:
            restore()


def _restorers() -> list[Callable[[], Any]]:
    """Functions that restore the present random states of the CPU and torch's common settings.

    Left out are the random states of a GPU and settings that only choose kernels, such as cuDNN's.
    """
    return [
        partial(torch.set_rng_state, torch.get_rng_state()),
        partial(np.random.set_state, np.random.get_state()),  # noqa: NPY002 - the student's code may use it
        partial(random.setstate, random.getstate()),
        partial(torch.set_default_dtype, torch.get_default_dtype()),
        partial(_set_default_device, torch.get_default_device()),
        partial(torch.set_num_threads, torch.get_num_threads()),
        partial(
            _set_deterministic,
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        partial(
            torch.autograd.set_detect_anomaly,
            torch.is_anomaly_enabled(),
            torch.is_anomaly_check_nan_enabled(),
        ),
    ]


def _set_default_device(device: torch.device) -> None:
    # Setting a default device, even the present one, makes every later call of torch slower.
    if torch.get_default_device() != device:
        torch.set_default_device(device)


def _set_deterministic(mode: bool, warn_only: bool) -> None:
    # Setting the mode, even the present one, loads torch's compiler, which takes seconds.
    current = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    if current != (mode, warn_only):
        torch.use_deterministic_algorithms(mode, warn_only=warn_only)


def _error_answer(
    error: Exception | SystemExit, function: Callable[..., Any], arguments: dict[str, Any]
) -> Answer:
    calls = list(traceback.walk_tb(error.__traceback__))
    # All cells of a notebook share one dictionary of globals, which identifies the student's frames.
    notebook_globals = getattr(inspect.unwrap(function), "__globals__", None)
    student_calls = [call for call in calls if call[0].f_globals is notebook_globals]
    if isinstance(error, NotImplementedError) and student_calls and student_calls[-1] is calls[-1]:
        stub = calls[-1][0].f_code
        if stub is getattr(inspect.unwrap(function), "__code__", stub):
            return Answer(error="it is not written yet", written=False)
        return Answer(error=f"it calls {stub.co_name}, which is not written yet")
    description = _describe_error(error)
    if not student_calls:
        return Answer(error=f"{description}; it is called with ({', '.join(arguments)}), in this order")
    frame, number = student_calls[-1]
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    return Answer(error=f"{description}, at line {number}: {line}")


def _describe_error(error: Exception | SystemExit) -> str:
    if isinstance(error, SystemExit):
        return "it called exit(), which would end the notebook: return the result instead"
    text = str(error).strip().splitlines()
    return f"it raised {type(error).__name__}" + (f": {text[0][:300]}" if text else "")
