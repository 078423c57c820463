"""How much memory a piece of work takes at its peak, as the operating system counts it."""

import ctypes
import gc
import os
import re
from collections.abc import Callable
from pathlib import Path

__all__ = ["peak_megabytes"]


def peak_megabytes(work: Callable[[], object]) -> float:
    """Return by how much the process grows while ``work`` runs, in MB; NaN where the system does not tell."""
    try:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # give back what earlier work freed, lest this work hides in it
        before = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        work()
        return (_status("VmHWM") - before) / 1000
    except (OSError, AttributeError):
        work()
        return float("nan")


def _status(field: str) -> float:
    """Return a field of the process's status, in kB."""
    (value,) = re.findall(rf"{field}:\s+(\d+) kB", Path(f"/proc/{os.getpid()}/status").read_text())
    return float(value) * 1.024
