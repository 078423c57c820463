"""The grader's side of a submission's process: starts it, sends it requests, and waits until it has ended."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from coursekit.exercises.exercise import Case
from coursekit.workshop.grading.cgroups import make_control_group
from coursekit.workshop.grading.forkserver import ForkServerSettings, WorkerExit
from coursekit.workshop.grading.limits import GRACE, Limits
from coursekit.workshop.grading.notebook import Cell
from coursekit.workshop.grading.protocol import (
    Channel,
    ChannelClosedError,
    ChannelTimeoutError,
    Message,
    ProtocolError,
    pack_case,
)
from coursekit.workshop.grading.sandbox import PYTHON, SandboxError, sandbox_command

__all__ = ["ForkServer", "ForkServerError", "Session", "WorkerLostError"]

_START_TIMEOUT = 120.0
"""Seconds that a fork server may take to load torch from a cold disk."""
_KERNEL_MEMORY = 2**28
"""Bytes that the kernel may keep for a submission besides what its processes have."""


class ForkServerError(RuntimeError):
    """A fork server failed after its start: one submission is not graded, the next needs a new one."""


class WorkerLostError(Exception):
    """The submission's process ended, or had to be killed; the message tells its student why.

    Attributes:
        reason: the message without details that the process itself could choose, such as its exit code.
    """

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason + details)
        self.reason = reason


class ForkServer:
    """A fork server in its sandbox: each session is a new process that it forks.

    Args:
        hidden: names of modules that the sandbox does not show.
        limits: on each submission.
        isolated: False to run it without a sandbox.

    Attributes:
        settings: what it was started with.
        cpu_seconds: processor time that its submissions have taken.

    Raises:
        SandboxError: it could not be started. What fails later is a ``ForkServerError``.
    """

    def __init__(self, hidden: Sequence[str], limits: Limits, *, isolated: bool = True) -> None:
        self.settings = ForkServerSettings(tuple(hidden), limits, isolated)
        self.cpu_seconds = 0.0
        program = self._program()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._group = make_control_group() if isolated else None
        self._control, remote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with remote:
            self._process = subprocess.Popen(
                self._group.command(program) if self._group else program,
                stdin=remote.fileno(),
                stdout=self._log,
                stderr=self._log,
                env=self._environment(),
            )
        try:
            self._receive()
            if self._group:
                self._group.limit(limits.memory + limits.disk + _KERNEL_MEMORY)
        except (ForkServerError, OSError) as error:
            self.close()
            raise SandboxError(f"the sandbox does not work: {error}") from None

    def _program(self) -> list[str]:
        words = ["-s", "-P", "-m", "coursekit.workshop.grading.forkserver", self.settings.to_json()]
        if not self.settings.isolated:
            return [sys.executable, *words]
        return sandbox_command(self.settings.hidden, [PYTHON, *words])

    def _environment(self) -> dict[str, str]:
        own = {
            "COURSEKIT_BUILD": "1",
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "COURSEKIT_DEVICE": "cpu",
        }
        return dict(os.environ) | own

    def session(self, checks: Mapping[str, Sequence[int]]) -> "Session":
        """Fork a new process for a submission.

        Args:
            checks: numbers of the cells that check each function that the submission is to define.

        Returns:
            The session with that process, to be used as a context manager.

        Raises:
            ForkServerError: the fork server is gone.
        """
        local, remote = socket.socketpair()
        with remote:
            try:
                socket.send_fds(self._control, [b"f"], [remote.fileno()])
            except OSError:
                local.close()
                raise self._failure() from None
        return Session(self, Channel(local), checks)

    def wait_for_exit(self) -> WorkerExit:
        """Wait until nothing of the last session's process is left.

        Returns:
            How the process ended.

        Raises:
            ForkServerError: the process could not be started in its sandbox, or the fork server is gone.
        """
        end = WorkerExit.from_json(self._receive())
        if end.error is not None:
            raise ForkServerError(f"it could not be started in its sandbox: {end.error}")
        self.cpu_seconds += end.cpu_seconds
        return end

    def _receive(self) -> bytes:
        self._control.settimeout(_START_TIMEOUT)
        try:
            report = self._control.recv(4096)
        except OSError:
            report = b""
        if not report:
            raise self._failure()
        return report

    def _failure(self) -> ForkServerError:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        self.close()
        return ForkServerError(lines[-1] if lines else "the fork server ended without a message")

    def close(self) -> None:
        """End the fork server and all processes that it forked."""
        self._control.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        if self._group:
            self._group.remove()

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Session:
    """The connection to one submission's process. As a context manager, it ends the process.

    Args:
        fork_server: what has forked the process.
        channel: the connection to it.
        checks: numbers of the cells that check each function that the submission is to define.
    """

    def __init__(
        self, fork_server: ForkServer, channel: Channel, checks: Mapping[str, Sequence[int]]
    ) -> None:
        self._fork_server = fork_server
        self._channel = channel
        self._limits = fork_server.settings.limits
        self._closed = False
        self._checks = {name: list(numbers) for name, numbers in checks.items()}

    def __enter__(self) -> "Session":
        try:
            self._channel.send(Message({"checks": self._checks}), seconds=_START_TIMEOUT)
            self._channel.receive(seconds=_START_TIMEOUT)
        except ProtocolError:
            self.close()
            raise ForkServerError("it could not be started in its sandbox: its process ended first") from None
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> WorkerExit:
        """Close the connection, and wait until nothing of the process is left.

        Returns:
            How the process ended; an empty record if the session was closed before.
        """
        if self._closed:
            return WorkerExit()
        self._closed = True
        self._channel.close()
        return self._fork_server.wait_for_exit()

    def run(self, number: int, cell: Cell) -> str | None:
        """Run a cell.

        Args:
            number: the cell's place among the notebook's code cells, from 1.
            cell: what to run.

        Returns:
            The error that stopped the cell, as its process tells it; None when it ran to its end.

        Raises:
            WorkerLostError: the cell ended the process.
        """
        request = {"action": "run", "number": number, "source": cell.source, "exercise": cell.exercise}
        error = self._request(Message(request)).body.get("error")
        return None if error is None else str(error)

    def call(self, name: str, case: Case, version: int = 0) -> Message:
        """Call a function of the submission.

        Args:
            name: of the function.
            case: what to call it on.
            version: which of the answers under that name, from 0.

        Returns:
            The reply as it came: nothing in it can be trusted.

        Raises:
            WorkerLostError: the call ended the process.
        """
        packed = pack_case(case)
        wanted = {"action": "call", "name": name, "version": version}
        return self._request(Message(wanted | packed.body, packed.tensors))

    def _request(self, request: Message) -> Message:
        try:
            self._channel.send(request, seconds=GRACE)
            return self._channel.receive(seconds=self._limits.seconds + GRACE)
        except ChannelTimeoutError:
            self.close()
            raise WorkerLostError(f"it did not come to an end within {self._limits.seconds:g} s") from None
        except ChannelClosedError:
            raise self._explain(self.close()) from None
        except ProtocolError:
            self.close()
            raise WorkerLostError("it is no answer, or far too large") from None

    def _explain(self, end: WorkerExit) -> WorkerLostError:
        if end.out_of_memory:
            return WorkerLostError(f"it took more than {self._limits.memory / 2**30:.2g} GB of memory")
        status = end.status or 0
        how = f"signal {-status}" if status < 0 else f"exit code {status}"
        return WorkerLostError("it ended the whole process", f" ({how})")
