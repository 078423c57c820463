"""Run notebooks on the pretended GPU, from their sources, and say what fails:

    python -m tests.gpu notebooks/01_confounders solutions/08_deep_dream --rounding

Every cell runs, whether or not an earlier one failed. With --real, on the GPU that there is.
"""

import argparse
import re
import sys
import time

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from coursekit.workshop.building.chapter import ROOT, Chapter
from coursekit.workshop.building.execution import _ThisInterpreter, build_environment
from coursekit.workshop.building.skeleton import skeleton
from tests.gpu.watched import pretended, watched


def run(chapter: Chapter, *, real: bool, **rounding: bool) -> list[str]:
    """What failed: the number of a cell, its first line, and its error."""
    book = skeleton(chapter)
    book = watched(book, "cuda") if real else pretended(book, **rounding)
    kernels = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisInterpreter())
    client = NotebookClient(book, km=kernels, timeout=600, allow_errors=True)
    client.execute(env=build_environment() | {"COURSEKIT_DEVICE": "cuda"}, cwd=str(chapter.path.parent))
    return [trouble for i, cell in enumerate(book.cells) for trouble in _troubles(i, cell)]


def _troubles(i: int, cell: NotebookNode) -> list[str]:
    failed = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return [f"cell {i}: {cell.source.splitlines()[0]}\n{_short(output.traceback)}" for output in failed]


def _short(traceback: list[str]) -> str:
    """The lines that ran, and the error, without colours."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback)).splitlines()
    return "\n".join(f"    {line}" for line in [*(line for line in lines if "-> " in line), lines[-1]])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("chapter", nargs="+", help="such as notebooks/01_confounders")
    parser.add_argument("--rounding", action="store_true", help="round products as another device would")
    parser.add_argument("--tf32", action="store_true", help="convolve numbers of 10 bits, as recent GPUs do")
    parser.add_argument("--real", action="store_true", help="on the GPU that there is")
    wanted = parser.parse_args()
    failed = 0
    for name in wanted.chapter:
        kind, _, chapter = name.removesuffix(".ipynb").rpartition("/")
        start = time.monotonic()
        found = Chapter(kind, chapter, ROOT)
        troubles = run(found, real=wanted.real, rounding=wanted.rounding, tf32=wanted.tf32)
        failed += bool(troubles)
        print(
            f"{name}: {len(troubles)} failed, {time.monotonic() - start:.0f} s",
            *troubles,
            sep="\n",
            flush=True,
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
