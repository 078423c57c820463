"""An extension of Sphinx for the site: formulas as MathML, alt texts, folded sections, keyboard access."""

from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from coursekit.workshop.publishing.mathml import FormulaError, mathml

__all__ = ["FURTHER", "PictureRenderer", "setup"]

FURTHER = "what follows of this section is folded away"
"""A comment that stands where the folded part of a section begins."""
_OPEN = '<details class="further"><summary>show this section</summary>'

_log = getLogger(__name__)


class PictureRenderer(NbElementRenderer):
    """Renders notebooks' outputs, with the alt text that ``plots.show`` has put into a picture's metadata."""

    def render_image(self, data: MimeData) -> list[nodes.Element]:
        """Return the picture with its alt text."""
        found = super().render_image(data)
        for picture in found:
            picture["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx, which calls this function."""
    app.add_html_math_renderer("mathml", (_render_inline, None), (_render_block, None))
    app.connect("doctree-read", _fold_sections)
    app.connect("html-page-context", _improve_access, priority=900)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _render_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_to_mathml(node))
    raise nodes.SkipNode


def _render_block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_to_mathml(node, block=True)}</div>')
    raise nodes.SkipNode


def _to_mathml(node: nodes.Element, *, block: bool = False) -> str:
    """Convert a formula. A wrong one gives a warning with its place, so that one run names all of them."""
    try:
        return mathml(node.astext(), block=block)
    except FormulaError as error:
        _log.warning(str(error), location=node)
        return ""


def _fold_sections(_app: Sphinx, doctree: nodes.document) -> None:
    """Put what follows the comment in a section, subsections and all, into a box that opens on a click."""
    for mark in list(doctree.findall(nodes.comment)):
        if mark.astext() == FURTHER:
            section = mark.parent
            place = section.index(mark)
            section.insert(place, nodes.raw("", _OPEN, format="html"))
            section.remove(mark)
            section.append(nodes.raw("", "</details>", format="html"))


def _improve_access(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Make wide code and formulas scrollable by keyboard, and give the sidebar's headings a level."""
    for part, plain, marked in (
        ("body", "<pre>", '<pre tabindex="0">'),
        ("body", '<div class="math-wrapper', '<div tabindex="0" class="math-wrapper'),
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
    ):
        if part in context:
            context[part] = context[part].replace(plain, marked)
