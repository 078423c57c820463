import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from coursekit.workshop.building.chapter import ROOT

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def course(tmp_path):
    """A checkout with one chapter, and nothing else that could be wrong."""
    return small_course(tmp_path / "a course")


def small_course(root):
    """Make such a checkout in a folder that is not there yet; return its path."""
    shutil.copytree(ROOT / "site", root / "site")
    (root / "site/contents.md").write_text(
        "\n```{toctree}\n:glob:\n\nnotebooks/*\nexercises/*\ndocs/*\n```\n"
    )
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "LICENSE-text",
        "tests/GPU.md",
        "docs/a.md",
        "data/b.txt",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("# A text\n\nWords.\n")
    for name in ("CONTRIBUTING.md", "tests/GPU.md"):
        (root / name).write_text("---\norphan: true\n---\n# A text\n")
    for kind in ("notebooks", "solutions"):
        (root / kind / "src").mkdir(parents=True)
        (root / kind / "src/01_dots.py").write_text("# %% [markdown]\n# # Dots\n")
    (root / "exercises").mkdir()
    for kind in ("notebooks", "exercises"):
        nbformat.write(notebook(), root / kind / "01_dots.ipynb")
    return root


def notebook(text="A dot weighs $x^2$."):
    picture = new_output(
        "display_data",
        {"image/png": DOT},
        metadata={"image/png": {"alt": "A dot, and nothing beside it", "width": 9}},
    )
    code = new_code_cell(
        "import this\n\ndot = 1\nplots.show(dot)", outputs=[picture], execution_count=1, id="dot"
    )
    cells = [
        new_markdown_cell("# Dots", id="title", metadata={"slideshow": {"slide_type": "slide"}}),
        new_markdown_cell(text, id="text", metadata={"slideshow": {"slide_type": "-"}}),
        code,
        new_markdown_cell(
            "## Deeper\n\nMore.", id="deeper", metadata={"slideshow": {"slide_type": "subslide"}}
        ),
        new_markdown_cell("<sub>Built.</sub>", id="banner", metadata={"slideshow": {"slide_type": "skip"}}),
    ]
    return new_notebook(
        cells=cells, metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    )
