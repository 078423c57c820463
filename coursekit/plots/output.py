"""How a picture reaches a notebook: wide, always as the same bytes, and always with alt text."""

import base64
import html
import sys
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image, ImageColor

from coursekit.plots.encoding import encode_art, encode_exactly, encode_fast, encode_photograph
from coursekit.plots.mosaic_figure import MosaicFigure, paste_exactly
from coursekit.plots.pixels import Pixels
from coursekit.plots.theme import style, theme

__all__ = ["ALT_LENGTH", "PAGE", "SCREEN", "Picture", "check_alt", "mime_bundle", "render", "show"]

Picture = Figure | Pixels
"""A figure, or bytes (H, W, 3)."""

ALT_LENGTH = 20
SCREEN = 100
"""Pixels to the inch that a student sees. A figure of more is shown smaller, and is crisp on fine screens."""

PAGE = 1000
"""Width of a figure in pixels on the screen; a main figure has 960 or more."""

_MARGIN = 6  # empty pixels that stay
_ROOM = 0.5  # inches; at any even number of pixels to the inch, pictures stay on whole pixels
# Jupyter keeps no style sheet of an output, and drops what it takes for dangerous: this much, it shows.
_CAPTION = (
    '<p class="figure-caption" style="max-width: 60em; margin: 0 0 1.2em; font-size: 0.95em;'
    ' line-height: 1.45">{}</p>'
)


@dataclass(frozen=True)
class Still:
    """An encoded picture.

    Attributes:
        data: the bytes of the file.
        mime: its media type, such as "image/png".
        width: pixels on the screen at which it is shown.
        density: pixels of the file for each on the screen.
        panels: of a lossless picture: where its panels lie in the file, and by how much each is enlarged.
    """

    data: bytes
    mime: str
    width: int
    density: float = 1
    panels: list[dict[str, int]] = field(default_factory=list)


def show(
    picture: Picture, alt: str, *, caption: str | None = None, lossless: bool = False, aside: bool = False
) -> None:
    """Show a figure, or bytes (H, W, 3), in the notebook, and close it.

    Args:
        picture: what to show.
        alt: what the picture shows, for those who cannot see it: at least 20 characters.
        caption: what stands below the figure, as text that can be selected, searched and read aloud.
        lossless: store each panel's pixels as they were computed, enlarged by a whole number; for pictures
            that are about pixels. The output's metadata say where each panel lies in the stored picture.
        aside: this is no main figure, and may be small.

    Raises:
        ValueError: ``alt`` is too short, ``caption`` is empty, or there is no room for a lossless panel.
    """
    check_alt(alt)
    if caption is not None and not caption.strip():
        raise ValueError("caption: it is empty; leave it out, or say what the figure shows")
    data, metadata = mime_bundle(render(picture, lossless=lossless), alt, aside=aside)
    if InteractiveShell.initialized():
        display(data, metadata=metadata, raw=True)
        if caption is not None:
            display(_caption(caption), raw=True)
    else:
        print(alt if caption is None else f"{alt}\n{caption}")
    _close(picture)


def _caption(text: str) -> dict[str, str]:
    return {"text/html": _CAPTION.format(html.escape(text.strip())), "text/plain": text.strip()}


