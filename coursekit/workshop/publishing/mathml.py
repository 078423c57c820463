"""Formulas as MathML, which browsers draw and read aloud without a script, a font or a network."""

import html
import re
from xml.etree.ElementTree import fromstring, register_namespace, tostring

from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

__all__ = ["FormulaError", "mathml"]


_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
register_namespace("", _NAMESPACE)
_SIZED_DELIMITER = re.compile(r"(\\[bB]igg?)(?![a-z])")  # the converter knows \bigl and \bigr, not \big
_NAMED_ENTITY = re.compile(r"&(?!(?:lt|gt|amp);)\w+;")  # characters that HTML has names for, and XML has not


class FormulaError(ValueError):
    """A formula cannot be converted; the message says which one, and why."""


def mathml(tex: str, *, block: bool = False) -> str:
    """Convert a formula to MathML.

    Args:
        tex: the formula in LaTeX, without dollar signs.
        block: whether it stands on a line of its own.

    Returns:
        A `math` element.

    Raises:
        FormulaError: the converter does not understand the formula.
    """
    try:
        text = tex2mathml(_SIZED_DELIMITER.sub(r"\1l", tex.strip()), as_block=block)
        formula = fromstring(_NAMED_ENTITY.sub(_character, text))
    except (MathError, SyntaxError) as error:
        raise FormulaError(f"formula {tex.strip()!r}: {error}") from error
    for brace in formula.findall(f".//{{{_NAMESPACE}}}msub[{{{_NAMESPACE}}}munder]"):
        brace.tag = f"{{{_NAMESPACE}}}munder"  # a text below a brace belongs under it, not beside it
    return tostring(formula, encoding="unicode")


def _character(name: re.Match[str]) -> str:
    return html.unescape(name[0])
