"""The built notebooks of this course: the gate, and nbval from top to bottom."""

from pathlib import Path

import pytest

from coursekit import exercises
from coursekit.workshop.building import Chapter, chapters, check
from coursekit.workshop.building.chapter import strays
from coursekit.workshop.building.pictures import stale_pictures

CHAPTERS = chapters()
UNDER_NBVAL = [chapter for chapter in CHAPTERS if chapter.executed]


def _labels(chapter: Chapter) -> str:
    return chapter.label


def test_there_are_notebooks_of_each_kind() -> None:
    assert {chapter.kind for chapter in CHAPTERS} == {"notebooks", "solutions", "exercises"}
    assert {"00_start", "04_saliency"} <= {chapter.name for chapter in CHAPTERS}


def test_the_chapters_with_exercises_are_those_with_solutions() -> None:
    assert {chapter.name for chapter in CHAPTERS if chapter.kind == "solutions"} == set(exercises.CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=_labels)
def test_a_notebook_is_what_its_source_gives(chapter: Chapter) -> None:
    assert check(chapter.path) == []


def test_every_notebook_has_a_source() -> None:
    assert strays() == []


def test_the_readme_shows_what_the_notebooks_show() -> None:
    assert stale_pictures() == []


@pytest.mark.parametrize("chapter", UNDER_NBVAL, ids=_labels)
def test_a_notebook_runs_from_top_to_bottom(chapter: Chapter, nbval) -> None:
    done = nbval([chapter.path])
    assert done.returncode == 0, done.stdout[-5000:]


def test_nbval_fails_where_a_cell_does(tmp_path: Path, nbval) -> None:
    notebook = tmp_path / "wrong.ipynb"
    notebook.write_text(
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a",'
        ' "metadata": {}, "execution_count": 1, "outputs": [], "source": "assert False"}]}'
    )
    assert nbval([notebook]).returncode == 1