def mime_bundle(still: Still, alt: str, *, aside: bool = False) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what Jupyter displays: the data by media type, and their metadata.

    Args:
        still: the picture.
        alt: what it shows.
        aside: it is no main figure.

    Returns:
        Media type → data, with ``alt`` as plain text; and media type → its alt text, width and density, and
        where its panels lie if it is lossless.
    """
    data = {still.mime: base64.b64encode(still.data).decode(), "text/plain": alt}
    about: dict[str, Any] = {"alt": alt, "width": still.width, "density": still.density}
    if still.panels:
        about["panels"] = still.panels
    if aside:
        about["aside"] = True
    return data, {still.mime: about}


def check_alt(alt: str) -> None:
    """Refuse alt texts that are too short to say what a picture shows.

    Args:
        alt: the text.

    Raises:
        ValueError: it has less than 20 characters.
    """
    if not isinstance(alt, str) or len(alt.strip()) < ALT_LENGTH:
        raise ValueError(
            f"alt: wanted at least {ALT_LENGTH} characters that say what the picture shows, got {alt!r}"
        )


def render(picture: Picture, *, fast: bool = False, lossy: bool = False, lossless: bool = False) -> Still:
    """Return the picture as a file without date or version: same picture, same bytes.

    Lines and type are a PNG, what holds pictures a JPEG of quality 90, and what is lossless a PNG of all
    colours.

    Args:
        picture: a figure, or bytes (H, W, 3).
        fast: spend no time on making the file small, nor on what stands over the edge.
        lossy: with ``fast``, a JPEG without visible loss, which takes a tenth of a PNG's time: for sliders.
        lossless: store each panel's pixels as they were computed.

    Returns:
        The encoded picture.

    Raises:
        ValueError: ``lossless`` has no room for a panel's pixels.
    """
    if not isinstance(picture, Figure):
        return _render_pixels(picture, fast=fast, lossy=lossy, lossless=lossless)
    if lossless:  # so that a panel can be enlarged by a whole number and remain large
        picture.set_dpi(max(picture.get_dpi(), 2 * SCREEN))
    density = picture.get_dpi() / SCREEN
    if fast:
        pixels = _draw_as_is(picture)
        encoded = encode_fast(pixels, lossy=lossy)
        return Still(encoded.data, encoded.mime, round(pixels.shape[1] / density), density)
    pixels, origin = _draw(picture)
    panels = _exact_panels(picture, pixels, origin) if lossless else []
    holds_pictures = any(axes.images for axes in picture.axes)
    encode = encode_exactly if lossless else encode_photograph if holds_pictures else encode_art
    encoded = encode(pixels)
    return Still(encoded.data, encoded.mime, round(pixels.shape[1] / density), density, panels)


def _render_pixels(pixels: Pixels, *, fast: bool, lossy: bool, lossless: bool) -> Still:
    height, width = pixels.shape[:2]
    if fast:
        encoded = encode_fast(pixels, lossy=lossy)
    else:
        encoded = encode_exactly(pixels) if lossless else encode_photograph(pixels)
    whole = {"left": 0, "top": 0, "width": width, "height": height, "enlarged": 1}
    return Still(encoded.data, encoded.mime, width, 1, [whole] if lossless else [])


def _exact_panels(figure: Figure, pixels: Pixels, origin: tuple[int, int]) -> list[dict[str, int]]:
    if not isinstance(figure, MosaicFigure):
        raise ValueError(
            "lossless: this figure has no panels; wanted one of image_grid, heatmap_grid or plate"
        )
    paper = ImageColor.getrgb(theme().colours.paper)
    return paste_exactly(pixels, figure.panels, origin, round(figure.get_dpi() / SCREEN), paper)


def _draw_as_is(figure: Figure) -> Pixels:
    canvas = FigureCanvasAgg(figure)
    with style():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _draw(figure: Figure) -> tuple[Pixels, tuple[int, int]]:
    """Draw a figure with room around it, for what stands over its edge, and cut off what stayed empty.

    Returns the pixels, and the column and row at which the figure itself begins.
    """
    dpi, (width, height) = figure.get_dpi(), figure.get_size_inches()
    room = Bbox.from_extents(-_ROOM, -_ROOM, width + _ROOM, height + _ROOM)
    FigureCanvasAgg(figure)
    stream = BytesIO()
    with style() as chosen:
        paper = chosen.colours.paper
        figure.savefig(
            stream, format="png", dpi=dpi, bbox_inches=room, facecolor=paper, pil_kwargs={"compress_level": 0}
        )
    pixels = np.array(Image.open(stream).convert("RGB"))
    begin = round(_ROOM * dpi)
    # Grids keep the width of the page, so that figures below each other line up.
    page = (begin, begin + round(width * dpi)) if isinstance(figure, MosaicFigure) else None
    top, bottom, left, right = _inked(pixels, page)
    return pixels[top:bottom, left:right], (begin - left, begin - top)


def _inked(pixels: Pixels, page: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """Return the rows and columns to keep: those of the page and all that bear ink, with a few empty ones."""
    inked = (pixels != ImageColor.getrgb(theme().colours.paper)).any(axis=2)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return 0, pixels.shape[0], 0, pixels.shape[1]
    if page is not None:
        left, right = min(columns[0], page[0]), max(columns[-1] + 1, page[1])
    else:
        left, right = max(columns[0] - _MARGIN, 0), columns[-1] + _MARGIN + 1
    return max(rows[0] - _MARGIN, 0), rows[-1] + _MARGIN + 1, left, right


def _close(picture: Picture) -> None:
    """Let pyplot forget a figure that it made, or the notebook would show it a second time."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and isinstance(picture, Figure):
        pyplot.close(picture)
