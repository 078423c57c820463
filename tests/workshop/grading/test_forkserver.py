"""What becomes of a submission when a process that serves it ends."""

import os
import signal
import time
from pathlib import Path

import pytest

from coursekit.workshop.grading import session
from coursekit.workshop.grading.session import ForkServer, ForkServerError
from tests.workshop.grading.notebooks import LIMITS, graded, notebook, points


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_supervisor_that_dies_is_noticed_at_once(isolated: bool, monkeypatch) -> None:
    """Only it would say how a submission has ended; the grader would wait for that for minutes."""
    with ForkServer((), LIMITS, isolated=isolated) as fork_server:
        began = time.monotonic()
        with pytest.raises(ForkServerError, match="what watches over a submission has ended"):
            with fork_server.session([]):
                server = fork_server._process.pid
                for _ in range(2 * isolated):  # bubblewrap, and the first process of its namespace
                    (server,) = children(server)
                (supervisor,) = children(server)
                os.kill(supervisor, signal.SIGKILL)
        assert time.monotonic() - began < 10
