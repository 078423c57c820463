"""Every notebook on CUDA. Not collected by `make test`; `make test-gpu` fails where there is no GPU."""

from pathlib import Path

import nbformat
import pytest
import torch

from coursekit.workshop.building import Chapter, chapters
from tests.gpu.watched import watched


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
