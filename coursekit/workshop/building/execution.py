"""Runs a notebook from top to bottom in a kernel of the running interpreter, and measures what that took."""

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

from coursekit.workshop.building.chapter import BuildError, Chapter

CELL_SECONDS = 120
# Variables of the environment that must not influence a build, and those that it needs.
_UNSET = ("COURSEKIT_MODEL", "COURSEKIT_IMAGES", "COURSEKIT_THEME", "MPLBACKEND")
_SET = {
    "COURSEKIT_BUILD": "1",
    "COURSEKIT_DEVICE": "cpu",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


@dataclass(frozen=True)
class Cost:
    """What running a notebook took.

    Attributes:
        seconds: on the clock.
        memory: the kernel's peak memory in bytes; None where the system does not tell it.
    """

    seconds: float
    memory: int | None


class _ThisInterpreter(KernelSpecManager):
    """Finds the kernel of the running interpreter, whatever the user has installed under its name."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def execute(notebook: NotebookNode, chapter: Chapter) -> Cost:
    """Run all code cells in the notebook's folder.

    Args:
        notebook: its cells get their outputs in place.
        chapter: which notebook it is.

    Returns:
        What the run took.

    Raises:
        BuildError: a cell failed, or took longer than `CELL_SECONDS`.
    """
    kernels = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisInterpreter())
    client = NotebookClient(
        notebook,
        km=kernels,
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        iopub_timeout=30,
    )
    start = time.perf_counter()
    where = {"env": build_environment(), "cwd": str(chapter.path.parent)}
    with client.setup_kernel(cleanup_kc=True, **where):
        for index, cell in enumerate(notebook.cells):
            _execute_cell(client, cell, index, chapter)
        memory = _peak_memory(client)
    return Cost(time.perf_counter() - start, memory)


def build_environment() -> dict[str, str]:
    """Return the environment variables of a build: CPU, pictures for sliders, no settings of the user."""
    return {name: value for name, value in os.environ.items() if name not in _UNSET} | _SET


def _execute_cell(client: NotebookClient, cell: NotebookNode, index: int, chapter: Chapter) -> None:
    try:
        client.execute_cell(cell, index)
    except (CellControlSignal, DeadKernelError) as error:
        raise BuildError(
            f"{chapter.source_label}: cell {index + 1} failed: {_without_colours(str(error))}"
        ) from None


def _peak_memory(client: NotebookClient) -> int | None:
    """The kernel's peak resident memory, read while it lives: getrusage() would count its parent's too."""
    provisioner: Any = client.km and client.km.provisioner
    status = Path(f"/proc/{provisioner.pid}/status")
    if not status.is_file():
        return None
    peak = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    return int(peak[1]) * 1024 if peak else None


def _without_colours(text: str) -> str:
    """The text without the codes for a terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
