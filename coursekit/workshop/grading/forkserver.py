"""A warm parent: imports torch once, then forks a process for each submission.

It runs inside bubblewrap, as ``python -m coursekit.workshop.grading.forkserver``, and its input is a socket
to the grader. From there it gets one end of a wire for each submission, and passes it to a child unread: it
sees no seed, no answer and no submission, so what a child finds in the memory that it inherited is the same
for all.
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
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from coursekit.workshop.grading.limits import Limits, apply
from coursekit.workshop.grading.namespaces import close_others, confine, hide_memory, leave_root, separate

__all__ = ["Settings", "main"]

WARM = (
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
_LOOK = 100
"""Milliseconds between looks at how much memory a submission takes."""


@dataclass(frozen=True)
class Settings:
    """What the grader tells the nursery, once.

    Attributes:
        hidden: modules that this sandbox does not show.
        limits: for each submission.
        isolated: whether bubblewrap is around, and each submission gets namespaces of its own.
    """

    hidden: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    isolated: bool = True


def main(text: str) -> None:
    """Load what submissions need, then fork one process after another until the grader hangs up."""
    told = json.loads(text)
    settings = Settings(tuple(told["hidden"]), Limits(**told["limits"]), told["isolated"])
    control = socket.socket(fileno=os.dup(0))
    if settings.isolated:
        leave_root()
        hide_memory()
    _warm_up(settings.hidden)
    control.send(b'{"ready": true}')
    while True:
        word, wires, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            return
        if (child := os.fork()) == 0:
            _attend(settings, control, wires[0])
        os.close(wires[0])
        os.waitpid(child, 0)


def _warm_up(hidden: tuple[str, ...]) -> None:
    from coursekit.workshop.grading.cells import Hidden

    sys.meta_path.insert(0, Hidden(hidden))
    for name in WARM:
        with suppress(ModuleNotFoundError):  # what is hidden, or needs it
            import_module(name)
    _leave_checks_out()
    _use_torch()
    gc.freeze()  # else each child's first collection writes to, and so copies, all that it shares with us


def _use_torch() -> None:
    """Let torch look at the processor and prepare its kernels, while there is a ``/proc`` and only once."""
    import torch

    from coursekit.exercises.nets import Net

    torch.set_num_threads(1)
    x = torch.zeros(1, 3, 8, 8).half().float().requires_grad_()
    torch.autograd.grad(Net("classifier", 0).build()(x).sum(), x)


def _leave_checks_out() -> None:
    """A check would ask for the declarations, and its verdict counts for nothing here."""
    module = import_module("coursekit.exercises.check")
    module.check = lambda function, name=None: None  # type: ignore[attr-defined]


def _attend(settings: Settings, control: socket.socket, wire: int) -> None:
    """Fork the submission's process, watch it to its end, and tell the grader how it ended. Never returns."""
    end: dict[str, Any]
    try:
        if settings.isolated:
            separate()
        processes = os.open("/proc", os.O_RDONLY)  # before the child covers it
        if (child := os.fork()) == 0:
            _become_worker(settings, wire)
        end = _watch(child, wire, processes, settings)
    except OSError as error:
        end = {"failed": str(error)}
    control.send(json.dumps(end).encode())
    os._exit(0)


def _become_worker(settings: Settings, wire: int) -> None:
    try:
        if settings.isolated:
            confine(settings.limits, wire)
        else:
            os.setsid()
            close_others(wire)
            apply(settings.limits)
        from coursekit.workshop.grading.protocol import Channel
        from coursekit.workshop.grading.worker import serve

        serve(Channel(socket.socket(fileno=wire)), settings.limits.seconds)
    finally:
        os._exit(1)


def _watch(child: int, wire: int, processes: int, settings: Settings) -> dict[str, Any]:
    """Wait until the child ends, the grader hangs up or the memory is used up; see that nothing is left."""
    looks = select.poll()
    looks.register(wire, select.POLLRDHUP)
    looks.register(os.pidfd_open(child), select.POLLIN)
    end: dict[str, Any] = {}
    while not looks.poll(_LOOK):
        if _resident(processes, child, settings) > settings.limits.memory:
            end = {"memory": True}
            break
    # The first process of a namespace takes all others with it; without one, its group at least.
    with suppress(ProcessLookupError):
        (os.kill if settings.isolated else os.killpg)(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    end = end or {"status": os.waitstatus_to_exitcode(status)}
    return end | {"cpu": used.ru_utime + used.ru_stime}


def _resident(processes: int, child: int, settings: Settings) -> int:
    """Bytes of memory, swapped out or not, of the submission's processes: all here but the nursery's own."""
    own = {1, os.getpid(), os.getppid()}
    found = (int(name) for name in os.listdir(processes) if name.isdigit()) if settings.isolated else [child]
    return sum(_memory(processes, pid) for pid in found if pid not in own)


def _memory(processes: int, pid: int) -> int:
    try:
        file = os.open(f"{pid}/status", os.O_RDONLY, dir_fd=processes)
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
