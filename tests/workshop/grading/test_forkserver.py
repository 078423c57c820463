"""What becomes of a submission when a process that serves it ends."""

import os
import signal
import time
from pathlib import Path

import pytest

from coursekit.workshop.grading.session import ForkServer, ForkServerError
from tests.workshop.grading.notebooks import LIMITS


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_supervisor_that_dies_is_noticed_at_once(isolated: bool) -> None:
    """Only it would say how a submission has ended; the grader would wait for that for minutes."""
    with ForkServer((), LIMITS, isolated=isolated) as fork_server:
        session = fork_server.session({}).__enter__()
        (supervisor,) = children(server(fork_server, isolated))
        os.kill(supervisor, signal.SIGKILL)
        began = time.monotonic()
        with pytest.raises(ForkServerError, match="what watches over a submission has ended"):
            session.close()
        assert time.monotonic() - began < 10


def server(fork_server: ForkServer, isolated: bool) -> int:
    pid = fork_server._process.pid
    for _ in range(2 * isolated):  # bubblewrap, and the first process of its namespace
        (pid,) = children(pid)
    return pid
