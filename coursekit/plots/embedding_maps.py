"""Maps of pictures: as dots that bear the names of their classes, and as the pictures themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image
from torch import Tensor

from coursekit.core.files import replacing
from coursekit.plots.encoding import QUALITY
from coursekit.plots.layout import LETTER
from coursekit.plots.output import PAGE, SCREEN
from coursekit.plots.pixels import Pixels, to_pixels
from coursekit.plots.theme import style, theme

__all__ = ["image_map", "point_maps", "write_picture"]

_LARGEST = 5.6  # inches that a map is wide, at most
_DOTS = 16  # points², the area of a dot
_MARKERS = "osD^v"
_GATHERED = 0.5  # a class that is spread over more of the map than this has no one place for its name
_HALO = 3.5  # points of paper round a name


def point_maps(
    maps: Mapping[str, Tensor],
    labels: Tensor,
    names: Sequence[str],
    *,
    columns: int = 3,
    size: float | None = None,
) -> Figure:
    """Return maps of points side by side; a class has one colour and marker, and its name at its cluster.

    Axes have no numbers, since the position and orientation of such a map mean nothing. Up to ten classes
    look different.

    Args:
        maps: title → points (N, 2).
        labels: (N,) whole numbers into ``names``.
        names: of the classes.
        columns: how many to a row.
        size: width of a panel in inches; so that they fill the page when None.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: there is no map, another number of points than labels, or a label without a name.
    """
    if not maps or any(points.shape != (len(labels), 2) for points in maps.values()):
        shapes = {title: tuple(points.shape) for title, points in maps.items()}
        raise ValueError(f"maps: wanted at least one, each ({len(labels)}, 2), got {shapes}")
    if not ((labels >= 0) & (labels < len(names))).all():
        raise ValueError(f"labels: wanted numbers of {len(names)} names, got {labels.unique().tolist()}")
    across = min(columns, len(maps))
    down = -(-len(maps) // across)
    with style():
        size = min(PAGE / SCREEN / across, _LARGEST) if size is None else size
        figure = Figure(figsize=(size * across, (size + 0.25) * down), dpi=2 * SCREEN, layout="constrained")
        for number, (title, points) in enumerate(maps.items(), 1):
            axes = figure.add_subplot(down, across, number, title=title, xticks=[], yticks=[])
            axes.spines[:].set(visible=True, color=theme().colours.faint)
            _draw_points(axes, points.detach().cpu().numpy(), labels.cpu().numpy(), names, size)
    return figure


def _draw_points(
    axes: Axes, points: np.ndarray, labels: np.ndarray, names: Sequence[str], side: float
) -> None:
    """Draw one map: filled markers for the first five classes, open ones for the next five."""
    colours = theme().colours
    looks = list(zip(colours.palette, _MARKERS, strict=True))
    places = {}
    for number, name in enumerate(names):
        some = points[labels == number]
        if not len(some):
            continue
        colour, marker = looks[number % len(looks)]
        face = colours.paper if number // len(looks) % 2 else colour
        axes.scatter(
            some[:, 0], some[:, 1], s=_DOTS, c=face, edgecolors=colour, marker=marker, linewidths=0.8
        )
        if _spread(some) < _GATHERED * _spread(points):
            places[name] = np.median(some[:, 0]), np.quantile(some[:, 1], 0.9)
    axes.margins(0.08)
    if places:
        _write_names(axes, places, side)


def _write_names(axes: Axes, places: Mapping[str, tuple[float, float]], side: float) -> None:
    """Write each class's name at its place, or above it where another one stands there."""
    chosen = theme()
    halo = [withStroke(linewidth=_HALO, foreground=chosen.colours.paper)]
    unit = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())]) / (
        side * SCREEN
    )  # a pixel, in the data
    taken: list[tuple[float, float, float]] = []
    for name, (x, y) in sorted(places.items(), key=lambda item: item[1][1]):
        half = LETTER * chosen.em * len(name) / 2 * unit[0]
        above = [
            other + 1.15 * chosen.em * unit[1] for at, other, reach in taken if abs(at - x) < half + reach
        ]
        at = max([y, *above])
        taken.append((x, at, half))
        axes.annotate(
            name,
            (x, at),
            (0, 3),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
            path_effects=halo,
        )


def _spread(points: np.ndarray) -> float:
    """How far half of the points lie from their middle."""
    return float(np.median(np.linalg.norm(points - np.median(points, axis=0), axis=1)))


def image_map(images: Tensor | Pixels, places: Tensor, *, size: int | None = None) -> Pixels:
    """Return one large picture of pictures in the squares of a grid; a free square is white.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1].
        places: row and column of each (N, 2), as ``grid_places`` returns them.
        size: height of a square in pixels; H when None.

    Returns:
        Bytes (rows · height, columns · width, 3).

    Raises:
        TypeError, ValueError: ``images`` are none, or there is not one place for each.
    """
    pixels = to_pixels(images)
    if places.shape != (len(pixels), 2):
        raise ValueError(f"places: wanted ({len(pixels)}, 2), one for each image, got {tuple(places.shape)}")
    if size is not None:
        width = round(size * pixels.shape[2] / pixels.shape[1])
        pixels = np.stack(
            [np.asarray(Image.fromarray(p).resize((width, size), Image.Resampling.BOX)) for p in pixels]
        )
    height, width = pixels.shape[1:3]
    rows, columns = (places.amax(0) + 1).tolist()
    canvas = np.full((rows * height, columns * width, 3), 255, dtype=np.uint8)
    for picture, (row, column) in zip(pixels, places.tolist(), strict=True):
        canvas[row * height : (row + 1) * height, column * width : (column + 1) * width] = picture
    return canvas


def write_picture(pixels: Pixels, path: str | Path) -> Path:
    """Write a picture (H, W, 3) in bytes to a file, whole or not at all, and return its path.

    Args:
        pixels: the picture.
        path: a name that ends in .png, .jpg or .jpeg; folders are made.

    Returns:
        The path, with ``~`` expanded.

    Raises:
        ValueError: another ending.
    """
    path = Path(path).expanduser()
    kinds = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
    if path.suffix.lower() not in kinds:
        raise ValueError(f"{path.name}: wanted a name that ends in {', '.join(kinds)}")
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(
            temporary, kinds[path.suffix.lower()], quality=QUALITY, subsampling="4:4:4"
        )
    return path
