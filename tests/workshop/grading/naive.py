"""A grader as many are: it runs a notebook's cells and the comparison in one process, and believes it.

What the guards keep out is shown to work here: in a child of the test's process, so that it spoils nothing.
"""

import faulthandler
import json
import os
import resource
import select
import signal
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any

import torch
from IPython.core.interactiveshell import InteractiveShell

from coursekit.exercises import lookup

__all__ = ["naive"]

_SECONDS, _PATIENCE = 6, 600
"""Of processor time, which a busy machine makes no longer, and of the clock."""


def naive(source: str, name: str) -> float | None:
    """The share of the cases on which the answer counts as right; None when the process did not say."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        _become_grader(source, name, writer)
    os.close(writer)
    said = os.read(reader, 100) if select.select([reader], [], [], _PATIENCE)[0] else b""
    os.close(reader)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return float(said) if said else None


def _become_grader(source: str, name: str, writer: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    faulthandler.disable()  # it would tell of every crash at length
    os.closerange(3, writer)
    os.closerange(writer + 1, 256)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            shell = InteractiveShell()
            shell.user_ns |= {"torch": torch, "share": _share}
            shell.run_cell(source)
            shell.run_cell(f"earned = share({name})")
            os.write(writer, json.dumps(shell.user_ns["earned"]).encode())
    finally:
        os._exit(0)


def _share(function: Any) -> float:
    exercise = _exercise(function.__name__)
    right = 0
    for case in exercise.cases(1):
        wanted = exercise.reference(*case.build().values())
        value = function(*case.build().values())
        right += bool((value == wanted).all()) or torch.allclose(value, wanted)
    return right / len(exercise.cases(1))


@cache
def _exercise(name: str) -> Any:
    return lookup(name)
