"""How a picture reaches a notebook: small, always as the same bytes, and always with alt text."""

import base64
import sys
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image, ImageColor

from coursekit.plots.pixels import Pixels
from coursekit.plots.theme import style, theme

__all__ = ["ALT_LENGTH", "Picture", "check_alt", "mime_bundle", "render", "show"]

Picture = Figure | Pixels
"""A figure, or bytes (H, W, 3)."""

ALT_LENGTH = 20
SCREEN = 100
"""Pixels to the inch that a student sees. A figure of more is shown smaller, and is crisp on fine screens."""

_LARGE = 30_000  # bytes
_FINE = 92  # quality of a JPEG that is not saved
_QUALITY = 60  # of a JPEG: type stays crisp, and the file is half of the PNG
_MARGIN = 6  # empty pixels that stay
_ROOM = 0.5  # inches; at any even number of pixels to the inch, pictures stay on whole pixels


@dataclass(frozen=True)
class Still:
    """An encoded picture.

    Attributes:
        data: the bytes of the file.
        mime: its media type, such as "image/png".
        width: pixels on the screen at which it is shown.
    """

    data: bytes
    mime: str
    width: int


def show(picture: Picture, alt: str) -> None:
    """Show a figure, or bytes (H, W, 3), in the notebook, and close it.

    Args:
        picture: what to show.
        alt: what the picture shows, for those who cannot see it: at least 20 characters.

    Raises:
        ValueError: ``alt`` is too short.
    """
    check_alt(alt)
    data, metadata = mime_bundle(render(picture), alt)
    if InteractiveShell.initialized():
        display(data, metadata=metadata, raw=True)
    else:
        print(alt)
    _close(picture)


def mime_bundle(still: Still, alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what Jupyter displays: the data by media type, and their metadata.

    Args:
        still: the picture.
        alt: what it shows.

    Returns:
        Media type → data, with ``alt`` as plain text; and media type → its alt text and width.
    """
    data = {still.mime: base64.b64encode(still.data).decode(), "text/plain": alt}
    return data, {still.mime: {"alt": alt, "width": still.width}}


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


def render(picture: Picture, *, fast: bool = False, lossy: bool = False) -> Still:
    """Return the picture as a file without date or version: same picture, same bytes.

    Lines and type are PNG. Noise does not compress without loss, so what would be a large PNG becomes a JPEG.

    Args:
        picture: a figure, or bytes (H, W, 3).
        fast: spend no time on making the file small, nor on what stands over the edge.
        lossy: with ``fast``, a JPEG without visible loss, which takes a tenth of a PNG's time: for sliders.

    Returns:
        The encoded picture.
    """
    if isinstance(picture, Figure):
        pixels, ratio = (_draw_as_is if fast else _draw)(picture), picture.get_dpi() / SCREEN
    else:
        pixels, ratio = picture, 1.0
    image = Image.fromarray(np.ascontiguousarray(pixels))
    width = round(image.width / ratio)
    if fast:
        if lossy:
            return Still(_encode(image, "jpeg", quality=_FINE, subsampling="4:4:4"), "image/jpeg", width)
        return Still(_encode(image, "png", compress_level=1), "image/png", width)
    png = _encode(_with_palette(image), "png", compress_level=9)
    if len(png) <= _LARGE:
        return Still(png, "image/png", width)
    jpeg = _encode(image, "jpeg", quality=_QUALITY, subsampling="4:2:0", optimize=True)
    return Still(png, "image/png", width) if len(png) <= len(jpeg) else Still(jpeg, "image/jpeg", width)


def _draw_as_is(figure: Figure) -> Pixels:
    canvas = FigureCanvasAgg(figure)
    with style():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _draw(figure: Figure) -> Pixels:
    """Draw a figure with room around it, for what stands over its edge, and cut off what stayed empty."""
    dpi, (width, height) = figure.get_dpi(), figure.get_size_inches()
    room = Bbox.from_extents(-_ROOM, -_ROOM, width + _ROOM, height + _ROOM)
    FigureCanvasAgg(figure)
    stream = BytesIO()
    with style() as chosen:
        paper = chosen.colours.paper
        figure.savefig(
            stream, format="png", dpi=dpi, bbox_inches=room, facecolor=paper, pil_kwargs={"compress_level": 0}
        )
    return _cut(np.asarray(Image.open(stream).convert("RGB")))


def _cut(pixels: Pixels) -> Pixels:
    """Cut off empty margins, but for a few pixels."""
    inked = (pixels != ImageColor.getrgb(theme().colours.paper)).any(axis=2)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return pixels
    top, left = max(rows[0] - _MARGIN, 0), max(columns[0] - _MARGIN, 0)
    return pixels[top : rows[-1] + _MARGIN + 1, left : columns[-1] + _MARGIN + 1]


def _with_palette(image: Image.Image) -> Image.Image:
    """Reduce a picture to 256 colours that cover all of its own."""
    sample = Image.fromarray(np.ascontiguousarray(np.asarray(image)[::3, ::3]))
    # Maximum coverage keeps the few pixels of a vivid colour, which a median cut turns grey; k-means brings
    # common colours back to what they were. Both are slow, but a ninth of the pixels will do for a sample.
    palette = sample.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _close(picture: Picture) -> None:
    """Let pyplot forget a figure that it made, or the notebook would show it a second time."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and isinstance(picture, Figure):
        pyplot.close(picture)
