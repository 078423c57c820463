"""The store: what it keeps, and in which form."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionSummary,
)
from coursekit.workshop.grading.store import GradedSubmission, ManualGrade, Store
from tests.workshop.grading.batches import folder, graded_by, run
from tests.workshop.grading.notebooks import ASSIGNMENT

__all__ = ["folder"]

SUMMARY = SubmissionSummary(
    "no JSON", [CellFailure(3, None, "it failed")], {"f": "a3", "g": None}, {"why": ""}, ["x.ipynb"]
)
KEYS = {"f": "1", "g": "2"}
RESULT = ExerciseResult(
    2,
    1.5,
    True,
    [CaseResult("one image", 0.75, True)],
    RecognisedMistake("the mean", "Take the maximum."),
    [],
)


def test_points_given_by_hand_outlast_a_regrade(folder: Path, tmp_path: Path, monkeypatch) -> None:
    graded_by(monkeypatch)
    with Store(tmp_path / "base") as store:
        run(folder, store)
        store.record_manual("anna", ASSIGNMENT, "why", ManualGrade(2.5, "well said"))
        (folder / "anna" / f"{ASSIGNMENT}.ipynb").write_text("{}")
        run(folder, store)
        (anna, *_) = store.submissions()
        assert anna.manual == {"why": ManualGrade(2.5, "well said")}
        with pytest.raises(ValueError, match="no submission of 'dora'"):
            store.record_manual("dora", ASSIGNMENT, "why", ManualGrade(1, ""))


def test_a_submission_comes_back_as_it_was_recorded(tmp_path: Path) -> None:
    results = {"f": RESULT, "g": ExerciseResult(1, 0.0, False, [])}
    with Store(tmp_path / "base") as store:
        store.record(
            "anna",
            "a",
            path="a.ipynb",
            digest="d",
            summary=SUMMARY,
            results=results,
            keys=KEYS,
        )
        assert list(store.submissions()) == [GradedSubmission("anna", "a", "a.ipynb", SUMMARY, results, {})]
        assert store.keys("anna", "a") == KEYS


def test_the_file_has_the_form_that_earlier_versions_wrote(tmp_path: Path) -> None:
    """So that a course that was begun with one of them goes on."""
    with Store(tmp_path / "base") as store:
        store.record(
            "anna", "a", path="p", digest="d", summary=SUMMARY, results={"f": RESULT}, keys={"f": "1"}
        )
    with closing(sqlite3.connect(tmp_path / "base")) as database:
        ((about,),) = database.execute("SELECT about FROM submission").fetchall()
        ((key, times, outcome),) = database.execute("SELECT key, times, outcome FROM result").fetchall()
    assert json.loads(about) == {
        "notice": "no JSON",
        "troubles": [{"cell": 3, "exercise": None, "says": "it failed"}],
        "codes": {"f": "a3", "g": None},
        "written": {"why": ""},
        "others": ["x.ipynb"],
    }
    assert (key, times) == ("1", 1)
    assert json.loads(outcome) == {
        "points": 2,
        "earned": 1.5,
        "written": True,
        "cases": [{"case": "one image", "credit": 0.75, "correct": True}],
        "mistake": {"name": "the mean", "advice": "Take the maximum."},
        "public": [],
        "traces": [],
        "helpers": [],
    }


def test_a_result_of_an_earlier_version_can_be_read() -> None:
    stored = {"points": 2, "earned": 1, "written": True, "mistake": None, "public": None}
    cases = [
        {"case": "one", "credit": 1, "reason": ""},
        {"case": "two", "credit": 0, "reason": "a wrong result"},
    ]
    found = ExerciseResult.from_json(stored | {"cases": cases})
    assert [case.correct for case in found.cases] == [True, False]
