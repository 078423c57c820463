import pytest

from coursekit.workshop.building import BuildError
from coursekit.workshop.building.markers import UNANSWERED
from coursekit.workshop.building.skeleton import skeleton

TEXT = "# %% [markdown]\n# # One\n\n# %%\nx = 1\n\n# %% [markdown]\n# text\n\n# %% [markdown]\n# ### Two\n"
EXERCISE = '# %% exercise="a"\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n'
CHECK = '# %% check="a" points=1\nassert x == 1\n'
WRITTEN = '# %% [markdown] written="why" points=3\n# Because it is.\n'
WRONG = {
    "no cell first": ("x = 1\n", "wanted a cell"),
    "a raw cell": (
        "# %% [raw]\n# x\n",
        r"01_tiny\.py, in the cell 'x': a raw cell; wanted code or",
    ),
    "unknown metadata": ('# %% exercize="a"\nx = 1\n', "unknown metadata .*exercize"),
    "a title": ("# %% A title\nx = 1\n", r"wanted fold, further or nothing after # %%, got 'A title'"),
    "solution without a name": ("# %%\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n", "go together"),
    "exercise without a solution": ('# %% exercise="a"\nx = 1\n' + CHECK, "go together"),
    "exercise without a check": (EXERCISE, "no cell with check= for a"),
    "check without an exercise": (CHECK, "check 'a' has no exercise before it"),
    "check before its exercise": (CHECK + EXERCISE, "check 'a' has no exercise before it"),
    "check without points": (EXERCISE + '# %% check="a"\nx\n', r"wanted exercise=.* got \['check'\]"),
    "check for no points": (EXERCISE + '# %% check="a" points=0\nx\n', "wanted points above 0, got 0"),
    "a check that is an exercise": (
        '# %% exercise="a" check="a" points=1\n',
        "wanted exercise=.* or none",
    ),
    "points without a check": (EXERCISE.replace('"a"', '"a" points=1'), "wanted exercise=.* or none"),
    "points that are no number": (EXERCISE + CHECK.replace("=1", '="1"'), "wanted points above 0, got '1'"),
    "a second check": (EXERCISE + CHECK + CHECK, "check 'a' .* is the second one"),
    "a name used twice": (EXERCISE + CHECK + EXERCISE + CHECK, "exercise 'a' is used twice"),
    "a name with spaces": (EXERCISE.replace('"a"', '"a b"'), "exercise 'a b' is used twice, or not of"),
    "a check in text": (EXERCISE + '# %% [markdown] check="a" points=1\n# text\n', "belongs to a code cell"),
    "words in code": ('# %% written="why" points=1\nx = 1\n', "written belongs to a markdown cell"),
    "words without points": (WRITTEN.replace(" points=3", ""), r"wanted exercise=.* got \['written'\]"),
    "words for no points": (WRITTEN.replace("3", "0"), "wanted points above 0, got 0"),
    "words twice": (WRITTEN + WRITTEN, "written 'why' is used twice"),
    "no Python without the solution": (
        EXERCISE.replace("x = 1", "if x:").replace("END SOLUTION", "END SOLUTION\n  y = 1") + CHECK,
        "no Python, at least without its solution",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_source_stops_the_build(course, text: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        skeleton(course.write("solutions", text))


def test_exercises_belong_in_solutions(course) -> None:
    for text in (EXERCISE + CHECK, WRITTEN):
        with pytest.raises(BuildError, match="belong in solutions/src"):
            skeleton(course.write("notebooks", text))


def test_a_missing_source_is_named(course) -> None:
    with pytest.raises(BuildError, match=r"there is no notebooks/src/01_tiny\.py"):
        skeleton(course.chapter("notebooks"))


def test_a_new_cell_changes_no_other_id(course) -> None:
    before = [cell.id for cell in skeleton(course.write("notebooks", TEXT)).cells]
    after = [cell.id for cell in skeleton(course.write("notebooks", "# %%\nnew = 1\n\n" + TEXT)).cells]
    assert after[1:] == before


def test_equal_cells_get_different_ids(course) -> None:
    ids = [cell.id for cell in skeleton(course.write("notebooks", "# %%\nx\n\n# %%\nx\n")).cells]
    assert ids[1] == f"{ids[0]}-2"


def test_slides(course) -> None:
    text = TEXT + '\n# %% slideshow={"slide_type": "notes"}\nx\n'
    cells = skeleton(course.write("notebooks", text)).cells
    types = [cell.metadata["slideshow"]["slide_type"] for cell in cells]
    assert types == ["slide", "fragment", "subslide", "subslide", "notes", "skip"]


@pytest.mark.parametrize("address", ["", "https://example.org/course.git"])
def test_a_packages_notebook_first_installs_it_where_it_is_missing(course, address: str) -> None:
    bare = skeleton(course.write("notebooks", TEXT)).cells
    urls = f'[project.urls]\nRepository = "{address}"\n' if address else ""
    (course.root / "pyproject.toml").write_text(f'[project]\nname = "course"\n{urls}')
    title, install, *others = skeleton(course.chapter("notebooks")).cells
    assert [title, *others] == bare, "ids and slides of the others stay as they are"
    assert (install.id, install.cell_type) == ("install", "code")
    assert f'COURSE = "{address}"  # @param {{type:"string"}}' in install.source.splitlines()
    assert install.metadata == {
        "cellView": "form",
        "jupyter": {"source_hidden": True},
        "slideshow": {"slide_type": "skip"},
        "tags": ["remove-cell"],
    }


def test_a_notebook_without_code_installs_nothing(course) -> None:
    (course.root / "pyproject.toml").write_text('[project]\nname = "course"\n')
    cells = skeleton(course.write("notebooks", "# %% [markdown]\n# # One\n")).cells
    assert [cell.cell_type for cell in cells] == ["markdown", "markdown"]


def test_what_installs_the_course_is_locked_in_exercises(course) -> None:
    (course.root / "pyproject.toml").write_text('[project]\nname = "course"\n')
    course.write("solutions", EXERCISE + CHECK)
    install = skeleton(course.chapter("exercises")).cells[0]
    told = install.metadata.nbgrader
    assert (told.grade_id, told.locked, told.solution, told.grade) == ("install", True, False, False)


def test_the_last_cell_says_how_to_rebuild(course) -> None:
    last = skeleton(course.write("notebooks", TEXT)).cells[-1]
    assert "notebooks/src/01_tiny.py" in last.source
    assert "coursekit build 01_tiny" in last.source


def test_a_student_gets_the_stub_and_a_solution_its_markers(course) -> None:
    solution = skeleton(course.write("solutions", EXERCISE + CHECK))
    exercise = skeleton(course.chapter("exercises"))
    assert [cell.id for cell in exercise.cells] == [cell.id for cell in solution.cells]
    assert "# BEGIN SOLUTION" in solution.cells[0].source
    assert exercise.cells[0].source.endswith("raise NotImplementedError")


def test_a_student_gets_an_empty_cell_for_words_and_a_solution_the_model_answer(course) -> None:
    solution = skeleton(course.write("solutions", WRITTEN)).cells[0]
    exercise = skeleton(course.chapter("exercises")).cells[0]
    assert (solution.id, solution.source) == ("written-why", "Because it is.")
    assert (exercise.id, exercise.source) == ("written-why", UNANSWERED)


def test_nbgrader_is_told(course) -> None:
    """The rules of nbgrader's own validator for schema 3."""
    course.write("solutions", "# %% [markdown]\n# # Title\n\n" + EXERCISE + CHECK + WRITTEN)
    cells = skeleton(course.chapter("exercises")).cells
    told = [cell.metadata.nbgrader for cell in cells]
    assert [about.grade_id for about in told[1:4]] == ["exercise-a", "check-a", "written-why"]
    assert [(about.grade, about.solution, about.locked) for about in told] == [
        (False, False, True),
        (False, True, False),
        (True, False, True),
        (True, True, False),
        (False, False, True),
    ]
    assert [about.get("points") for about in told] == [None, None, 1, 3, None]
    assert len({about.grade_id for about in told}) == len(told)
    assert all(
        about.schema_version == 3 and about.cell_type == cell.cell_type
        for about, cell in zip(told, cells, strict=True)
    )
