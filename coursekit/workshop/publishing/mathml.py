"""Formulas as MathML, which browsers draw and read aloud by themselves: no script, no font, no network."""

import html
import re
from xml.etree.ElementTree import fromstring, register_namespace, tostring

from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

__all__ = ["FormulaError", "mathml"]


_SPACE = "http://www.w3.org/1998/Math/MathML"
register_namespace("", _SPACE)
_SIZED = re.compile(r"(\\[bB]igg?)(?![a-z])")  # the converter knows \bigl and \bigr, not \big
_NAMED = re.compile(r"&(?!(?:lt|gt|amp);)\w+;")  # characters that HTML has names for, and XML has not


class FormulaError(ValueError):
    """A formula that cannot be set; the message says which, and why."""


def mathml(tex: str, *, block: bool = False) -> str:
    """Return a formula as MathML.

    Args:
        tex: in LaTeX, without dollars.
        block: on a line of its own.

    Raises:
        FormulaError: it is no LaTeX that the converter knows.
    """
    try:
        text = tex2mathml(_SIZED.sub(r"\1l", tex.strip()), as_block=block)
        formula = fromstring(_NAMED.sub(_character, text))
    except (MathError, SyntaxError) as error:
        raise FormulaError(f"formula {tex.strip()!r}: {error}") from error
    for brace in formula.findall(f".//{{{_SPACE}}}msub[{{{_SPACE}}}munder]"):
        brace.tag = f"{{{_SPACE}}}munder"  # what is said below a brace belongs under it, not beside it
    return tostring(formula, encoding="unicode")


def _character(name: re.Match[str]) -> str:
    return html.unescape(name[0])
