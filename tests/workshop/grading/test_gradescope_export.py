"""Who handed in what, as Gradescope says it."""

import pytest

from coursekit.workshop.grading.gradescope_export import read_submitters
from coursekit.workshop.grading.identity import Identity

METADATA = """
submission_1:
  :submitters:
  - :name: Jane Doe
    :sid: 0071
    :email: jane@school.edu
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-12-01 10:00:00.000000000 Z
submission_2:
  :submitters:
  - :name: "Kim: A"
    :sid: ''
    :email: kim@school.edu
  - :name: Lee
    :sid:
    :email: null
submission_3: nobody
submission_4:
  :submitters: []
"""


def test_students_are_known_by_number_or_address_or_the_folder() -> None:
    assert read_submitters(METADATA.encode()) == {
        "submission_1": (
            Identity("0071", "Jane Doe", gradescope_id="1", sid="0071", email="jane@school.edu"),
        ),
        "submission_2": (
            Identity("kim@school.edu", "Kim: A", gradescope_id="2", email="kim@school.edu"),
            Identity("submission_2", "Lee", gradescope_id="2"),
        ),
    }


def test_students_of_a_group_with_one_number_are_all_kept() -> None:
    group = """
submission_1:
  :submitters: [{":sid": "7", ":email": a@x}, {":sid": "7", ":email": b@x}, {":sid": "7", ":email": a@x}]
"""
    (students,) = read_submitters(group.encode()).values()
    assert [(one.student, one.email) for one in students] == [("7", "a@x"), ("7", "b@x")]


@pytest.mark.parametrize("folder", ["bob", "submission_", "submission_1/x", "3"])
def test_a_folder_that_gradescope_would_not_make_makes_it_no_list(folder: str) -> None:
    with pytest.raises(ValueError, match=f"it names '{folder}'"):
        read_submitters(f"submission_1: x\n{folder}: x".encode())


@pytest.mark.parametrize("data", [b"a: [", b"- 1", b"", b"\xff\xfe\x00", b"[" * 100_000])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="YAML"):
        read_submitters(data)
