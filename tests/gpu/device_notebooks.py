"""Every chapter and every solution on a GPU that is pretended, watched as on a real one; see GPU.md."""

import os
from pathlib import Path

import nbformat
import pytest

from coursekit.notebooks import Chapter, chapters
from tests.gpu.watched import pretended

ROUNDING = {"": [True], "off": [False], "both": [True, False]}[os.environ.get("COURSEKIT_ROUNDING", "")]


@pytest.mark.parametrize("rounding", ROUNDING, ids=lambda on: "rounding" if on else "exact")
@pytest.mark.parametrize(
    "chapter", [chapter for chapter in chapters() if chapter.executed], ids=lambda chapter: chapter.label
)
def test_a_notebook_works_on_it(chapter: Chapter, rounding: bool, tmp_path: Path, nbval) -> None:
    copy = tmp_path / chapter.path.name
    nbformat.write(pretended(nbformat.read(chapter.path, as_version=4), rounding=rounding), copy)
    done = nbval([copy], COURSEKIT_DEVICE="cuda")
    assert done.returncode == 0, done.stdout[-5000:]
