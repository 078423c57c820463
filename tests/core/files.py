"""Files as students have them: halves in red and blue of every kind, and what is no picture at all."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["BROKEN", "HALVES", "halves"]

RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(size: tuple[int, int] = (64, 64), *, down: bool = False) -> Image.Image:
    """A picture that is red at the left and blue at the right; with ``down``, red above blue."""
    picture = Image.new("RGB", size, BLUE)
    picture.paste(RED, (0, 0, size[0], size[1] // 2) if down else (0, 0, size[0] // 2, size[1]))
    return picture


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(halves().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def _cmyk() -> bytes:
    ink = Image.new("CMYK", (64, 64), (255, 255, 0, 0))
    ink.paste((0, 255, 255, 0), (0, 0, 32, 64))
    return _saved(ink, "JPEG", quality=95)


def _deep_grey() -> bytes:
    values = np.zeros((64, 64), np.uint16)
    values[:, :32] = 65535
    return _saved(Image.fromarray(values), "PNG")


def _deep_colour() -> bytes:
    """A PNG with 16 bits for each of three colours, which Pillow does not write."""
    values = np.zeros((64, 64, 3), ">u2")
    values[:, :32, 0] = values[:, 32:, 2] = 65535
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows))]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*parts, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _alpha() -> bytes:
    picture = halves().convert("RGBA")
    picture.paste((0, 0, 255, 0), (32, 0, 64, 64))
    return _saved(picture, "PNG")


def _frames(kind: str, **options: Any) -> bytes:
    return _saved(
        halves(), kind, save_all=True, append_images=[Image.new("RGB", (64, 64), "lime")], **options
    )


HALVES: dict[str, tuple[Callable[[], bytes], float]] = {
    "plain.png": (lambda: _saved(halves(), "PNG"), 0),
    "wide.webp": (lambda: _saved(halves((128, 64)), "WEBP", lossless=True), 0),
    "rotated.jpg": (_rotated, 0.02),
    "cmyk.jpg": (_cmyk, 0.02),
    "deep grey.png": (_deep_grey, 0),
    "deep colour.png": (_deep_colour, 0),
    "alpha.png": (_alpha, 0),
    "frames.gif": (lambda: _frames("GIF"), 0),
    "frames.webp": (lambda: _frames("WEBP", lossless=True), 0),
    "large.jpg": (lambda: _saved(halves((8000, 6000)), "JPEG"), 0.02),
}
"""Name → what makes the file, and how far colours may be off, of 1."""

_JPEG = _saved(Image.effect_noise((256, 256), 90), "JPEG")
BROKEN = {
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture, as iPhones take them, for which"),
    "phone.jpg": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC picture"),
    "paper.jpg": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document, for which there is no reader"),
    "notes.jpg": ("Das ist eine Übung.\n".encode(), "a text file"),
    "saved.jpg": (b"<!DOCTYPE html>\n<html><head>", "a web page"),
    "drawing.png": (b"<?xml version='1.0'?><svg xmlns=''/>", "an SVG drawing"),
    "drawing.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript drawing"),
    "film.jpg": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "a film"),
    "noise.jpg": (bytes(range(255, 0, -1)), "a file of an unknown kind"),
    "empty.jpg": (b"", "the file is empty"),
    "short.jpg": (_JPEG[: len(_JPEG) // 2], "the JPEG picture is damaged or cut short"),
    "camera.NEF": (_saved(halves(), "TIFF"), "it is a camera's raw photograph"),
    "dark.png": (_saved(Image.fromarray(np.full((9, 9), 200, np.uint16)), "PNG"), "black to the eye"),
}
"""Name → the bytes, and what is said of them."""
