"""What a file is that was meant to be a picture, as far as its first bytes tell."""

__all__ = ["RAW", "what_it_is"]

RAW = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"}
"""Endings of cameras' raw files, in which Pillow may find a thumbnail and take it for the picture."""

_HEIC, _FILM, _JXL = "a HEIC picture, as iPhones take them", "a film", "a JPEG XL picture"
# Where the bytes stand, the bytes, and what begins so; the first that fits counts.
_BEGINNINGS = (
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript drawing"),
    *((4, b"ftyp" + brand, _HEIC) for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", _FILM),
    (8, b"AVI ", _FILM),
    (0, b"\x1aE\xdf\xa3", _FILM),
    (0, b"\xff\x0a", _JXL),
    (0, b"\0\0\0\x0cJXL ", _JXL),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
)
_WRITTEN = ((b"<svg", "an SVG drawing"), (b"<html", "a web page"), (b"<!doctype html", "a web page"))


def what_it_is(head: bytes) -> str:
    """Return what a file is that no reader of pictures takes, such as "a PDF document".

    Args:
        head: its first thousand bytes or so.

    Returns:
        A noun with its article; "a file of an unknown kind" when nothing is known of such a file.
    """
    for start, beginning, kind in _BEGINNINGS:
        if head[start:].startswith(beginning):
            return kind
    lower = head.lower()
    kinds = [kind for mark, kind in _WRITTEN if mark in lower]
    if kinds:
        return kinds[0]
    return "a text file" if _is_text(head) else "a file of an unknown kind"


def _is_text(head: bytes) -> bool:
    # The last letter may be cut in two.
    letters = head.decode("utf-8", errors="ignore")
    return len(letters.encode()) > len(head) - 4 and all(
        one.isprintable() or one.isspace() for one in letters
    )
