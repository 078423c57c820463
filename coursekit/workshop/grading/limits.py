"""The resources that a submission may use."""

import resource
from dataclasses import dataclass

__all__ = ["GRACE", "Limits", "apply_limits"]

GRACE = 3.0
"""Seconds that a worker gets to answer after a time limit, before it is killed."""


@dataclass(frozen=True)
class Limits:
    """Limits on one submission.

    Attributes:
        seconds: time for one cell, or one call of a function.
        total: seconds for the whole submission, all of its processes one after the other.
        memory: bytes of memory for all processes of the submission together.
        processes: number of processes and threads at a time.
        files: number of open files of a process.
        disk: bytes in the temporary folder, and in any one file.
    """

    seconds: float = 30.0
    total: float = 300.0
    memory: int = 2 * 2**30
    processes: int = 64
    files: int = 128
    disk: int = 64 * 2**20


def apply_limits(limits: Limits) -> None:
    """Set limits on this process and on those that it starts. They cannot be raised again."""
    pages = resource.getpagesize()
    with open("/proc/self/statm") as file:
        virtual, resident = (int(number) * pages for number in file.read().split()[:2])
    # Torch maps far more memory than it uses, so what is mapped now does not count.
    _set(resource.RLIMIT_AS, virtual + max(limits.memory - resident, 2**28))
    _set(resource.RLIMIT_NPROC, limits.processes)
    _set(resource.RLIMIT_NOFILE, limits.files)
    _set(resource.RLIMIT_FSIZE, limits.disk)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_SIGPENDING, 256)


def _set(resource_kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(resource_kind)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource_kind, (limit, limit))
