import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from coursekit.workshop.building.execution import build_environment
from tests.tiers import *  # noqa: F403 - pytest's hooks

# Tests run in two processes: more threads than cores make each of them slower.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

Nbval = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def nbval() -> Nbval:
    """Run notebooks from top to bottom under nbval: `nbval(paths, COURSEKIT_DEVICE="cpu")`."""

    def run(paths: Sequence[Path], **settings: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--nbval-lax",
            "--nbval-current-env",
            "-p",
            "no:cacheprovider",
        ]
        threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2")}
        return subprocess.run(
            [*command, *map(str, paths)],
            env=build_environment() | threads | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
