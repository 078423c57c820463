from xml.etree.ElementTree import fromstring

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from coursekit.workshop.building.chapter import ROOT
from coursekit.workshop.publishing.mathml import FormulaError, mathml

SPACE = "{http://www.w3.org/1998/Math/MathML}"
SOURCES = sorted([*ROOT.glob("notebooks/src/*.py"), *ROOT.glob("solutions/src/*.py")])


def formulas(path):
    text = "\n".join(line.removeprefix("# ") for line in path.read_text("utf-8").splitlines())
    for token in MarkdownIt().use(dollarmath_plugin).parse(text):
        for inner in [token, *(token.children or [])]:
            if inner.type.startswith("math"):
                yield inner.content, inner.type != "math_inline"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_formula_of_the_course_can_be_set(path):
    for tex, block in formulas(path):
        assert fromstring(mathml(tex, block=block)).tag == f"{SPACE}math"


def test_a_formula_says_what_it_says():
    fraction = fromstring(mathml(r"\frac{a}{b} < 2")).find(f".//{SPACE}mfrac")
    assert [part.text for part in fraction] == ["a", "b"]
    assert "&lt;" in mathml("a < b")


def test_what_is_said_of_a_brace_stands_below_it():
    root = fromstring(mathml(r"\underbrace{a + b}_{c}", block=True))
    (outer,) = root
    assert outer.tag == f"{SPACE}munder"
    assert outer[1].text == "c"


def test_a_delimiter_may_be_big_on_either_side():
    assert mathml(r"\big( x \big)").count("<mo") == 2


def test_characters_that_only_html_has_names_for():
    assert "‖" in mathml(r"\lVert x \rVert")


@pytest.mark.parametrize("tex", [r"\nonsense x", "a…b"])
def test_a_formula_that_cannot_be_set_is_named(tex):
    with pytest.raises(FormulaError) as error:
        mathml(tex)
    assert tex in str(error.value).replace("\\\\", "\\")
