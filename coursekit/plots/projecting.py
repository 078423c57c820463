"""From the desk to the wall: what an instructor calls in the first cell."""

import os

from IPython.display import HTML, display

__all__ = ["projector"]

_PAGE = """<style>
.jp-Notebook {{
  --jp-content-font-size1: {text}px; --jp-code-font-size: {code}px; --jp-code-line-height: 1.3;
  --jp-ui-font-size1: {code}px;
}}
.jp-Notebook img {{ max-width: 100%; }}
</style><p>Type and figures are for the last row now.</p>"""
_TEXT, _CODE = 24, 20  # pixels; the last row of a hall reads 16 at 1024 × 768


def projector(*, dark: bool = False) -> None:
    """Make the notebook's type and all figures from here on big enough for the last row.

    It sets ``COURSEKIT_THEME``, and the type of the notebook in JupyterLab. Without it, ``make lab`` under
    ``COURSEKIT_THEME=projector`` does the same for figures alone.

    Args:
        dark: light lines on a dark ground, for a dark room.
    """
    os.environ["COURSEKIT_THEME"] = "projector-dark" if dark else "projector"
    display(HTML(_PAGE.format(text=_TEXT, code=_CODE)))
