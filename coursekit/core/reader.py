"""Picture files of every kind that people have, from a folder or from a browser: one reader for both."""

import warnings
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps
from torch import Tensor

from coursekit.core.formats import RAW, what_it_is
from coursekit.core.images import pixels, plain

__all__ = ["read_picture", "square"]

_LARGE = 2**22  # pixels, beyond which a picture is scaled down while it is read
_KEPT = 1024  # pixels that its shorter edge then keeps at least
_STRIP = 64  # rows of the result, of which one strip at a time is copied
_ORIENTATION = 0x0112  # in EXIF
_HEAD = 1024  # bytes that are looked at when no reader takes a file


def read_picture(source: Path | BinaryIO, name: str, size: int) -> Image.Image:
    """Return a picture upright, and scaled down if it is large: what ``square`` takes.

    Of several frames or pages, the first is read. Beyond 4 million pixels the picture is scaled down by a
    whole number: one of 48 million takes 30 MB while it is read if it is a JPEG, some 200 MB as PNG, and 700
    MB as WebP or with more than 8 bits of grey. Nothing is written to disk.

    Args:
        source: the file, or its bytes as a stream.
        name: of the file; its ending tells a camera's raw file.
        size: edge in pixels of the squares that are to be cut out of it.

    Returns:
        A picture in one of two modes: ``RGB`` without transparency, or ``F`` in [0, 1]. The shorter edge of
        one that was scaled down has at least 1,024 pixels, and twice ``size``.

    Raises:
        ValueError: it is no picture, is damaged, is too large, or nobody can say which of its values is
            white. The message says what came, as a sentence about "it".
        OSError: the file cannot be opened.
    """
    if Path(name).suffix.lower() in RAW:
        raise ValueError("it is a camera's raw photograph")
    with warnings.catch_warnings(), _stream(source) as stream:
        # What is too large is refused below, once it is known whether it can be scaled down on the way.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with _opened(stream) as picture:
            edge = max(_KEPT, 2 * size)
            turned = _load(picture, edge)
            return _upright(picture, edge, turned)


def square(
    picture: Image.Image, size: int, *, zoom: float = 1.0, across: float = 0.5, down: float = 0.5
) -> Tensor:
    """Return a square part of a picture, the centred one if nothing else is said.

    Args:
        picture: what ``read_picture`` returns.
        size: edge of the result, in pixels.
        zoom: 1 for the largest square that fits into the picture, 2 for one of half its edge.
        across: where the square lies, from 0, at the left edge of the picture, to 1, at the right.
        down: from 0, at the upper edge, to 1, at the lower.

    Returns:
        Pixels (3, size, size) in [0, 1].
    """
    width, height = picture.size
    edge = min(width, height) / zoom
    left, top = (width - edge) * across, (height - edge) * down
    box = (left, top, left + edge, top + edge)
    return pixels(picture.resize((size, size), Image.Resampling.BICUBIC, box=box))


def _stream(source: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def _opened(stream: BinaryIO) -> Image.Image:
    """Return the picture with nothing but its header read, or say what came instead."""
    Image.init()
    # A drawing in PostScript is not read: Pillow would hand it to another program, in a file on disk.
    formats = [name for name in Image.ID if name != "EPS"]
    try:
        return Image.open(stream, formats=formats)
    except Image.DecompressionBombError as error:
        raise ValueError(_too_large()) from error
    except Image.UnidentifiedImageError as error:
        stream.seek(0)
        raise ValueError(_instead(stream.read(_HEAD))) from error
    except Exception as error:  # a damaged file makes Pillow's readers fail in any way
        raise ValueError(f"it is damaged or cut short ({error})") from error


def _load(picture: Image.Image, edge: int) -> int:
    """Read the pixels, of a large JPEG only as many as are needed; return how the picture is turned."""
    if _is_large(picture):
        picture.draft(None, (edge, edge))
    if picture.width * picture.height > (Image.MAX_IMAGE_PIXELS or float("inf")):
        raise ValueError(_too_large(picture))
    try:
        picture.load()
        return picture.getexif().get(_ORIENTATION, 1)
    except Exception as error:
        raise ValueError(f"the {picture.format} picture is damaged or cut short ({error})") from error


def _upright(picture: Image.Image, edge: int, turned: int) -> Image.Image:
    small = _reduced(picture, min(picture.size) // edge) if _is_large(picture) else plain(picture)
    small.getexif()[_ORIENTATION] = turned
    ImageOps.exif_transpose(small, in_place=True)
    return small


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """Return the picture with squares of pixels averaged, without a second copy of it in another mode."""
    if factor < 2 or picture.mode == "F" or picture.mode.startswith("I"):
        return plain(picture).reduce(max(factor, 1))
    width, height = (edge // factor for edge in picture.size)
    result = Image.new("RGB", (width, height))
    for top in range(0, height, _STRIP):
        rows = (top * factor, min(top + _STRIP, height) * factor)
        strip = picture.crop((0, rows[0], width * factor, rows[1]))
        result.paste(plain(strip).reduce(factor), (0, top))
    return result


def _is_large(picture: Image.Image) -> bool:
    return picture.width * picture.height > _LARGE


def _too_large(picture: Image.Image | None = None) -> str:
    most = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
    # Pillow refuses twice as many before it tells us the size.
    came = f"{picture.width:,} × {picture.height:,}" if picture else f"more than {2 * most:.0f} million"
    return f"it has {came} pixels, and at most {most:.0f} million are read"


def _instead(head: bytes) -> str:
    if not head:
        return "the file is empty"
    return f"it is {what_it_is(head)}, for which there is no reader here"
