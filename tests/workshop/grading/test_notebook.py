"""Reading a submitted notebook's cells."""

import json

import pytest

from coursekit.workshop.building.markers import stubbed
from coursekit.workshop.grading.notebook import Cell, UnreadableNotebookError, code_digest, read_notebook


def test_a_cell_belongs_to_its_exercise_until_it_is_still_the_stub() -> None:
    written = "def f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION"
    assert Cell("exercise-f", "code", written).exercise == "f"
    assert Cell("exercise-f", "code", stubbed(written)).exercise is None
    assert Cell("check-f", "code", "check(f)").exercise is None


def test_copies_are_found_whatever_their_layout() -> None:
    one = [Cell("exercise-f", "code", "def f(x):\n    # mine\n    return  x")]
    other = [Cell("exercise-f", "code", "def f(x):\n\n        return x  # really")]
    third = [Cell("exercise-f", "code", "def f(x):\n    return -x")]
    assert code_digest(one, "f") == code_digest(other, "f") != code_digest(third, "f")
    assert code_digest(one, "g") is None


def test_printed_numbers_are_no_values() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "1, " * 1_000_001}
    data = json.dumps({"cells": [{"cell_type": "code", "id": "a", "source": "x", "outputs": [output]}]})
    assert [cell.source for cell in read_notebook(data.encode())] == ["x"]


def test_too_many_cells_are_refused() -> None:
    data = json.dumps({"cells": [{}] * 5_001}).encode()
    with pytest.raises(UnreadableNotebookError, match=r"it has 5,001 cells, more than 5,000"):
        read_notebook(data)
