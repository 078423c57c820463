"""Pictures in rows and columns: what the net saw, and below it what each method makes of it."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import CLIP, Pixels, overlay, to_pixels, to_rgb
from coursekit.plots.theme import Theme, style

__all__ = ["Panel", "heatmap_grid", "image_grid", "mosaic", "signed_grid"]

# In pixels on the screen. The width is that of a notebook's cell on a small laptop.
_WIDTH, _HEIGHT, _LARGEST, _GAP = 860, 1000, 256, 10
_SMALLEST = 16  # pixels: what is smaller shows nothing
_NOISY, _CALM = 115_000, 340_000  # pixels in all panels: what JPEG brings down to some 30 and 60 kB
_LINE = 1.3  # height of a line of type, in em
LETTER = 0.62  # width of a letter, in em


@dataclass(frozen=True)
class Panel:
    """One picture of a mosaic.

    Attributes:
        pixels: (H, W, 3) in bytes.
        title: what stands above it.
    """

    pixels: Pixels
    title: str = ""


def image_grid(
    images: Tensor | Pixels,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    rows: Sequence[str] = (),
) -> Figure:
    """Return pictures side by side, each with its title above.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1], or what ``to_rgb`` and ``overlay`` return.
        titles: one for each image.
        columns: how many to a row; at most six when None.
        rows: what stands at the left of each row; nothing when empty.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError, ValueError: ``images`` are none, or the number of titles or rows differs.
    """
    pixels = to_pixels(images)
    above = _titled(titles, len(pixels))
    if columns is not None and columns < 1:
        raise ValueError(f"columns: wanted at least 1, got {columns}")
    panels = [Panel(picture, title) for picture, title in zip(pixels, above, strict=True)]
    across = columns or _even(len(panels))
    lines = [panels[i : i + across] for i in range(0, len(panels), across)]
    if rows and len(rows) != len(lines):
        raise ValueError(f"rows: {len(rows)} names for {len(lines)} rows; wanted one for each")
    return mosaic(lines, rows, area=_CALM)


def heatmap_grid(
    images: Tensor | Pixels,
    heatmaps: Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    *,
    signed: bool = False,
    over: bool = False,
    percentile: float = CLIP,
) -> Figure:
    """Return the pictures in a row, and below them a row of heatmaps for each method, named at the left.

    Each heatmap has a scale of its own, which ends at its 99th percentile so that no outlier turns all else
    black: colours compare pixels of one panel, not panels.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1].
        heatmaps: name of the method → (N, H, W) or (N, 1, H, W), as ``heatmap`` returns them.
        titles: what stands above each picture.
        signed: grey is 0, amber for, blue against; else black is 0.
        over: lay the heatmaps over the pictures.
        percentile: of the absolute values, in (0, 100], where each scale ends.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError: pictures or heatmaps that are no tensors.
        ValueError: shapes that do not fit, numbers that differ, values that are no pixels, NaN, or negative
            heat without ``signed``.
    """
    pictures = to_pixels(images)
    above = _titled(titles, len(pictures))
    rows = [[Panel(picture, title) for picture, title in zip(pictures, above, strict=True)]]
    for name, heat in heatmaps.items():
        if len(heat) != len(pictures):
            raise ValueError(
                f"heatmaps[{name!r}]: {len(heat)} maps for {len(pictures)} images; wanted equally many"
            )
        colour = partial(overlay, pictures) if over else to_rgb
        coloured = colour(heat, signed=signed, percentile=percentile)
        rows.append([Panel(picture) for picture in coloured])
    return mosaic(rows, ["picture", *heatmaps])


def signed_grid(
    images: Tensor | Pixels,
    heatmaps: Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    *,
    over: bool = False,
    percentile: float = CLIP,
) -> Figure:
    """Return pictures in a row, and below them a row of signed heatmaps for each method, named at the left.

    Amber is for the class, blue against it, grey is 0. Each heatmap has a scale of its own.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1].
        heatmaps: name of the method → (N, H, W) or (N, 1, H, W), with signs.
        titles: what stands above each picture.
        over: lay the heatmaps over the pictures.
        percentile: of the absolute values, in (0, 100], where each scale ends.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError: pictures or heatmaps that are no tensors.
        ValueError: shapes that do not fit, numbers that differ, values that are no pixels, or NaN.
    """
    return heatmap_grid(images, heatmaps, titles, signed=True, over=over, percentile=percentile)


def mosaic(
    rows: Sequence[Sequence[Panel]], labels: Sequence[str] = (), *, margin: int = 0, area: int = _NOISY
) -> Figure:
    """Return rows of panels of one size, each pixel of a picture as a square of pixels where they fit.

    Args:
        rows: the panels; their pictures have one shape of frame, but may differ in resolution.
        labels: what stands at the left of each row.
        margin: pixels to leave free at the right.
        area: pixels that all panels together may have, which limits the size of the notebook.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: there is no panel.
    """
    if not rows or not rows[0]:
        raise ValueError("there is no picture to show; wanted at least one")
    with style() as theme:
        place = _layout(rows, labels, margin, area, theme)
        figure = Figure(figsize=(place.width / SCREEN, place.height / SCREEN), dpi=SCREEN)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, place.width), ylim=(place.height, 0), frame_on=False)
        axes.set_axis_off()
        for row, (panels, top) in enumerate(zip(rows, place.tops, strict=True)):
            _draw_row(axes, panels, top, place, theme)
            if labels:
                middle = top + place.panel_height / 2
                axes.text(place.left - _GAP, middle, place.labels[row], ha="right", va="center")
        axes.set(xlim=(0, place.width), ylim=(place.height, 0))
    return figure


@dataclass(frozen=True)
class _Place:
    """Where the panels lie, in pixels."""

    left: int
    pitch: int
    panel_width: int
    panel_height: int
    tops: list[int]
    width: int
    height: int
    labels: list[str]


def _layout(
    rows: Sequence[Sequence[Panel]], labels: Sequence[str], margin: int, area: int, theme: Theme
) -> _Place:
    letter, line = LETTER * theme.em, round(_LINE * theme.em)
    wrapped = [textwrap.fill(str(label), 14, break_long_words=False) for label in labels]
    left = round(letter * _longest(wrapped)) + _GAP if labels else 0
    across = max(map(len, rows))
    titles = [panel.title for row in rows for panel in row]
    words = [word for title in titles for word in title.split()]
    widest = round(letter * _longest(words))
    height, width = max((panel.pixels.shape[:2] for panel in rows[0]), key=lambda shape: shape[1])
    room = min((_WIDTH - left - margin) // across - _GAP, (_HEIGHT // len(rows)) * width // height, _LARGEST)
    if len(titles) * height * width > area:
        room = min(room, int((area / len(titles) * width / height) ** 0.5))
    if room < _SMALLEST:
        raise ValueError(f"{len(titles)} pictures do not fit, {across} to a row; show fewer at a time")
    panel_width = room // width * width or room
    panel_height = round(panel_width * height / width)
    pitch = max(panel_width, widest) + _GAP
    tops, y = [], 0
    for row in rows:
        y += max(_lines(panel.title, pitch, letter) for panel in row) * line
        tops.append(y)
        y += panel_height + _GAP
    return _Place(left, pitch, panel_width, panel_height, tops, left + across * pitch + margin, y, wrapped)


def _titled(titles: Sequence[str] | None, n: int) -> list[str]:
    if titles is None:
        return [""] * n
    if len(titles) != n:
        raise ValueError(f"titles: {len(titles)} for {n} images; wanted one for each")
    return [str(title) for title in titles]


def _draw_row(axes: Axes, panels: Sequence[Panel], top: int, place: _Place, theme: Theme) -> None:
    for column, panel in enumerate(panels):
        left = place.left + column * place.pitch + (place.pitch - _GAP - place.panel_width) // 2
        extent = (left, left + place.panel_width, top + place.panel_height, top)
        # "auto" is nearest-neighbour wherever pixels are enlarged evenly, and smooths only what must shrink.
        axes.imshow(panel.pixels, extent=extent, interpolation="auto", aspect="auto")
        title = _wrap(panel.title, place.pitch, LETTER * theme.em)
        axes.text(
            left + place.panel_width / 2,
            top - 0.35 * theme.em,
            title,
            ha="center",
            va="baseline",
            linespacing=1.1,
        )


def _wrap(title: str, width: int, letter: float) -> str:
    return textwrap.fill(title, max(int(width / letter), 1), break_long_words=False)


def _lines(title: str, width: int, letter: float) -> int:
    return len(_wrap(title, width, letter).splitlines())


def _longest(texts: Sequence[str]) -> int:
    return max((len(line) for text in texts for line in text.splitlines()), default=0)


def _even(n: int) -> int:
    """How many to a row, at most six, so that the rows are about equally full."""
    return int(np.ceil(n / np.ceil(n / 6)))
