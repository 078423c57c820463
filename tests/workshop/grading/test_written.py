"""Answers in words: from the source to the points that a grader gave by hand, which outlast a regrade."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from coursekit.workshop.building import Chapter
from coursekit.workshop.building.markers import UNANSWERED
from coursekit.workshop.building.skeleton import skeleton
from coursekit.workshop.grading import assignment as assignments
from coursekit.workshop.grading.assignment import Question, load_assignment
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.course import grade_folder
from tests.workshop.grading.notebooks import LIMITS

NAME, QUESTION = "05_gradcam", "conclusion"
QUESTIONS = {"04_saliency": (), NAME: (QUESTION,), "06_lrp": ("conservation",)}
WORDS = '=Because "every" heatmap,\nends at 1. <b>Ü</b>'


def _from_source(kind: str, name: str) -> bytes:
    return nbformat.writes(skeleton(Chapter(kind, name))).encode()


@pytest.fixture(autouse=True)
def _no_build_needed(monkeypatch) -> Iterator[None]:
    """The notebooks as the sources give them, whether they were built or not."""
    monkeypatch.setattr(assignments, "_notebook", _from_source)
    load_assignment.cache_clear()
    yield
    load_assignment.cache_clear()


def submission(answer: str | None, *, more: str = "") -> str:
    notebook = json.loads(_from_source("exercises", NAME))
    for cell in notebook["cells"]:
        if cell["id"] == f"written-{QUESTION}" and answer is not None:
            cell["source"] = answer.splitlines(keepends=True)
    return json.dumps(notebook | {"cells": notebook["cells"] + [{"cell_type": "code", "source": more}]})


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_come_from_the_source_and_students_get_no_answer(name: str) -> None:
    assert load_assignment(name).questions == tuple(Question(question, 2) for question in QUESTIONS[name])
    answers = [cell for cell in skeleton(Chapter("exercises", name)).cells if cell.id.startswith("written-")]
    assert [cell.source for cell in answers] == [UNANSWERED] * len(QUESTIONS[name])


def test_points_by_hand_make_the_round_trip_and_outlast_a_regrade(tmp_path: Path) -> None:
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    answers = {"anna": WORDS, "bert": None, "carl": "I do not know."}
    for student, answer in answers.items():
        (handed_in / f"{student}_{NAME}.ipynb").write_text(submission(answer))
    assert grade_folder(handed_in, out, limits=LIMITS)
    report(out)

    table = out / f"{NAME}-by-hand.csv"
    listed = rows(table)
    assert [row["answer"] for row in listed] == [f"'{WORDS}", "", "I do not know."]
    assert {(row["question"], row["possible"], row["points"]) for row in listed} == {(QUESTION, "2.0", "")}
    listed[0] |= {"points": "1.5", "comment": "Say which ReLU."}
    with (tmp_path / "filled.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, listed[0].keys())
        writer.writeheader()
        writer.writerows(listed)
    report(out, tmp_path / "filled.csv")
    assert [row[QUESTION] for row in rows(out / f"{NAME}.csv")[1:]] == ["1.5", "", ""]

    cam = "def cam(a, weight, target): return (weight[target][..., None, None] * a).sum(1)"
    (handed_in / f"anna_{NAME}.ipynb").write_text(submission(WORDS, more=cam))
    assert grade_folder(handed_in, out, limits=LIMITS)
    report(out)
    _, anna, bert, _ = rows(out / f"{NAME}.csv")
    assert (anna["cam"], anna[QUESTION], anna["total"]) == ("1.0", "1.5", "2.5")
    assert (bert["cam"], bert[QUESTION], bert["total"]) == ("0.0", "", "0")
    assert rows(table)[0]["comment"] == "Say which ReLU."
    page = (out / "pages" / NAME / "anna.html").read_text(encoding="utf-8")
    assert "Say which ReLU." in page
    assert "<b>Ü</b>" not in page
