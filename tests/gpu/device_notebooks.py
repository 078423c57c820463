"""Every chapter and every solution on a GPU that is pretended, watched as on a real one; see GPU.md."""

import os
from pathlib import Path

import nbformat
import pytest

from coursekit.workshop.building import Chapter, chapters
from tests.gpu.watched import pretended

KINDS = {"exact": {}, "rounding": {"rounding": True}, "tf32": {"rounding": True, "tf32": True}}
WANTED = os.environ.get("COURSEKIT_ROUNDING", "tf32").split(",")


@pytest.mark.parametrize("kind", WANTED)
@pytest.mark.parametrize(
    "chapter", [chapter for chapter in chapters() if chapter.executed], ids=lambda chapter: chapter.label
)
def test_a_notebook_works_on_it(chapter: Chapter, kind: str, tmp_path: Path, nbval) -> None:
    copy = tmp_path / chapter.path.name
    nbformat.write(pretended(nbformat.read(chapter.path, as_version=4), **KINDS[kind]), copy)
    done = nbval([copy], COURSEKIT_DEVICE="cuda")
    assert done.returncode == 0, done.stdout[-5000:]
