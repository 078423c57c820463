"""The store: what it keeps, and in which form."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from coursekit.workshop.grading.manual_grade import ManualGrade, ManualGradeRow
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionSummary,
)
from coursekit.workshop.grading.store import GradedSubmission, Store
from coursekit.workshop.grading.store_error import StoreError
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


def given(student: str, points: float, comment: str = "", assignment: str = ASSIGNMENT) -> ManualGradeRow:
    return ManualGradeRow(student, assignment, "why", ManualGrade(points, comment), "filled.csv, row 2")


def test_points_given_by_hand_outlast_a_regrade(folder: Path, tmp_path: Path, monkeypatch) -> None:
    graded_by(monkeypatch)
    with Store(tmp_path / "base") as store:
        run(folder, store)
        store.record_manual([given("anna", 2.5, "well said")])
        (folder / "anna" / f"{ASSIGNMENT}.ipynb").write_text("{}")
        run(folder, store)
        (anna, *_) = store.submissions()
        assert anna.manual == {"why": ManualGrade(2.5, "well said")}
        with pytest.raises(ValueError, match="no submission of 'dora'"):
            store.record_manual([given("dora", 1)])


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
        "more_troubles": 0,
        "more_others": 0,
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
        "helpers": {},
    }


def test_a_result_of_an_earlier_version_can_be_read() -> None:
    stored = {"points": 2, "earned": 1, "written": True, "mistake": None, "public": None}
    cases = [
        {"case": "one", "credit": 1, "reason": ""},
        {"case": "two", "credit": 0, "reason": "a wrong result"},
    ]
    found = ExerciseResult.from_json(stored | {"cases": cases})
    assert [case.correct for case in found.cases] == [True, False]


def test_more_than_a_few_failures_are_counted_not_kept(tmp_path: Path) -> None:
    failures = [CellFailure(number, None, "x" * 10_000) for number in range(10_000)]
    summary = SubmissionSummary("x" * 10**7, failures, {}, {"why": "y" * 10**7}, ["p"] * 1_000)
    result = ExerciseResult(1, 0, True, [CaseResult("one", 0, False)], None, ["z" * 10**7] * 1_000)
    path = tmp_path / "base"
    with Store(path) as store:
        store.record("anna", "a", path="p", digest="d", summary=summary, results={"f": result}, keys=KEYS)
        (anna,) = store.submissions()
    assert len(anna.summary.cell_failures) + anna.summary.more_failures == 10_000
    assert len(anna.summary.other_paths) + anna.summary.more_paths == 1_000
    assert len(anna.summary.cell_failures) == len(anna.summary.other_paths) == 20
    assert path.stat().st_size < 500_000


@pytest.mark.parametrize("text", ["\ud800", "\udfff;\0", "ok \udc80"])
def test_text_that_no_file_can_hold_comes_back_as_text_that_one_can(tmp_path: Path, text: str) -> None:
    summary = SubmissionSummary(text, [CellFailure(1, text, text)], {}, {"why": text}, [text])
    result = replace(RESULT, public=[text])
    with Store(tmp_path / "base") as store:
        store.record(text, "a", path=text, digest="d", summary=summary, results={"f": result}, keys=KEYS)
        assert store.keys(text, "a") == {"f": "1"}
        (found,) = store.submissions()
        store.record_manual([given(found.student, 1, text, assignment="a")])
        (found,) = store.submissions()
    repr(found).encode()
    assert "\0" not in found.student
    assert "\\ud" in found.summary.written_answers["why"] or "\\ud" in repr(found)


def test_a_half_character_in_an_older_store_is_read_too(tmp_path: Path) -> None:
    """It was written as JSON, which spells it out."""
    with Store(tmp_path / "base") as store:
        store.record("anna", "a", path="p", digest="d", summary=SUMMARY, results={}, keys={})
    about = json.dumps(
        {"notice": None, "troubles": [], "codes": {}, "written": {"\ud800": "\ud800"}, "others": []}
    )
    with closing(sqlite3.connect(tmp_path / "base")) as database, database:
        database.execute("UPDATE submission SET about = ?", (about,))
    with Store(tmp_path / "base") as store:
        (anna,) = store.submissions()
    assert anna.summary.written_answers == {"\\ud800": "\\ud800"}


def test_of_several_grades_all_or_none_are_recorded(tmp_path: Path) -> None:
    with Store(tmp_path / "base") as store:
        store.record("anna", ASSIGNMENT, path="p", digest="d", summary=SUMMARY, results={}, keys={})
        with pytest.raises(ValueError, match=r"filled\.csv, row 2: no submission of 'dora'"):
            store.record_manual([given("anna", 1), given("dora", 1)])
        (anna,) = store.submissions()
        assert anna.manual == {}


def hand_in(store: Store, student: str, assignment: str, path: str) -> None:
    store.record(student, assignment, path=path, digest="d", summary=SUMMARY, results={}, keys={})


def missing(store: Store) -> list[tuple[str, str]]:
    return [(one.assignment, one.student) for one in store.submissions() if one.missing]


def test_what_is_no_longer_in_the_folder_is_marked_and_what_comes_back_no_more(tmp_path: Path) -> None:
    """Also of a name that is shortened, and of an assignment of which nothing is left."""
    long = "n" * 400
    with Store(tmp_path / "base") as store:
        for student in ("anna", "bert", long):
            hand_in(store, student, "04", f"in/{student[:9]}/x.ipynb")
        hand_in(store, "anna", "05", "in/anna/y.ipynb")
        hand_in(store, "anna", "06", "elsewhere/anna/y.ipynb")
        assert store.mark_missing(Path("in"), [("bert", "04"), (long, "04")]) == missing(store)
        assert missing(store) == [("04", "anna"), ("05", "anna")]
        assert store.mark_missing(Path("in"), [("anna", "04"), ("anna", "05"), ("bert", "04")])
        assert missing(store) == [("04", f"{long[:235]}+{sha256(long.encode()).hexdigest()}")]
        hand_in(store, long, "04", "in/n/x.ipynb")
        assert missing(store) == []


def test_in_another_folder_only_the_same_assignments_are_looked_for(tmp_path: Path) -> None:
    """A folder for each assignment is as good as one for all; a second download replaces the first."""
    with Store(tmp_path / "base") as store:
        hand_in(store, "anna", "04", "first/04/anna/x.ipynb")
        hand_in(store, "bert", "04", "first/04/bert/x.ipynb")
        hand_in(store, "anna", "05", "first/05/anna/x.ipynb")
        assert store.mark_missing(Path("second/04"), [("bert", "04")]) == [("04", "anna")]


def test_an_absolute_path_is_the_same_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store(tmp_path / "base") as store:
        hand_in(store, "anna", "04", "in/anna/x.ipynb")
        assert store.mark_missing(tmp_path / "in", []) == [("04", "anna")]


@pytest.mark.parametrize("about", ["{", "[]", "{}", '{"notice": 1}', "null"])
def test_a_damaged_entry_is_named(tmp_path: Path, about: str) -> None:
    with Store(tmp_path / "base") as store:
        store.record("anna", "a", path="p", digest="d", summary=SUMMARY, results={}, keys={})
    with closing(sqlite3.connect(tmp_path / "base")) as database, database:
        database.execute("UPDATE submission SET about = ?", (about,))
    with Store(tmp_path / "base") as store, pytest.raises(StoreError, match="of 'anna' for a is damaged"):
        list(store.submissions())
