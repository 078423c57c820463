"""The pictures in a built notebook: how wide, how dense, and how they are encoded."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from PIL import Image, JpegImagePlugin

from coursekit.workshop.building.chapter import ROOT, BuildError, Chapter, chapters_of_clone

__all__ = [
    "MIN_QUALITY",
    "MIN_WIDTH",
    "EmbeddedPicture",
    "embedded_pictures",
    "faults",
    "jpeg_quality",
    "tables",
]

MIN_QUALITY = 90
"""Quality of a JPEG, at least."""

MIN_WIDTH = 960
"""Pixels on the screen that a main figure of a chapter is wide, at least."""

_SAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}
# The brightness table of quality 50 (ITU T.81, annex K), which libjpeg scales.
_BRIGHTNESS = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip


@dataclass(frozen=True)
class EmbeddedPicture:
    """A picture in a notebook.

    Attributes:
        cell: id of its cell.
        mime: its media type.
        width: pixels on the screen at which it is shown; None if the notebook does not say.
        stored: width and height of the file, in pixels.
        size: of the file, in bytes.
        mode: of the file, as Pillow names it: "RGB", "P" with a palette …
        quality: of a JPEG, estimated from its tables; None of others.
        sampling: of a JPEG's colours, such as "4:4:4"; "" of others.
        lossless: the notebook says where its panels lie.
        aside: the notebook says that it is no main figure.
    """

    cell: str
    mime: str
    width: int | None
    stored: tuple[int, int]
    size: int
    mode: str
    quality: int | None
    sampling: str
    lossless: bool
    aside: bool

    @property
    def density(self) -> float:
        """Pixels of the file for each on the screen."""
        return self.stored[0] / self.width if self.width else 1.0

    @property
    def encoding(self) -> str:
        """The encoding in words: "JPEG 90, 4:4:4" or "PNG, palette"."""
        if self.quality is not None:
            return f"JPEG {self.quality}, {self.sampling}"
        kind = self.mime.removeprefix("image/").upper()
        return f"{kind}, {'palette' if self.mode == 'P' else 'lossless' if self.lossless else self.mode}"


def embedded_pictures(notebook: NotebookNode) -> Iterator[EmbeddedPicture]:
    """Yield the PNG and JPEG pictures in the outputs of a notebook, from top to bottom."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for mime in ("image/png", "image/jpeg"):
                if mime in output.get("data", {}):
                    yield _read(cell.id, mime, output.data[mime], output.metadata.get(mime, {}))


def _read(cell: str, mime: str, data: str, about: dict[str, object]) -> EmbeddedPicture:
    content = base64.b64decode(data)
    image = Image.open(BytesIO(content))
    width = about.get("width")
    return EmbeddedPicture(
        cell=cell,
        mime=mime,
        width=width if isinstance(width, int) else None,
        stored=image.size,
        size=len(content),
        mode=image.mode,
        quality=jpeg_quality(image) if isinstance(image, JpegImagePlugin.JpegImageFile) else None,
        sampling=_sampling(image),
        lossless="panels" in about,
        aside=about.get("aside") is True,
    )


def _sampling(image: Image.Image) -> str:
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return ""
    return _SAMPLING.get(JpegImagePlugin.get_sampling(image), "unknown")


def jpeg_quality(image: JpegImagePlugin.JpegImageFile) -> int:
    """Return the quality of a JPEG, 1 to 100, at which libjpeg would use tables like the file's.

    Args:
        image: the opened file.
    """
    table = sorted(image.quantization[0])
    usual = sorted(_BRIGHTNESS)
    return min(range(1, 101), key=lambda quality: _distance(table, usual, quality))


def _distance(table: list[int], usual: list[int], quality: int) -> int:
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    scaled = [min(max((step * percent + 50) // 100, 1), 255) for step in usual]
    return sum(abs(a - b) for a, b in zip(table, scaled, strict=True))


def faults(picture: EmbeddedPicture, *, wide: bool = False) -> Iterator[str]:
    """Yield what is wrong with a picture's size and encoding.

    Args:
        picture: one of ``embedded_pictures``.
        wide: main figures have to be 960 pixels wide, as in a chapter of the second edition.
    """
    if picture.width is None:
        yield "shows a picture whose metadata have no width; show it with plots.show"
    if picture.quality is not None and picture.quality < MIN_QUALITY:
        yield f"shows a JPEG of quality {picture.quality}; wanted {MIN_QUALITY} or more"
    if picture.sampling not in ("", "4:4:4"):
        yield f"shows a JPEG with colours at {picture.sampling}; wanted 4:4:4, all of them"
    if picture.lossless and (picture.mime, picture.mode) != ("image/png", "RGB"):
        yield f"shows a lossless picture as {picture.encoding}; wanted PNG, RGB"
    if wide and not picture.aside and picture.width is not None and picture.width < MIN_WIDTH:
        yield (
            f"shows a figure {picture.width} pixels wide; wanted {MIN_WIDTH} or more, or aside=True"
            " where it is no main figure"
        )


def tables(names: Sequence[str] = (), root: Path = ROOT) -> str:
    """Return a table of the pictures in each built notebook and solution, for the command line.

    Args:
        names: chapters such as `04_saliency`; all when there are none.
        root: the checkout.

    Raises:
        BuildError: `root` is no clone of the course, or there is no such chapter.
    """
    known = chapters_of_clone(root)
    if unknown := set(names) - {chapter.name for chapter in known}:
        raise BuildError(f"no source for {', '.join(sorted(unknown))}")
    chosen = [chapter for chapter in known if chapter.executed and (not names or chapter.name in names)]
    return "\n\n".join(_table(chapter) for chapter in chosen if chapter.path.is_file())


def _table(chapter: Chapter) -> str:
    found = list(embedded_pictures(nbformat.read(chapter.path, as_version=4)))
    head = f"{chapter.label}: {len(found)} pictures, {sum(picture.size for picture in found) / 1000:.0f} kB"
    columns = f"{'cell':24} {'width':>5} {'density':>7} {'kB':>5}  encoding"
    return "\n".join([head, columns, *map(_row, found)])


def _row(picture: EmbeddedPicture) -> str:
    width, aside = picture.width or "?", ", aside" if picture.aside else ""
    numbers = f"{width:>5} {picture.density:>7.1f} {picture.size / 1000:>5.0f}"
    return f"{picture.cell:24} {numbers}  {picture.encoding}{aside}"
