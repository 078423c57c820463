"""Names of students as names of files."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from coursekit.core.files import replacing
from coursekit.workshop.grading.sanitising import file_name


@pytest.mark.parametrize("student", ["..", ".", ".hidden", "a/b", "名" * 80, "名" * 81])
def test_a_name_makes_a_file_of_its_own_in_the_folder(student: str, tmp_path: Path) -> None:
    names = {file_name(name) for name in (student, f"{student}名", "anna")}
    assert len(names) == 3
    for name in names:
        with replacing(tmp_path / "pages" / f"{name}.html") as page:
            page.write_text("x")
    assert len([path for path in (tmp_path / "pages").iterdir() if not path.name.startswith(".")]) == 3


def test_a_shortened_name_is_nobodys_whole_name() -> None:
    long = "é" * 60
    assert file_name(unquote(file_name(long))) != file_name(long)
