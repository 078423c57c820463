"""The grader's side of a submission's process: starts it, asks it, and sees that nothing of it is left."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from coursekit.exercises.exercise import Case
from coursekit.workshop.grading.forkserver import Settings
from coursekit.workshop.grading.limits import GRACE, Limits
from coursekit.workshop.grading.protocol import Broken, Channel, Closed, Late, Message, pack_case
from coursekit.workshop.grading.sandbox import SandboxError, command
from coursekit.workshop.grading.submission import Cell

__all__ = ["Lost", "Nursery", "Session"]

_START = 120.0
"""Seconds that a nursery may take to load torch from a cold disk."""


class Lost(Exception):  # noqa: N818 - what happened, not what is wrong with us
    """The submission's process is gone, or not to be believed any more; the message tells its student why.

    Attributes:
        why: the message, but for what the process itself could choose to say by its end.
    """

    def __init__(self, why: str, end: str = "") -> None:
        super().__init__(why + end)
        self.why = why


class Nursery:
    """A warm parent in its sandbox: each session is a fresh process that it forks.

    Args:
        hidden: modules that it does not show.
        limits: for each submission.
        isolated: False for no sandbox at all.

    Attributes:
        cpu: seconds of processor time that its submissions have taken.
    """

    def __init__(self, hidden: Sequence[str], limits: Limits, *, isolated: bool = True) -> None:
        self.limits = limits
        self.cpu = 0.0
        self.settings = Settings(tuple(hidden), limits, isolated)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the nursery
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                self._command(),
                stdin=theirs.fileno(),
                stdout=self._log,
                stderr=self._log,
                env=self._environment(),
            )
        self._heard(_START)

    def _command(self) -> list[str]:
        program = [
            sys.executable,
            "-s",
            "-P",
            "-m",
            "coursekit.workshop.grading.forkserver",
            json.dumps(asdict(self.settings)),
        ]
        return command(self.settings.hidden, program) if self.settings.isolated else program

    def _environment(self) -> dict[str, str]:
        kept = {
            "COURSEKIT_BUILD": "1",
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "COURSEKIT_DEVICE": "cpu",
        }
        return dict(os.environ) | kept

    def session(self, exercises: Sequence[str]) -> "Session":
        """Fork a fresh process for a submission.

        Raises:
            SandboxError: the nursery is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise self._failed() from None
        return Session(self, Channel(ours), exercises)

    def end(self) -> dict[str, Any]:
        """Wait for the word that nothing of the last session is left, and how it ended."""
        word = self._heard(_START)
        if "failed" in word:
            raise SandboxError(f"a submission could not be shut in: {word['failed']}")
        self.cpu += word["cpu"]
        return word

    def _heard(self, seconds: float) -> dict[str, Any]:
        self._control.settimeout(seconds)
        try:
            word = self._control.recv(4096)
        except OSError:
            word = b""
        if not word:
            raise self._failed()
        return json.loads(word)

    def _failed(self) -> SandboxError:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        self.close()
        return SandboxError(f"the sandbox does not work: {lines[-1] if lines else 'it ended without a word'}")

    def close(self) -> None:
        """End the nursery and all that it forked."""
        self._control.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Session:
    """One submission's process. As a context manager: at its end, nothing of the process is left."""

    def __init__(self, nursery: Nursery, channel: Channel, exercises: Sequence[str]) -> None:
        self._nursery = nursery
        self._channel = channel
        self._seconds = nursery.limits.seconds
        self._closed = False
        self._exercises = list(exercises)

    def __enter__(self) -> "Session":
        self._channel.send(Message({"exercises": self._exercises}), seconds=GRACE)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> dict[str, Any]:
        """Hang up, and wait until nothing of the process is left."""
        if self._closed:
            return {}
        self._closed = True
        self._channel.close()
        return self._nursery.end()

    def run(self, number: int, cell: Cell) -> str | None:
        """Run a cell, the notebook's code cell ``number``; return what went wrong, in the student's words.

        Raises:
            Lost: the cell ended the process.
        """
        asked = {"do": "run", "number": number, "source": cell.source, "own": cell.own}
        error = self._ask(Message(asked)).body.get("error")
        return None if error is None else str(error)

    def call(self, name: str, case: Case) -> Message:
        """Call a function on a case, and return the reply as it came.

        Raises:
            Lost: the call ended the process.
        """
        packed = pack_case(case)
        return self._ask(Message({"do": "call", "name": name} | packed.body, packed.tensors))

    def _ask(self, request: Message) -> Message:
        try:
            self._channel.send(request, seconds=GRACE)
            return self._channel.receive(seconds=self._seconds + GRACE)
        except Late:
            self.close()
            raise Lost(f"it did not come to an end within {self._seconds:g} s") from None
        except Closed:
            raise self._lost(self.close()) from None
        except Broken:
            self.close()
            raise Lost("it is no answer, or far too large") from None

    def _lost(self, end: dict[str, Any]) -> Lost:
        if "memory" in end:
            return Lost(f"it took more than {self._nursery.limits.memory / 2**30:.2g} GB of memory")
        status = end.get("status", 0)
        how = f"signal {-status}" if status < 0 else f"exit code {status}"
        return Lost("it ended the whole process", f" ({how})")
