"""A notebook as blocks of HTML, which slides do not split: a paragraph, code, a picture."""

import ast
import html
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from coursekit.workshop.building.folding import is_folded
from coursekit.workshop.publishing.mathml import mathml

__all__ = ["blocks", "code_to_show"]

_CAPTION = '<p class="figure-caption"'
_DISPLAYING_CALLS = ("plots.show", "ck.claim", "widgets.", "display", "print")
_CLOSED = '<details class="code"><summary>show code</summary>{}</details>'


def blocks(cell: NotebookNode) -> Iterator[str]:
    """Return what a cell shows, from top to bottom.

    Args:
        cell: of a built notebook.

    Raises:
        FormulaError: a formula cannot be converted.
        ValueError: an output is of a kind that no slide can show.
    """
    if cell.cell_type == "markdown":
        yield from _paragraphs(cell.source)
    elif cell.cell_type == "code":
        folded = is_folded(cell)
        if not folded and (code := code_to_show(cell.source)):
            yield _highlighted(code)
        yield from _with_captions([_output(output) for output in cell.outputs])
        if folded:  # last, since it opens from the slide that it comes to
            yield _CLOSED.format(_highlighted(cell.source))


def _highlighted(code: str) -> str:
    return highlight(code, PythonLexer(), HtmlFormatter())


def code_to_show(code: str) -> str:
    """Return a cell's code without the statements that only import, display or check.

    Args:
        code: of the cell.

    Returns:
        The other statements with the comments above them; may be empty.
    """
    lines, kept, start = code.split("\n"), [], 0
    for statement in ast.parse(code).body:
        end = statement.end_lineno or statement.lineno
        if not _is_plumbing(statement):
            kept.extend(lines[start:end])
        start = end
    return "\n".join(kept).strip("\n")


def _is_plumbing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.For | ast.With | ast.If):
        return all(map(_is_plumbing, [*statement.body, *getattr(statement, "orelse", [])]))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func).startswith(_DISPLAYING_CALLS)
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _paragraphs(source: str) -> Iterator[str]:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=_math)
    for node in SyntaxTreeNode(markdown.parse(source)).children:
        yield markdown.renderer.render(node.to_tokens(), markdown.options, {})


def _math(tex: str, options: dict[str, Any]) -> str:
    return mathml(tex, block=options.get("display_mode", False))


def _with_captions(outputs: list[str]) -> Iterator[str]:
    """Keep a caption with its picture: a block is never divided between two slides."""
    for shown, following in zip_longest(outputs, outputs[1:], fillvalue=""):
        if following.startswith(_CAPTION):
            yield f"<figure>{shown}<figcaption>{following}</figcaption></figure>"
        elif not shown.startswith(_CAPTION):
            yield shown


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return f'<pre class="output">{html.escape(output.text.rstrip())}</pre>'
    if "text/html" in output.data:
        return output.data["text/html"]
    for mime in ("image/png", "image/jpeg"):
        if mime in output.data:
            about = output.metadata.get(mime, {})
            alt, width = html.escape(about.get("alt", "")), about.get("width", "")
            data = output.data[mime].strip()
            return f'<img alt="{alt}" data-width="{width}" src="data:{mime};base64,{data}">'
    if "text/plain" in output.data:
        return f'<pre class="output">{html.escape(output.data["text/plain"])}</pre>'
    raise ValueError(f"an output of {', '.join(output.data)} cannot be shown on a slide")
