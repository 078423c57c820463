import pytest

from coursekit.workshop.building import BuildError
from coursekit.workshop.building.markers import check_markers, stubbed

WRONG = {
    "nested": (
        "# %%\n# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION\n",
        "a.py:3: .* inside the solution",
    ),
    "unclosed": ("# %%\n# BEGIN SOLUTION\nx = 1\n", "a.py:2: .* is not closed; add # END SOLUTION"),
    "unclosed in its cell": (
        "# %%\n# BEGIN SOLUTION\n\n# %%\n# END SOLUTION\n",
        "a.py:2: .* not closed in its cell",
    ),
    "unopened": ("# %%\nx = 1\n# END SOLUTION\n", "a.py:3: .* without # BEGIN SOLUTION"),
    "misspelt": ("# %%\n# BEGIN SOLUTON\n", "a.py:2: unknown marker '# BEGIN SOLUTON'"),
    "in small letters": ("# %%\n# end of the solution\n", "a.py:2: unknown marker"),
    "of another kind": ("# %%\n### BEGIN HIDDEN TESTS\n", "a.py:2: unknown marker"),
    "behind code": ("# %%\nx = 1  # BEGIN SOLUTION\n", "a.py:2: unknown marker .* alone on its line"),
    "indented otherwise": ("# %%\n# BEGIN SOLUTION\n  # END SOLUTION\n", "a.py:3: .* indented otherwise"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_markers_stop_the_build_with_file_and_line(text: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        check_markers(text, "a.py")


def test_right_markers_pass() -> None:
    check_markers(
        "# %%\n# BEGIN SOLUTION\n# END SOLUTION\n  # BEGIN SOLUTION\n  # END SOLUTION\n# the end\n", "a.py"
    )


def test_a_stub_stands_where_the_solution_stood() -> None:
    source = "def f(x):\n    y = 1\n    # BEGIN SOLUTION\n    secret\n\n    # END SOLUTION\n    return y"
    student = stubbed(source)
    assert "secret" not in student
    assert "SOLUTION" not in student
    assert student.startswith("def f(x):\n    y = 1\n    # Your code here")
    assert student.endswith("\n    raise NotImplementedError\n    return y")


def test_the_stub_raises() -> None:
    namespace: dict[str, object] = {}
    exec(stubbed("def f(x):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION"), namespace)
    with pytest.raises(NotImplementedError):
        namespace["f"](1)  # type: ignore[operator]
