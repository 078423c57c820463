"""What a notebook shows, as blocks of HTML that a slide has room for or not: a paragraph, code, a picture."""

import ast
import html
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from coursekit.workshop.publishing.mathml import mathml

__all__ = ["blocks", "to_teach"]

_SHOWN = ("plots.show", "ck.claim", "widgets.", "display", "print")


def blocks(cell: NotebookNode) -> Iterator[str]:
    """Return what a cell shows, from top to bottom.

    Raises:
        FormulaError: a formula cannot be set.
        ValueError: an output is of a kind that no slide can show.
    """
    if cell.cell_type == "markdown":
        yield from _paragraphs(cell.source)
    elif cell.cell_type == "code":
        if code := to_teach(cell.source):
            yield highlight(code, PythonLexer(), HtmlFormatter())
        for output in cell.outputs:
            yield _output(output)


def to_teach(code: str) -> str:
    """Return a cell's code without what only imports, shows and checks: on a slide its result says it.

    Comments above a statement stay with it; what is left may be empty.
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
        return ast.unparse(statement.value.func).startswith(_SHOWN)
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _paragraphs(source: str) -> Iterator[str]:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=_math)
    for node in SyntaxTreeNode(markdown.parse(source)).children:
        yield markdown.renderer.render(node.to_tokens(), markdown.options, {})


def _math(tex: str, options: dict[str, Any]) -> str:
    return mathml(tex, block=options.get("display_mode", False))


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
