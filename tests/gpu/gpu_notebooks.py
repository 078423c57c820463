"""Every notebook on CUDA. Not collected by `make test`; `make test-gpu` fails where there is no GPU."""

from pathlib import Path

import nbformat
import pytest
import torch
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from coursekit.notebooks import Chapter, chapters

RESIDENCE = Path(__file__).with_name("residence.py")


def watched(notebook: NotebookNode, wanted: str) -> NotebookNode:
    """The notebook with a first cell that watches where nets work, and a last one that fails elsewhere."""
    first = f"{RESIDENCE.read_text(encoding='utf-8')}\n\n_residence = Residence()\n"
    last = f"assert not (found := _residence.troubles(dict(globals()), {wanted!r})), found"
    notebook.cells = [new_code_cell(first), *notebook.cells, new_code_cell(last)]
    return notebook


def test_there_is_a_gpu() -> None:
    assert torch.cuda.is_available(), "make test-gpu wants a GPU, and torch finds none"


@pytest.mark.parametrize(
    "chapter", [chapter for chapter in chapters() if chapter.executed], ids=lambda chapter: chapter.label
)
def test_a_notebook_works_on_the_gpu(chapter: Chapter, tmp_path: Path, nbval) -> None:
    copy = tmp_path / chapter.path.name
    nbformat.write(watched(nbformat.read(chapter.path, as_version=4), "cuda"), copy)
    done = nbval([copy], COURSEKIT_DEVICE="cuda")
    assert done.returncode == 0, done.stdout[-5000:]
