"""How pixels become a file: line art as PNG, photographs as JPEG without visible loss, exact where wanted."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from coursekit.plots.pixels import Pixels

__all__ = ["QUALITY", "encode_art", "encode_exactly", "encode_fast", "encode_photograph"]

QUALITY = 90
"""Quality of a JPEG in a notebook, of 100; its colours have the resolution of its brightness (4:4:4)."""

_FINE = 92  # quality of a JPEG that is not saved
_JPEG: dict[str, Any] = {"quality": QUALITY, "subsampling": "4:4:4", "optimize": True, "progressive": True}
_COLOURS = 256  # that a palette holds
_WORTH = 1.15  # times the size of the JPEG, which a picture without any loss may have


@dataclass(frozen=True)
class Encoded:
    """A file.

    Attributes:
        data: its bytes; no date or version, so that the same pixels give the same bytes.
        mime: its media type, such as "image/png".
    """

    data: bytes
    mime: str


def encode_exactly(pixels: Pixels) -> Encoded:
    """Return a PNG of all three channels, from which every pixel comes back as it is.

    Args:
        pixels: (H, W, 3) in bytes.

    Returns:
        The file.
    """
    # The last steps of compression take most of the time, and make noise no smaller.
    return Encoded(_encode(_image(pixels), "png", compress_level=6), "image/png")


def encode_art(pixels: Pixels) -> Encoded:
    """Return a PNG of lines and type, reduced to 256 colours that cover all of its own.

    Args:
        pixels: (H, W, 3) in bytes.

    Returns:
        The file; its commonest colour is exactly what it was.
    """
    image = _image(pixels)
    if image.getcolors(_COLOURS) is not None:
        return _png(image.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))
    sample = _image(pixels[::3, ::3])
    # Maximum coverage keeps the few pixels of a vivid colour, which a median cut turns grey; k-means brings
    # common colours back to what they were. Both are slow, but a ninth of the pixels will do for a sample.
    palette = sample.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
    reduced = image.quantize(palette=palette, dither=Image.Dither.NONE)
    _keep_paper(reduced, image)
    return _png(reduced)


def _keep_paper(reduced: Image.Image, image: Image.Image) -> None:
    """Give the commonest colour back what it was: a white that is a little grey shows on a white page."""
    numbers, colours = np.asarray(reduced), reduced.getpalette("RGB") or []
    index = int(np.bincount(numbers.ravel()).argmax())
    values, counts = np.unique(np.asarray(image)[numbers == index], axis=0, return_counts=True)
    colours[3 * index : 3 * index + 3] = values[counts.argmax()].tolist()
    reduced.putpalette(bytes(colours), "RGB")


def encode_photograph(pixels: Pixels) -> Encoded:
    """Return a JPEG of quality 90; a PNG without loss where that is hardly larger.

    Args:
        pixels: (H, W, 3) in bytes.

    Returns:
        The file.
    """
    jpeg = Encoded(_encode(_image(pixels), "jpeg", **_JPEG), "image/jpeg")
    png = encode_exactly(pixels)
    return png if len(png.data) <= _WORTH * len(jpeg.data) else jpeg


def encode_fast(pixels: Pixels, *, lossy: bool = False) -> Encoded:
    """Return a file in the least time.

    Args:
        pixels: (H, W, 3) in bytes.
        lossy: a JPEG without visible loss, which takes a tenth of a PNG's time.

    Returns:
        The file.
    """
    if lossy:
        return Encoded(_encode(_image(pixels), "jpeg", quality=_FINE, subsampling="4:4:4"), "image/jpeg")
    return Encoded(_encode(_image(pixels), "png", compress_level=1), "image/png")


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels))


def _png(image: Image.Image) -> Encoded:
    return Encoded(_encode(image, "png", compress_level=9), "image/png")


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
