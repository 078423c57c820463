"""A small chapter in which all that can be is folded away: code with a picture, text, nothing; a section."""

from pathlib import Path

from coursekit.workshop.building.builder import build_chapter
from coursekit.workshop.building.chapter import Chapter

__all__ = ["build_folded"]

SOURCE = """\
# ---
# edition: 2
# ---

# %% [markdown]
# # A dot
#
# It is where it is.

# %% fold
# The plumbing
import matplotlib.pyplot as plt

import coursekit as ck
from coursekit import plots

# %%
def double(x):
    return 2 * x

# %% fold
# The picture
figure, axes = plt.subplots(figsize=(5, 2))
axes.plot([1, 2], [1, double(1)])
plots.show(figure, alt="A line that rises from one to two")

# %% fold
# What it says
ck.claim("The line rises", double(1) > 1, value=double(1))
with ck.quietly():
    ck.claim("Twice two is four", double(2) == 4)
    ck.claim("Twice three is six", double(3) == 6, value=6)
print("that is all")

# %% [markdown] further
# ## A detour
#
# For those who want more.

# %%
thrice = 3

# %% [markdown]
# ### Within the detour
#
# Words that are out of the way.

# %% [markdown]
# ## Back
#
# The end.
"""


def build_folded(root: Path) -> Path:
    """Build the chapter in a folder; return the path of its notebook."""
    chapter = Chapter("notebooks", "01_dots", root)
    chapter.source.parent.mkdir(parents=True, exist_ok=True)
    chapter.source.write_text(SOURCE, encoding="utf-8")
    (root / "pyproject.toml").write_text('[project]\nname = "course"\n')
    build_chapter(chapter)
    return chapter.path
