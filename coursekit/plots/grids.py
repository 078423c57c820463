"""Pictures in rows and columns: what the net saw, and below it what each method makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
from torch import Tensor

from coursekit.plots.layout import SMALLEST, Page, Panel, fitting
from coursekit.plots.mosaic_figure import MosaicFigure
from coursekit.plots.mosaics import draw_mosaic
from coursekit.plots.output import PAGE
from coursekit.plots.pixels import CLIP, Pixels, overlay, to_pixels, to_rgb
from coursekit.plots.theme import theme

__all__ = ["heatmap_grid", "image_grid", "plate", "signed_grid"]

_MOST = 6  # pictures to a row, unless asked for more
_PLATE = Page(width=1200, height=1600, largest=590, blown_up=590)
_FEW_PIXELS = 3 * 128 * 128
_FEW_PANELS = 8
_BIG = 1.3  # times the size of the type, on a plate


def image_grid(
    images: Tensor | Pixels,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    rows: Sequence[str] = (),
    smallest: int = SMALLEST,
    smooth: bool = False,
) -> MosaicFigure:
    """Return pictures side by side, each with its title above, on a page of 1,000 pixels.

    No picture is narrower than 150 pixels on the screen, so that it can be examined: a row of more than fit
    is broken into rows of equal length. Each pixel becomes a square of whole pixels where that fits.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1], or what ``to_rgb`` and ``overlay`` return.
        titles: one for each image.
        columns: how many to a row; at most six when None.
        rows: what stands at the left of each row; nothing when empty.
        smallest: pixels on the screen that a picture is wide at least; less only for what is looked at as a
            whole, such as sixty kernels.
        smooth: enlarge smoothly, as a photograph; else pixels stay squares where they are enlarged evenly.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError, ValueError: ``images`` are none, or the number of titles or rows differs.
    """
    pixels = to_pixels(images)
    page = Page(width=PAGE, smallest=smallest, density=_density(pixels))
    return _grid(pixels, titles, columns, rows, page, smooth=smooth)


def plate(
    images: Tensor | Pixels,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    rows: Sequence[str] = (),
    smooth: bool = False,
) -> MosaicFigure:
    """Return pictures as a plate: 1,200 pixels wide, large panels, large type; the one figure of a chapter.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1], or what ``to_rgb`` and ``overlay`` return.
        titles: one for each image; one or two words.
        columns: how many to a row; at most six when None.
        rows: what stands at the left of each row; nothing when empty.
        smooth: enlarge smoothly, as a photograph.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError, ValueError: ``images`` are none, or the number of titles or rows differs.
    """
    pixels = to_pixels(images)
    page = replace(_PLATE, density=_density(pixels), exact=not smooth)
    return _grid(pixels, titles, columns, rows, page, smooth=smooth, big=_BIG)


def _density(pixels: Pixels, rows: int = 1) -> int:
    """How many stored pixels each on the screen gets: two, unless there are many to store as it is.

    Type and edges are crisper with two; of photographs and of dozens of maps the file would be three times as
    large, and show hardly more.
    """
    n, height, width = pixels.shape[:3]
    return 2 if rows * n * height * width <= _FEW_PIXELS else 1


def _grid(
    pixels: Pixels,
    titles: Sequence[str] | None,
    columns: int | None,
    rows: Sequence[str],
    page: Page,
    *,
    smooth: bool,
    big: float = 1,
) -> MosaicFigure:
    above = _titled(titles, len(pixels))
    if columns is not None and columns < 1:
        raise ValueError(f"columns: wanted at least 1, got {columns}")
    panels = [Panel(picture, title) for picture, title in zip(pixels, above, strict=True)]
    across = columns or min(_even(len(panels), _MOST), fitting(page, rows, theme()))
    lines = _chunks(panels, across)
    if rows and len(rows) != len(lines):
        raise ValueError(f"rows: {len(rows)} names for {len(lines)} rows; wanted one for each")
    most = fitting(page, rows, theme())
    broken = [_chunks(line, _even(len(line), most)) for line in lines]
    names = [(name, *[""] * (len(parts) - 1)) for name, parts in zip(rows, broken, strict=bool(rows))]
    return draw_mosaic(
        list(chain.from_iterable(broken)), list(chain.from_iterable(names)), page, smooth=smooth, big=big
    )


def _chunks(panels: Sequence[Panel], size: int) -> list[Sequence[Panel]]:
    return [panels[i : i + size] for i in range(0, len(panels), size)]


def heatmap_grid(
    images: Tensor | Pixels,
    heatmaps: Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    *,
    signed: bool = False,
    over: bool = False,
    percentile: float = CLIP,
) -> MosaicFigure:
    """Return the pictures in a row, and below them a row of heatmaps for each method, named at the left.

    Each heatmap has a scale of its own, which ends at its 99th percentile so that no outlier turns all else
    black: colours compare pixels of one panel, not panels. Of more pictures than fit at 150 pixels, the rest
    go below, with their heatmaps.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1].
        heatmaps: name of the method → (N, H, W) or (N, 1, H, W), as ``heatmap`` returns them.
        titles: what stands above each picture.
        signed: red is for, blue against, and 0 is white, or black in dark themes; else black is 0.
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
    names = ["picture", *heatmaps]
    density = _density(pictures, len(rows))
    # Of many maps, each is no larger than it has to be: they are most of what a notebook weighs.
    many = len(rows) * len(pictures) > _FEW_PANELS
    largest = max(192, pictures.shape[2]) if many else Page.largest
    page = Page(width=PAGE, largest=largest, density=density)
    across = _even(len(pictures), fitting(page, names, theme()))
    bands = zip(*(_chunks(row, across) for row in rows), strict=True)
    broken = list(chain.from_iterable(bands))
    return draw_mosaic(broken, names * (len(broken) // len(names)), page)


def signed_grid(
    images: Tensor | Pixels,
    heatmaps: Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    *,
    over: bool = False,
    percentile: float = CLIP,
) -> MosaicFigure:
    """Return pictures in a row, and below them a row of signed heatmaps for each method, named at the left.

    Red is for the class, blue against it, and 0 is white, or black in dark themes. Each heatmap has a scale
    of its own.

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


def _titled(titles: Sequence[str] | None, n: int) -> list[str]:
    if titles is None:
        return [""] * n
    if len(titles) != n:
        raise ValueError(f"titles: {len(titles)} for {n} images; wanted one for each")
    return [str(title) for title in titles]


def _even(n: int, most: int) -> int:
    """How many to a row, at most so many, so that the rows are about equally full."""
    return int(np.ceil(n / np.ceil(n / most)))
