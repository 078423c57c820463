"""What tells a student from others."""

from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.source import Source, gradescope_source

FOLDER = Source("the folder", ("submission_1",))


def test_names_that_look_alike_are_written_apart() -> None:
    first, second = Source("the folder", ("Jose\u0301",)), Source("the folder", ("Jos\u00e9",))
    assert (str(first), str(second)) == (r"the folder 'Jose\u0301'", r"the folder 'Jos\xe9'")


def test_gradescope_tells_students_apart_by_number_and_address() -> None:
    one, other = (gradescope_source(Identity("7", sid="7", email=at), FOLDER) for at in ("a@x", "b@x"))
    assert one != other
    assert one == gradescope_source(Identity("7", sid="7", email="a@x", gradescope_id="9"), FOLDER)
    assert gradescope_source(Identity("submission_1"), FOLDER) == FOLDER
