from pathlib import Path

import pytest

import coursekit
from coursekit.workshop.building.fingerprint import fingerprint, lazy_names

PACKAGE = {
    "coursekit/__init__.py": (
        '_HOME = {"top": ["draw"], "family.one": [*("one", "won")]}\n_FAMILIES = ("kin",)\n'
    ),
    "coursekit/kin/grad.py": "from coursekit import base\n@method('map')\ndef cam(): pass\n",
    "coursekit/top.py": "from coursekit import base\n",
    "coursekit/base.py": "",
    "coursekit/family/__init__.py": "",
    "coursekit/family/one.py": "from .two import two\n",
    "coursekit/family/two.py": "def late():\n    from coursekit.deep import x\n",
    "coursekit/deep.py": "x = 1\n",
    "coursekit/workshop/cli.py": "",
    "coursekit/nets.py": "SHIPPED = ['net']\n",
    "coursekit/exercises/tiny.py": "",
    "coursekit/exercises/other.py": "",
    "data/net.json": "{}",
    "data/other.json": "{}",
}
USES = {
    "import coursekit as ck\nck.draw()": {"top", "base"},
    "import coursekit\ncoursekit.draw()": {"top", "base"},
    "from coursekit import draw": {"top", "base"},
    "from coursekit.top import anything": {"top", "base"},
    "import coursekit as ck\nck.one": {"family/one", "family/two", "deep"},
    "from coursekit.family import two": {"family/two", "deep"},
    "import coursekit as ck\nck.won": {"family/one", "family/two", "deep"},
    "import coursekit as ck\nck.cam": {"kin/grad", "base"},
    "import coursekit as ck\nck.family.one": {"family/__init__", "family/one", "family/two", "deep"},
    "import coursekit as ck\nother.draw": set(),
    "import coursekit as ck\nck.load('net')": {"data/net"},
    "import coursekit.nets": {"nets", "data/net"},
}


@pytest.fixture
def package(course):
    for name, text in PACKAGE.items():
        path = course.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return course


def _files_that_count(course, kind: str, source: str) -> set[str]:
    """The files whose change changes the fingerprint."""
    chapter = course.write(kind, f"# %%\n{source}\n")
    before = fingerprint(chapter)
    counting = set()
    for name, text in PACKAGE.items():
        (course.root / name).write_text(text + " ")
        if fingerprint(chapter) != before:
            counting.add(name.removeprefix("coursekit/").rpartition(".")[0])
        (course.root / name).write_text(text)
    assert fingerprint(chapter) == before
    return counting


@pytest.mark.parametrize(("source", "files"), USES.items())
def test_what_counts_is_what_the_source_uses(package, source: str, files: set[str]) -> None:
    assert _files_that_count(package, "notebooks", source) == files


def test_a_solution_depends_on_its_chapters_exercises(package) -> None:
    assert _files_that_count(package, "solutions", "x = 1") == {"exercises/tiny"}


def test_an_exercise_depends_on_its_source_alone(package) -> None:
    assert _files_that_count(package, "exercises", "import coursekit as ck\nck.draw()") == set()


def test_the_source_itself_counts(course) -> None:
    before = fingerprint(course.write("notebooks", "# %%\n1\n"))
    assert fingerprint(course.write("notebooks", "# %%\n2\n")) != before


def test_line_endings_do_not_count(course) -> None:
    before = fingerprint(course.write("notebooks", "# %%\n1\n"))
    course.chapter("notebooks").source.write_bytes(b"# %%\r\n1\r\n")
    assert fingerprint(course.chapter("notebooks")) == before


def test_the_table_of_the_real_package_is_understood() -> None:
    assert sorted(lazy_names(Path(coursekit.__file__).parent)) == list(coursekit.__all__)
