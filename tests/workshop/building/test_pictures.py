"""The README's pictures are those of the notebooks."""

import base64
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from coursekit.workshop.building.chapter import BuildError
from coursekit.workshop.building.pictures import stale_pictures, write_pictures


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A README with a picture, and the notebook that it comes from."""
    pictures = [base64.b64encode(content).decode() for content in (b"first", b"second")]
    outputs = [new_output("display_data", data={"image/png": picture}) for picture in pictures]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(
        new_notebook(cells=[new_code_cell(outputs=outputs)]), tmp_path / "notebooks/00_start.ipynb"
    )
    (tmp_path / "README.md").write_text("![a picture](docs/pictures/00_start-2.png)")
    return tmp_path


def test_a_linked_picture_is_copied_from_its_notebook(course: Path) -> None:
    assert len(stale_pictures(course)) == 1
    write_pictures(course)
    assert (course / "docs/pictures/00_start-2.png").read_bytes() == b"second"
    assert stale_pictures(course) == []


def test_another_picture_in_its_place_is_noticed(course: Path) -> None:
    write_pictures(course)
    (course / "docs/pictures/00_start-2.png").write_bytes(b"other")
    (trouble,) = stale_pictures(course)
    assert "docs/pictures/00_start-2.png" in trouble
    assert "coursekit build" in trouble


def test_a_link_to_no_picture_is_an_error(course: Path) -> None:
    (course / "README.md").write_text("![a picture](docs/pictures/00_start-3.png)")
    with pytest.raises(BuildError, match="holds 2 such pictures"):
        write_pictures(course)
    assert "holds 2 such pictures" in stale_pictures(course)[0]
