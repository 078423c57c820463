"""Which identifiers are one student's alone."""

import pytest

from coursekit.workshop.grading.identifiers import Identifiers
from coursekit.workshop.grading.roster import RosterEntry


@pytest.mark.parametrize(
    ("kind", "one", "other", "shared"),
    [
        ("sis_user_id", "AB7", "ab7", True),
        ("email", "jane@x.org", "Jane@X.org", True),
        ("sid", "N/A", "N/A", True),
        ("sis_login_id", "jdoe", "jdoe\u200b", True),
        ("name", "Doe, Jane", "Jane Doe", True),
        ("name", "Müller, José", "Jose Muller", True),
        ("name", "🦊", "🦊", True),
        ("canvas_id", "101", "0101", False),
        ("name", "Doe, Jane", "Doe, Jan", False),
        ("username", "", "", False),
    ],
)
def test_what_another_has_too_is_shared(kind: str, one: str, other: str, shared: bool) -> None:
    first, second = (RosterEntry(f"row {i}", **{kind: text}) for i, text in enumerate((one, other)))
    found = Identifiers([first, second])
    assert found.sharing(first, kind) == ([second] if shared else [])
    assert found.is_own(first, kind) == (bool(one) and not shared)
