import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from coursekit.workshop.grading import grader
from coursekit.workshop.grading.sandbox import SandboxError, sandbox_command

HERE = Path(__file__).parent
WITHOUT_SANDBOX = (
    "allowance",
    "assignment_name",
    "bounds",
    "calls",
    "cgroups",
    "collision",
    "exercise_digest",
    "export_name",
    "flat_naming",
    "folder",
    "foundations",
    "formulas",
    "gradescope_export",
    "guards",
    "hand_in",
    "hand_ins",
    "identifiers",
    "identity",
    "left_out",
    "likeness",
    "lookalike",
    "lookups",
    "manual_grades",
    "nesting",
    "outer_names",
    "notebook",
    "ownership",
    "packages",
    "pages",
    "platform_tables",
    "protocol",
    "recognition",
    "report",
    "report_file",
    "report_text",
    "roster",
    "roster_match",
    "sanitising",
    "secret",
    "selection",
    "sheets",
    "source",
    "submission",
    "swaps",
    "table_reader",
    "table_students",
    "texts",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what needs a sandbox, before pytest chooses by `-m`."""
    for item in items:
        if item.path.is_relative_to(HERE) and not item.path.stem.endswith(WITHOUT_SANDBOX):
            item.add_marker("sandbox")


@pytest.fixture(autouse=True)
def _sandbox(request: pytest.FixtureRequest) -> None:
    """Where no sandbox can be had, the tests that need one are reported as not run, with the reason."""
    if request.node.get_closest_marker("sandbox") and (why := _trouble()):
        pytest.skip(why)


@cache
def _trouble() -> str:
    try:
        line = sandbox_command((), ["/usr/bin/true"])
    except SandboxError as error:
        return str(error)
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip() and f"the sandbox cannot start here: {done.stderr.strip()}"


@pytest.fixture(scope="session", autouse=True)
def _fork_server() -> Iterator[None]:
    """One fork server serves all tests in a row that use the same limits."""
    yield
    grader.close_fork_server()
