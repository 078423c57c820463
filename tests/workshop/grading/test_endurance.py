"""A grader that is killed loses nothing, doubles nothing and leaves nothing behind."""

import os
from pathlib import Path

import pytest

from tests.workshop.grading.crowd import MARK, fill
from tests.workshop.grading.endurance import Grader, killed, left_running


@pytest.fixture
def graders(tmp_path: Path) -> tuple[Grader, Grader]:
    """Two for the same twelve submissions and the same secret."""
    fill(tmp_path / "submissions", 12)
    alone, disturbed = (
        Grader(tmp_path / name, tmp_path / "submissions", tmp_path / "seed", workers=1)
        for name in ("alone", "disturbed")
    )
    return alone, disturbed


def test_a_grader_that_is_killed_comes_to_the_same_grades(graders: tuple[Grader, Grader]) -> None:
    alone, disturbed = graders
    alone.run()
    killed(disturbed, 4, 0.1)
    assert left_running(disturbed.mark, MARK) == []
    before = disturbed.grades()
    disturbed.run()
    found = disturbed.grades()
    assert found == alone.grades()
    assert disturbed.count() == 12
    assert set(disturbed.times()) == {1}
    assert before.items() <= found.items()
    assert left_running(alone.mark, disturbed.mark, MARK) == []
    assert os.listdir(disturbed.temporary) == []
    assert [name for name in os.listdir(disturbed.out) if not name.startswith("grades.sqlite")] == []
