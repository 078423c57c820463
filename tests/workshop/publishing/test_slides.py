import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from coursekit.workshop.building.chapter import ROOT, chapters
from coursekit.workshop.publishing.blocks import blocks, code_to_show
from coursekit.workshop.publishing.slides import build_slides, slides
from tests.workshop.publishing.conftest import DOT, notebook


def test_headings_open_slides_and_parts():
    ((first, second),) = slides(notebook())
    assert [re.sub("<.*?>", "", block).strip()[:6] for block in second] == ["Deeper", "More."]
    assert len(first) == 4
    assert not any("Built." in block for block in first + second)


def test_a_picture_keeps_its_alt_text():
    picture = slides(notebook())[0][0][-1]
    assert 'alt="A dot, and nothing beside it"' in picture
    assert f"base64,{DOT}" in picture


def test_a_caption_stays_with_its_picture():
    caption = {"text/html": '<p class="figure-caption" style="x">A dot.</p>', "text/plain": "A dot."}
    picture = notebook().cells[2].outputs[0]
    several = [picture, new_output("display_data", caption), picture]
    together, alone = list(blocks(new_code_cell("plots.show(dot)", outputs=several)))
    assert re.match(r"<figure><img .*><figcaption><p .*>A dot.</p></figcaption></figure>$", together)
    assert alone.startswith("<img ")


def test_code_on_a_slide_is_what_it_teaches():
    code = """import torch
from torch import nn

# why
def double(x):
    return 2 * x


ck.claim("it doubles", double(1) == 2)
for name in names:
    plots.show(double(name), alt="twice the name, drawn")
for name in names:
    grown = double(name)
    print(grown)"""
    lines = code.split("\n")
    shown = ["# why", *lines[4:6], "for name in names:", *lines[-2:]]
    assert code_to_show(code) == "\n".join(shown)
    assert code_to_show("plots.show(x)") == ""


def test_every_cell_of_the_course_can_be_shown(tmp_path):
    written = build_slides([], tmp_path)
    assert [path.stem for path in written] == [c.name for c in chapters() if c.kind == "notebooks"]
    for path in written:
        page = path.read_text("utf-8")
        assert not re.search(r"""<(script|link|img)[^>]*\\b(src|href)=["']?(https?:)?//""", page)
        assert "@import" not in page
        assert page.count("<img ") == page.count('<img alt="')
        assert 'alt=""' not in page


def test_folded_code_comes_whole_and_closed_after_what_it_gives():
    said = new_output("stream", name="stdout", text="so")
    folded = new_code_cell("import this\nplots.show(x)", outputs=[said])
    folded.metadata["jupyter"] = {"source_hidden": True}
    output, code = blocks(folded)
    assert output == '<pre class="output">so</pre>'
    assert code.startswith('<details class="code"><summary>show code</summary>')
    assert re.sub("<.*?>", "", code.partition("</summary>")[2]).strip() == "import this\nplots.show(x)"


def test_text_is_escaped():
    said = new_output("stream", name="stdout", text="<b>1 < 2</b>")
    assert (
        list(blocks(new_code_cell("x", outputs=[said])))[-1]
        == '<pre class="output">&lt;b&gt;1 &lt; 2&lt;/b&gt;</pre>'
    )


def test_an_output_that_no_slide_can_show_is_an_error():
    odd = new_output("display_data", {"application/odd": "x"})
    with pytest.raises(ValueError, match="application/odd cannot be shown"):
        list(blocks(new_code_cell("x", outputs=[odd])))


def test_without_a_clone_there_are_no_slides(tmp_path):
    with pytest.raises(ValueError, match="this needs a clone of the course"):
        build_slides([], tmp_path / "slides", tmp_path / "elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_chapter_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no chapter 05_grad; there are 00_start, .*05_gradcam"):
        build_slides(["05_grad"], tmp_path, ROOT)
    assert not list(tmp_path.iterdir())
