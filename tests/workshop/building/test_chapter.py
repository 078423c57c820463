import pytest

from coursekit.workshop.building import BuildError
from coursekit.workshop.building.skeleton import skeleton

CELL = "# %% [markdown]\n# # One\n"


@pytest.mark.parametrize(
    ("header", "edition"),
    [("", 1), ("# ---\n# edition: 1\n# ---\n", 1), ("# ---\n# edition: 2\n# ---\n\n", 2)],
)
def test_a_header_says_which_edition(course, header: str, edition: int) -> None:
    chapter = course.write("notebooks", header + CELL)
    assert chapter.edition == edition
    assert [cell.source for cell in skeleton(chapter).cells[:-1]] == ["# One"]


@pytest.mark.parametrize("setting", ["# edition: 3", "# Edition: 2", "# edition: 2\n# also: this", "#"])
def test_another_header_is_refused(course, setting: str) -> None:
    with pytest.raises(BuildError, match=r"01_tiny\.py: wanted a header of '# edition: 2', got"):
        _ = course.write("notebooks", f"# ---\n{setting}\n# ---\n{CELL}").edition


def test_lines_are_counted_from_the_top_of_the_file(course) -> None:
    text = f"# ---\n# edition: 2\n# ---\n{CELL}\n# %%\n# BEGIN SOLUTION\n"
    with pytest.raises(BuildError, match=r"01_tiny\.py:8: # BEGIN SOLUTION is not closed"):
        skeleton(course.write("notebooks", text))
