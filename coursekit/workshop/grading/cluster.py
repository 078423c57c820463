"""Grades on a Dask cluster. Its workers are sent the secret, so they must be the grader's own machines."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from coursekit.workshop.grading.batch import GradingSettings, Progress, Task, record, take
from coursekit.workshop.grading.grader import grade
from coursekit.workshop.grading.sandbox import SandboxError
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import Submission

__all__ = ["run_on_cluster"]

_DASK_REQUIREMENT = "distributed>=2025.1"
"""As in the extra `grade` of pyproject.toml."""

_CONNECT_TIMEOUT = 20
"""Seconds to wait for the scheduler, and for its first worker."""

_JOBS_PER_THREAD = 4
"""Submissions that are sent ahead, per thread of the cluster; few, so that memory does not grow with all."""


def run_on_cluster(
    tasks: Sequence[Task], settings: GradingSettings, store: Store, *, address: str, progress: Progress
) -> dict[Submission, Exception]:
    """Grade submissions on a cluster, as ``batch.run`` does on this machine.

    Args:
        tasks: what to grade.
        settings: how to grade.
        store: where results are recorded.
        address: of the cluster's scheduler, such as ``tcp://host:8786``.
        progress: called after each submission, when its result is in the store.

    Returns:
        Submissions that could not be graded because the grader failed.

    Raises:
        SandboxError: the sandbox does not work on a worker.
        ValueError: Dask is not installed.
        OSError: no scheduler answers at that address, or it has no workers.
    """
    failed: dict[Submission, Exception] = {}
    waiting = iter(tasks)

    def done(task: Task, error: Exception | None) -> None:
        if error is not None:
            failed[task.submission] = error
        progress(task.submission.student)

    with _client(address) as client:
        from distributed import as_completed

        ahead = _JOBS_PER_THREAD * sum(client.nthreads().values())
        running: dict[Any, Task] = dict(_submit(client, waiting, settings, ahead, done))
        completed = as_completed(list(running))
        for future in completed:
            task = running.pop(future)
            error = future.exception()
            if isinstance(error, SandboxError):
                raise error
            if error is None:
                record(store, task, future.result())
            done(task, error)
            for new_future, new_task in _submit(client, waiting, settings, 1, done):
                running[new_future] = new_task
                completed.add(new_future)
    return failed


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A connection to a cluster that has workers."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError(f"--scheduler needs Dask: pip install '{_DASK_REQUIREMENT}'") from None
    try:
        client = Client(address, timeout=_CONNECT_TIMEOUT)
    except (OSError, ValueError):
        raise OSError(
            f"no Dask scheduler answers at {address!r}: start one with `dask scheduler`, which says where"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_TIMEOUT)
        except TimeoutError:
            raise OSError(
                f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
            ) from None
        yield client


def _submit(
    client: Any,
    waiting: Iterator[Task],
    settings: GradingSettings,
    count: int,
    failed: Callable[[Task, Exception], None],
) -> Iterator[tuple[Any, Task]]:
    """Send the next tasks, as many as there are up to ``count``, without those whose file cannot be read."""
    sent = 0
    while sent < count and (task := next(waiting, None)):
        try:
            task, job = take(task, settings)
        except OSError as error:
            failed(task, error)
        else:
            sent += 1
            # As a pure function, Dask would do the same job of two students only once, and return one future.
            yield client.submit(grade, job, pure=False), task
