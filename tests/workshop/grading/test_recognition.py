"""A notebook is known by its cells, when its name says nothing."""

import json

import pytest

from coursekit.exercises import CHAPTERS
from coursekit.workshop.building import Chapter
from coursekit.workshop.grading.recognition import count_cells, most


def recognise(notebook: bytes) -> str | None:
    return most(count_cells(notebook, CHAPTERS))


def with_ids(*ids: str) -> bytes:
    return json.dumps({"cells": [{"id": name} for name in ids]}).encode()


@pytest.mark.parametrize("kind", ["exercises", "solutions"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_is_known(name: str, kind: str) -> None:
    assert recognise(Chapter(kind, name).path.read_bytes()) == name


def test_a_question_in_words_is_enough() -> None:
    assert recognise(with_ids("written-conclusion")) == "05_gradcam"


def test_ids_of_nbgrader_are_enough() -> None:
    """An editor that knows no cell ids drops them, and keeps the metadata."""
    cells = [{"metadata": {"nbgrader": {"grade_id": "exercise-target_scores"}}}]
    assert recognise(json.dumps({"cells": cells}).encode()) == "04_saliency"


def test_the_most_cells_decide() -> None:
    ids = ("exercise-target_scores", "exercise-guided_relu", "exercise-cam")
    assert recognise(with_ids(*ids)) == "04_saliency"
    assert recognise(with_ids(*ids[1:])) is None


def test_each_assignment_is_counted() -> None:
    ids = ("exercise-target_scores", "exercise-guided_relu", "exercise-cam", "exercise-cam")
    assert count_cells(with_ids(*ids), CHAPTERS) == {"04_saliency": 2, "05_gradcam": 1}


def test_a_damaged_file_is_known() -> None:
    assert recognise(with_ids("exercise-cam")[:-3]) == "05_gradcam"


@pytest.mark.parametrize("data", [b"", b"\xff", with_ids("exercise-nothing"), b'"source": "exercise-cam"'])
def test_others_are_not(data: bytes) -> None:
    assert recognise(data) is None


def test_what_an_output_shows_is_no_cell() -> None:
    shown = {"data": {"application/json": {"cells": [{"id": "exercise-cam"}, {"id": "exercise-resize"}]}}}
    cells = [{"id": "exercise-target_scores", "outputs": [shown]}]
    assert count_cells(json.dumps({"cells": cells}).encode(), CHAPTERS) == {"04_saliency": 1}


def test_an_id_is_known_however_it_is_written() -> None:
    escaped = with_ids("exercise-cam").replace(b"-", b"\\u002d")
    assert recognise(escaped) == recognise(with_ids("exercise-cam").decode().encode("utf-16")) == "05_gradcam"


def test_what_is_nested_too_deep_is_known_by_its_bytes() -> None:
    deep = b'{"cells": [{"id": "exercise-cam", "cell_type": ' + b"[" * 900 + b"]" * 900 + b"}]}"
    assert recognise(deep) == "05_gradcam"
