"""What a submission may use."""

import resource
from dataclasses import dataclass

__all__ = ["Limits", "apply"]

GRACE = 3.0
"""Seconds between asking a call to stop and ending its process."""


@dataclass(frozen=True)
class Limits:
    """Limits on one submission.

    Attributes:
        seconds: for one cell, or one call of a function.
        total: seconds for the whole submission, in all of its attempts.
        memory: bytes, of all its processes together.
        processes: processes and threads at a time.
        files: open files of a process.
        disk: bytes in its temporary folder, and in any one file.
    """

    seconds: float = 30.0
    total: float = 300.0
    memory: int = 2 * 2**30
    processes: int = 32
    files: int = 128
    disk: int = 64 * 2**20


def apply(limits: Limits) -> None:
    """Hold this process, and what it starts, to the limits that the kernel keeps. There is no way back."""
    pages = resource.getpagesize()
    with open("/proc/self/statm") as file:
        virtual, resident = (int(number) * pages for number in file.read().split()[:2])
    # Torch maps far more than it touches, so what counts is what comes on top of what is there.
    _set(resource.RLIMIT_AS, virtual + max(limits.memory - resident, 2**28))
    _set(resource.RLIMIT_NPROC, limits.processes)
    _set(resource.RLIMIT_NOFILE, limits.files)
    _set(resource.RLIMIT_FSIZE, limits.disk)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)


def _set(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))
