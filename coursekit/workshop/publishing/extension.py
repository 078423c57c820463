"""What Sphinx lacks for the site: formulas without a network, alt text, and ways for the keyboard."""

from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from coursekit.workshop.publishing.mathml import FormulaError, mathml

__all__ = ["PictureRenderer", "setup"]

_log = getLogger(__name__)


class PictureRenderer(NbElementRenderer):
    """Takes a picture's alt text from its output, where ``plots.show`` put it."""

    def render_image(self, data: MimeData) -> list[nodes.Element]:
        """Return the picture, described."""
        found = super().render_image(data)
        for picture in found:
            picture["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all of it with Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("html-page-context", _reachable, priority=900)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_set(node))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_set(node, block=True)}</div>')
    raise nodes.SkipNode


def _set(node: nodes.Element, *, block: bool = False) -> str:
    """Set a formula; warn of one that cannot be, with its place, so that all of them are named in one run."""
    try:
        return mathml(node.astext(), block=block)
    except FormulaError as error:
        _log.warning(str(error), location=node)
        return ""


def _reachable(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Let the keyboard scroll wide code and formulas; say the level of the sidebar's headings."""
    for part, plain, marked in (
        ("body", "<pre>", '<pre tabindex="0">'),
        ("body", '<div class="math-wrapper', '<div tabindex="0" class="math-wrapper'),
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
    ):
        if part in context:
            context[part] = context[part].replace(plain, marked)
