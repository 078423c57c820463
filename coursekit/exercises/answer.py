"""The student's side: calls the function on a case, notes what came of it, and knows no right answer."""

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

from coursekit.exercises.exercise import Case
from coursekit.exercises.traces import observe, traces

__all__ = ["Answer", "answer"]


@dataclass(frozen=True)
class Answer:
    """What a function made of one case.

    Attributes:
        value: what it returned, whatever that is.
        error: what it raised, in words; None when it returned.
        written: False for the stub, which raises NotImplementedError.
        traces: what it left behind, as names of ``coursekit.exercises.traces.TRACES``.
    """

    value: Any = None
    error: str | None = None
    written: bool = True
    traces: tuple[str, ...] = ()


def answer(function: Callable[..., Any], case: Case) -> Answer:
    """Call ``function`` on a fresh copy of the case.

    What it raises becomes the answer's error, ``exit()`` too; only an interrupt from the keyboard gets out.
    The settings and random states of the CPU that a function is likely to change come back as they were.
    """
    arguments = case.build()
    with _globals_kept():
        before = observe(arguments)
        try:
            value = function(*arguments.values())
        except (Exception, SystemExit) as error:  # whatever a student's code may raise
            return _raised(error, function, arguments)
        return Answer(value, traces=traces(before, observe(arguments)))


@contextmanager
def _globals_kept() -> Iterator[None]:
    """Turn gradients on, and put back the settings and random states that ``_ways_back`` lists."""
    ways_back = _ways_back()
    try:
        with torch.enable_grad():
            yield
    finally:
        for way_back in ways_back:
            way_back()


def _ways_back() -> list[Callable[[], Any]]:
    """Calls that bring back the present state: random numbers on the CPU, and torch's common settings.

    Not among them: random states of a GPU, and what only acts on kernels, such as cuDNN's settings.
    """
    return [
        partial(torch.set_rng_state, torch.get_rng_state()),
        partial(np.random.set_state, np.random.get_state()),  # noqa: NPY002 - theirs, not ours
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
    # Setting it, even to what it is, makes every later call of torch slower.
    if torch.get_default_device() != device:
        torch.set_default_device(device)


def _set_deterministic(mode: bool, warn_only: bool) -> None:
    # Setting it, even to what it is, loads torch's compiler: seconds.
    now = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    if now != (mode, warn_only):
        torch.use_deterministic_algorithms(mode, warn_only=warn_only)


def _raised(error: Exception | SystemExit, function: Callable[..., Any], arguments: dict[str, Any]) -> Answer:
    calls = list(traceback.walk_tb(error.__traceback__))
    # All cells of a notebook share their globals, so these tell the student's code, whichever cell it is in.
    ours = getattr(inspect.unwrap(function), "__globals__", None)
    theirs = [call for call in calls if call[0].f_globals is ours]
    if isinstance(error, NotImplementedError) and theirs and theirs[-1] is calls[-1]:
        return Answer(error="it is not written yet", written=False)
    said = _said(error)
    if not theirs:
        return Answer(error=f"{said}; it is called with ({', '.join(arguments)}), in this order")
    frame, number = theirs[-1]
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    return Answer(error=f"{said}, at line {number}: {line}")


def _said(error: Exception | SystemExit) -> str:
    if isinstance(error, SystemExit):
        return "it called exit(), which would end the notebook: return the result instead"
    text = str(error).strip().splitlines()
    return f"it raised {type(error).__name__}" + (f": {text[0][:300]}" if text else "")
