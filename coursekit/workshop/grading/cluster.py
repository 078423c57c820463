"""Hands the work to a Dask cluster. Its workers are the grader's own machines: they get the secret."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from coursekit.workshop.grading.batch import Order, Progress, Task, job_for, keep
from coursekit.workshop.grading.grader import grade
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import Submission

__all__ = ["run_on_cluster"]

_DASK = "distributed>=2025.1"
"""What brings it, as pyproject.toml has it."""

_PATIENCE = 20
"""Seconds to wait for the scheduler, and for its first worker."""

_AHEAD = 4
"""Submissions on their way at a time, per thread of the cluster: 100,000 need no more memory than 100."""


def run_on_cluster(
    todo: Sequence[Task], order: Order, store: Store, *, address: str, progress: Progress
) -> dict[Submission, Exception]:
    """Do what ``batch.run`` does on the cluster whose scheduler is at ``address``.

    Raises:
        SandboxError: the sandbox does not work on a worker.
        ValueError: Dask is not installed.
        OSError: no scheduler answers at that address, or it has no workers.
    """
    failed: dict[Submission, Exception] = {}
    waiting = iter(todo)
    with _client(address) as client:
        from distributed import as_completed

        ahead = _AHEAD * sum(client.nthreads().values())
        tasks: dict[Any, Task] = dict(_sent(client, islice(waiting, ahead), order))
        done = as_completed(list(tasks))
        for future in done:
            task = tasks.pop(future)
            error = future.exception()
            if isinstance(error, SandboxError):
                raise error
            if error is not None:
                failed[task.submission] = error
            else:
                keep(store, task, future.result())
            progress(task.submission.student)
            for new, its_task in _sent(client, islice(waiting, 1), order):
                tasks[new] = its_task
                done.add(new)
    return failed


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A connection to a cluster that can work."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError(f"--scheduler needs Dask: pip install '{_DASK}'") from None
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError):
        raise OSError(
            f"no Dask scheduler answers at {address!r}: start one with `dask scheduler`, which says where"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise OSError(
                f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
            ) from None
        yield client


def _sent(client: Any, tasks: Iterator[Task], order: Order) -> Iterator[tuple[Any, Task]]:
    for task in tasks:
        # Pure it is, but the same bytes from two students are two jobs.
        yield client.submit(grade, job_for(task, order), pure=False), task
