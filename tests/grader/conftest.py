import subprocess
from collections.abc import Iterator
from functools import cache

import pytest

from coursekit.grading import grader
from coursekit.grading.sandbox import SandboxError, command

WITHOUT_SANDBOX = ("declaration", "protocol", "reports", "submission")


@pytest.fixture(autouse=True)
def _sandbox(request: pytest.FixtureRequest) -> None:
    """Where no sandbox can be had, the tests that need one are reported as not run, with the reason."""
    if not request.module.__name__.endswith(WITHOUT_SANDBOX) and (why := _trouble()):
        pytest.skip(why)


@cache
def _trouble() -> str:
    try:
        line = command((), ["/usr/bin/true"])
    except SandboxError as error:
        return str(error)
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip() and f"the sandbox cannot start here: {done.stderr.strip()}"


@pytest.fixture(scope="session", autouse=True)
def _nursery() -> Iterator[None]:
    """One warm parent serves all tests that use the same limits."""
    yield
    grader.release()
