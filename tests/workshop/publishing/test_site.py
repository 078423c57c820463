import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_output

from coursekit.workshop.building.chapter import ROOT, chapters
from coursekit.workshop.publishing.site import SiteError, build_site
from tests.workshop.publishing.conftest import notebook


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of the course as it is."""
    return build_site(tmp_path_factory.mktemp("built") / "the site").parent


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, *names):
        return [attributes for tag, attributes in self.found if tag in names]


def pages(site):
    return [page for page in site.rglob("*.html") if "_static" not in page.parts]


def test_every_chapter_has_its_pages_and_its_downloads(site):
    for chapter in chapters():
        if chapter.kind == "solutions":
            assert not (site / "files" / chapter.label).exists(), "a solution is on the site"
            continue
        page = site / chapter.label.replace(".ipynb", ".html")
        offered = [link["href"] for link in Tags(page).of("a") if "download" in link]
        assert f"../files/{chapter.label}" in offered
        for link in offered:
            assert (page.parent / link).read_bytes() == (ROOT / link.removeprefix("../files/")).read_bytes()


def test_nothing_comes_from_elsewhere(site):
    for page in pages(site):
        for tag in Tags(page).of("script", "link", "img", "audio", "source", "iframe"):
            source = tag.get("src") or (tag.get("href") if tag.get("rel") != "canonical" else "") or ""
            assert not source.startswith(("http:", "https:", "//")), f"{page.name} asks for {source}"


def test_every_picture_is_described(site):
    pictures = [(page.name, tag) for page in pages(site) for tag in Tags(page).of("img")]
    assert len(pictures) > 80
    bare = [(name, tag.get("src")) for name, tag in pictures if len(tag.get("alt", "")) < 20]
    assert not bare


def test_formulas_need_no_script(site):
    page = (site / "notebooks/05_gradcam.html").read_text("utf-8")
    assert page.count("<math") > 20
    assert not re.search(r"<script[^>]*(mathjax|katex)", page, re.IGNORECASE)


def test_a_search_finds_words_of_a_notebook(site):
    index = (site / "searchindex.js").read_text("utf-8")
    assert '"randomis' in index
    assert "notebooks/04_saliency" in index


def test_the_keyboard_reaches_wide_code(site):
    page = (site / "notebooks/05_gradcam.html").read_text("utf-8")
    assert "<pre>" not in page


def test_a_caption_is_text_that_the_search_finds(course, tmp_path):
    caption = {
        "text/html": '<p class="figure-caption">Ultramarine, by itself.</p>',
        "text/plain": "Ultramarine",
    }
    shown = notebook()
    shown.cells[2].outputs.append(new_output("display_data", caption))
    nbformat.write(shown, course / "notebooks/01_dots.ipynb")
    built = build_site(tmp_path / "site", course).parent
    assert '<p class="figure-caption">Ultramarine' in (built / "notebooks/01_dots.html").read_text("utf-8")
    assert '"ultramarin' in (built / "searchindex.js").read_text("utf-8")


def test_a_small_course_becomes_a_site(course, tmp_path):
    first = build_site(tmp_path / "site", course)
    assert "A text" in first.read_text("utf-8")
    (picture,) = [tag for tag in Tags(first.parent / "notebooks/01_dots.html").of("img") if "alt" in tag]
    assert picture["alt"] == "A dot, and nothing beside it"


def test_a_folded_section_is_a_closed_box_that_ends_with_the_section(course, tmp_path):
    path = course / "notebooks/01_dots.ipynb"
    book = nbformat.read(path, as_version=4)
    deeper = next(cell for cell in book.cells if cell.id == "deeper")
    deeper.metadata["tags"] = ["further"]
    inside = ["Far.", "### Inner", "Farther.", "## After"]
    at = book.cells.index(deeper) + 1
    book.cells[at:at] = [new_markdown_cell(text, id=f"i{place}") for place, text in enumerate(inside)]
    nbformat.write(book, path)
    page = (build_site(tmp_path / "site", course).parent / "notebooks/01_dots.html").read_text("utf-8")
    before, opened, rest = page.partition('<details class="further"><summary>show this section</summary>')
    box, closed, after = rest.partition("</details>")
    assert opened
    assert closed
    assert "More." in before
    assert all(word in box for word in ("Far.", "Inner", "Farther."))
    assert "After" in after
    assert box.count("<section") == box.count("</section>") == 1


def test_without_a_clone_there_is_no_site(tmp_path):
    with pytest.raises(ValueError, match="this needs a clone of the course"):
        build_site(tmp_path / "site", tmp_path / "elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_site_is_not_replaced(course, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="mine is no site"):
        build_site(mine, course)
    assert (mine / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("text", "said"),
    [("See [there](02_nowhere.ipynb).", "02_nowhere"), (r"$\nonsense$", r"\\nonsense")],
    ids=["a link to nowhere", "a formula that cannot be set"],
)
def test_faults_are_named_and_leave_the_old_site(course, tmp_path, capfd, text, said):
    old = tmp_path / "site"
    old.mkdir()
    (old / "searchindex.js").touch()
    (old / "index.html").write_text("the old one")
    nbformat.write(notebook(text), course / "notebooks/01_dots.ipynb")
    with pytest.raises(SiteError):
        build_site(old, course)
    assert said in capfd.readouterr().err
    assert (old / "index.html").read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("site", course.name)] == []
