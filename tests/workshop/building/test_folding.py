import pytest

from coursekit.workshop.building import BuildError
from coursekit.workshop.building.builder import build_chapter
from coursekit.workshop.building.folding import is_folded, is_further
from coursekit.workshop.building.skeleton import skeleton

TEXT = """\
# ---
# edition: 2
# ---

# %% [markdown]
# # One

# %% fold
import this

# %% fold tags=["x"]
plots.show(this, alt="…")

# %% [markdown] further
# ## A detour
# For those who want more.

# %%
x = 1

# %% [markdown]
# ### Within it

# %% slideshow={"slide_type": "notes"}
y = 1

# %% [markdown]
# ## Two
"""
STATEMENTS = """\
# %%
# NBVAL_CHECK_OUTPUT
import coursekit as ck

ck.claim("It holds", True, value=0.5)
with ck.quietly():
    ck.claim("One", True)
    ck.claim("Two", True, value="2 %")
"""
EXERCISE = (
    '# %% exercise="a"\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n\n# %% fold check="a" points=1\nassert x\n'
)


@pytest.fixture
def cells(course):
    return skeleton(course.write("notebooks", TEXT)).cells


def test_a_folded_cell_is_so_for_jupyterlab_and_for_the_site(cells) -> None:
    folded = [cell for cell in cells if is_folded(cell)]
    assert [cell.source.partition("(")[0] for cell in folded] == ["import this", "plots.show"]
    assert [cell.metadata["jupyter"] for cell in folded] == [{"source_hidden": True}] * 2
    assert [cell.metadata["tags"] for cell in folded] == [["hide-input"], ["x", "hide-input"]]
    assert not any("title" in cell.metadata for cell in cells)


def test_on_slides_plumbing_stays_where_it_is_and_a_picture_gets_room(cells) -> None:
    types = [cell.metadata["slideshow"]["slide_type"] for cell in cells]
    assert types[:3] == ["slide", "-", "subslide"]


def test_a_section_that_goes_further_is_collapsed_and_on_no_slide(cells) -> None:
    (heading,) = [cell for cell in cells if is_further(cell)]
    assert heading.source.startswith("## A detour")
    assert heading.metadata["jp-MarkdownHeadingCollapsed"] is True
    types = [cell.metadata["slideshow"]["slide_type"] for cell in cells[3:]]
    assert types == ["skip", "skip", "skip", "notes", "slide", "skip"], "up to the next heading as high"


def test_statements_are_the_same_whenever_they_are_checked(course, nbval) -> None:
    chapter = course.write("notebooks", STATEMENTS)
    build_chapter(chapter)
    done = nbval([chapter.path])
    assert done.returncode == 0, done.stdout[-3000:]
    text = chapter.path.read_text("utf-8")
    assert "2 statements checked" in text
    chapter.path.write_text(text.replace("2 statements checked", "3 statements checked"), "utf-8")
    assert nbval([chapter.path]).returncode == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %% fold [markdown]\n# words\n", "fold is for code"),
        (EXERCISE, "fold is for code that is neither an exercise nor a check"),
        ("# %% further\nx = 1\n", "further is for a markdown cell that begins with a heading"),
        ("# %% [markdown] further\n# words\n", "further is for a markdown cell that begins with a heading"),
        ("# %% [markdown] further\n# # The title\n", "a heading, from ## on"),
        ("# %% folded\nx = 1\n", "wanted fold, further or nothing after # %%, got 'folded'"),
    ],
)
def test_a_wrong_word_stops_the_build(course, text: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        skeleton(course.write("solutions", text))
