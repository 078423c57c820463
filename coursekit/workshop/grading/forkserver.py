"""A fork server: imports torch once, then forks a process for each submission.

It runs inside bubblewrap, as ``python -m coursekit.workshop.grading.forkserver``, and its standard input is a
socket to the grader. For each submission the grader sends one end of a second socket, which the fork server
passes to the forked worker without reading from it. So the fork server sees no seed, no answer and no
submission, and the memory that a worker inherits is the same for every submission.
"""

import gc
import json
import os
import re
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module

from coursekit.workshop.grading.limits import Limits, apply_limits
from coursekit.workshop.grading.namespaces import (
    close_other_files,
    confine,
    drop_root,
    enter_namespaces,
    hide_memory,
)

__all__ = ["ForkServerSettings", "WorkerExit", "main"]

PRELOADED = (
    "torch",
    "matplotlib.pyplot",
    "safetensors.torch",
    "coursekit.workshop.grading.worker",
    "coursekit.attribution",
    "coursekit.models.checkpoints",
    "coursekit.datasets.scenes",
    "coursekit.subject",
    "coursekit.plots",
    "coursekit.widgets",
)
"""Modules that every submission is likely to import."""

_MEMORY_CHECK_INTERVAL = 100
"""Milliseconds between checks of how much memory a submission takes."""


@dataclass(frozen=True)
class ForkServerSettings:
    """What the grader tells the fork server at its start.

    Attributes:
        hidden: names of modules that this sandbox does not show.
        limits: on each submission.
        isolated: whether the fork server runs in bubblewrap, and each submission in namespaces of its own.
    """

    hidden: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    isolated: bool = True

    def to_json(self) -> str:
        """Return the settings as a JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ForkServerSettings":
        """Return the settings that ``to_json`` was called on."""
        values = json.loads(text)
        return cls(tuple(values["hidden"]), Limits(**values["limits"]), values["isolated"])


@dataclass(frozen=True)
class WorkerExit:
    """How a submission's process ended. Only trusted code writes it; the submission cannot.

    Attributes:
        status: its exit code or, negative, the signal that ended it; None where it was not started.
        out_of_memory: whether it was killed because it took more memory than its limit.
        cpu_seconds: processor time that it took.
        error: why it could not be started in its sandbox; None where it could.
    """

    status: int | None = None
    out_of_memory: bool = False
    cpu_seconds: float = 0.0
    error: str | None = None

    def to_json(self) -> bytes:
        """Return it as a JSON object."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "WorkerExit":
        """Return what ``to_json`` was called on."""
        return cls(**json.loads(text))


def main(settings_json: str) -> None:
    """Preload modules, then fork a worker for each request, until the grader closes the connection.

    Args:
        settings_json: the fork server's settings, as ``ForkServerSettings.to_json`` gives them.
    """
    settings = ForkServerSettings.from_json(settings_json)
    control = socket.socket(fileno=os.dup(0))
    if settings.isolated:
        drop_root()
        hide_memory()
    _preload(settings.hidden)
    control.send(b"ready")
    while True:
        request, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not request:
            return
        if (supervisor := os.fork()) == 0:
            _supervise(settings, control, sockets[0])
        os.close(sockets[0])
        _, status = os.waitpid(supervisor, 0)
        if status:
            # Nobody else would tell the grader. All that is left of the submission ends with this sandbox.
            sys.exit(f"what watches over a submission has ended ({status})")


def _preload(hidden: tuple[str, ...]) -> None:
    from coursekit.workshop.grading.hiding import HiddenModuleFinder

    sys.meta_path.insert(0, HiddenModuleFinder(hidden))
    for name in PRELOADED:
        with suppress(ModuleNotFoundError):  # it is hidden, or imports a hidden module
            import_module(name)
    _disable_check()
    _warm_up_torch()
    # Otherwise the first garbage collection of each worker would write to, and so copy, all shared memory.
    gc.freeze()


def _warm_up_torch() -> None:
    """Let torch detect the processor and set up its kernels once, while ``/proc`` is still there."""
    import torch

    from coursekit.exercises.nets import Net

    torch.set_num_threads(1)
    x = torch.zeros(1, 3, 8, 8).half().float().requires_grad_()
    torch.autograd.grad(Net("classifier", 0).build()(x).sum(), x)


def _disable_check() -> None:
    """Make ``check`` do nothing: it would import hidden declarations, and its verdict is not used here."""
    module = import_module("coursekit.exercises.check")
    module.check = lambda function, name=None: None  # type: ignore[attr-defined]


def _supervise(settings: ForkServerSettings, control: socket.socket, worker_socket: int) -> None:
    """Fork the worker, watch it until it ends, and report to the grader how it ended. Never returns."""
    try:
        if settings.isolated:
            enter_namespaces()
        proc = os.open("/proc", os.O_RDONLY)  # before the worker mounts an empty folder over it
        if (worker := os.fork()) == 0:
            _become_worker(settings, worker_socket)
        end = _watch(worker, worker_socket, proc, settings)
    except Exception as error:
        end = WorkerExit(error=f"{type(error).__name__}: {error}")
    try:
        control.send(end.to_json())
        os._exit(0)
    finally:
        os._exit(1)


def _become_worker(settings: ForkServerSettings, worker_socket: int) -> None:
    try:
        if settings.isolated:
            confine(settings.limits, worker_socket)
            # What a cell writes can be imported, where nothing else is found: this folder is its alone.
            sys.path.append(os.getcwd())
        else:
            os.setsid()
            close_other_files(worker_socket)
            apply_limits(settings.limits)
        from coursekit.workshop.grading.protocol import Channel
        from coursekit.workshop.grading.worker import serve

        serve(Channel(socket.socket(fileno=worker_socket)), settings.limits.seconds)
    finally:
        os._exit(1)


def _watch(worker: int, worker_socket: int, proc: int, settings: ForkServerSettings) -> WorkerExit:
    """Wait until the worker ends, the grader hangs up or too much memory is used; then kill what is left."""
    events = select.poll()
    events.register(worker_socket, select.POLLRDHUP)
    events.register(os.pidfd_open(worker), select.POLLIN)
    out_of_memory = False
    while not out_of_memory and not events.poll(_MEMORY_CHECK_INTERVAL):
        out_of_memory = _memory_used(proc, worker, settings) > settings.limits.memory
    # The kernel kills a process namespace together with its first process; without one, kill the group.
    with suppress(ProcessLookupError):
        (os.kill if settings.isolated else os.killpg)(worker, signal.SIGKILL)
    _, status, usage = os.wait4(worker, 0)
    return WorkerExit(os.waitstatus_to_exitcode(status), out_of_memory, usage.ru_utime + usage.ru_stime)


def _memory_used(proc: int, worker: int, settings: ForkServerSettings) -> int:
    """Bytes of memory, swapped out or not, of all processes here but the fork server's own."""
    own = {1, os.getpid(), os.getppid()}
    pids = (int(name) for name in os.listdir(proc) if name.isdigit()) if settings.isolated else [worker]
    return sum(_memory_of(proc, pid) for pid in pids if pid not in own)


def _memory_of(proc: int, pid: int) -> int:
    try:
        file = os.open(f"{pid}/status", os.O_RDONLY, dir_fd=proc)
    except OSError:
        return 0  # it has just ended
    try:
        return 1024 * sum(map(int, re.findall(rb"Vm(?:RSS|Swap):\s+(\d+)", os.read(file, 8192))))
    except OSError:
        return 0
    finally:
        os.close(file)


if __name__ == "__main__":
    main(sys.argv[1])
