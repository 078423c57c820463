import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from coursekit.workshop.building import Chapter, build

NOTEBOOK = """\
# %% [markdown]
# # Tiny
# Does it rise?

# %%
import matplotlib.pyplot as plt
from IPython.display import display

print("it does")

# %%
figure, axes = plt.subplots(figsize=(1, 1))
axes.plot([1, 2])
plt.close(figure)
display(figure, metadata={"image/png": {"alt": "A line that rises from 1 to 2", "width": 100}})
"""

SOLUTION = '''\
# %% [markdown]
# # Exercise

# %% exercise="double"
def double(x):
    """Return twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION

# %% check="double" points=2
assert double(2) == 4
'''


@dataclass(frozen=True)
class Course:
    """A course in a temporary folder, with sources and perhaps with what was built from them."""

    root: Path

    def chapter(self, kind: str) -> Chapter:
        return Chapter(kind, "01_tiny", self.root)

    def write(self, kind: str, text: str) -> Chapter:
        """Write a source, and return the chapter that it builds."""
        chapter = self.chapter(kind)
        chapter.source.parent.mkdir(parents=True, exist_ok=True)
        chapter.source.write_text(text, encoding="utf-8")
        return chapter


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """An empty course."""
    return Course(tmp_path)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = Course(tmp_path_factory.mktemp("course with spaces"))
    course.write("notebooks", NOTEBOOK)
    course.write("solutions", SOLUTION)
    build(root=course.root)
    return course.root


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Course:
    """A course whose notebooks were built; a copy that a test may spoil."""
    return Course(Path(shutil.copytree(built_once, tmp_path / "course")))
