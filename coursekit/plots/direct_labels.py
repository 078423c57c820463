"""Names beside what they name, instead of in a legend, and apart where they would cover each other."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from torch import Tensor

from coursekit.plots.layout import LETTER
from coursekit.plots.theme import Theme

__all__ = ["Values", "apart", "name_ends", "name_tops", "numbers"]

Values = Sequence[float] | np.ndarray | Tensor

_LINE = 1.3  # height of a line of type, in em


def name_ends(
    axes: Axes,
    end: float,
    curves: Mapping[str, np.ndarray],
    drawn: Sequence[Line2D],
    theme: Theme,
    high: float,
) -> None:
    """Write each curve's name at its right end, moved apart where they would cover each other.

    Args:
        axes: where the curves are; their y axis has its final limits.
        end: x at the right end.
        curves: name → values (N,).
        drawn: the line of each curve.
        theme: of the type.
        high: about how many pixels on the screen the axes are high.
    """
    bottom, top = axes.get_ylim()
    wanted = np.array([(_last(values, bottom) - bottom) / (top - bottom) for values in curves.values()])
    heights = apart(wanted, _LINE * theme.em / high, 0, 1)
    for y, height, name, line in zip(wanted, heights, curves, drawn, strict=True):
        axes.annotate(
            name,
            (end, bottom + y * (top - bottom)),
            xytext=(1.035, height),
            textcoords="axes fraction",
            va="center",
            color=_legible(line, theme),
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.get_color(),
                "linewidth": theme.line / 3,
                "relpos": (0, 0.5),
                "shrinkA": 2,
                "shrinkB": 0,
            },
        )


def _legible(line: Line2D, theme: Theme) -> str:
    """The line's colour where it is dark enough for type; else the ink."""
    pale = {theme.colours.palette[3], theme.colours.palette[4]}
    on_white = theme.colours.ground == "white"
    return theme.colours.ink if on_white and line.get_color() in pale else str(line.get_color())


def name_tops(
    axes: Axes, tops: Mapping[str, float], y: float, colours: Sequence[str], theme: Theme, wide: float
) -> None:
    """Write each name above what it names, in its colour, moved apart where they would cover each other.

    Args:
        axes: where it stands; their x axis has its final limits.
        tops: name → x of what it names.
        y: in the data, below which that lies.
        colours: of the names.
        theme: of the type.
        wide: about how many pixels on the screen the axes are wide.
    """
    left, right = axes.get_xlim()
    wanted = np.array([(x - left) / (right - left) for x in tops.values()])
    order = np.argsort(wanted, kind="stable")
    widths = np.array([LETTER * theme.em * len(name) / wide for name in tops])
    places = wanted.copy()
    for before, after in pairwise(order):
        gap = (widths[before] + widths[after]) / 2 + theme.em / wide
        places[after] = max(places[after], places[before] + gap)
    shift = min(0.0, 1 - (places + widths / 2).max())
    for name, x, place, colour in zip(tops, tops.values(), places + shift, colours, strict=True):
        axes.annotate(
            name,
            (x, y),
            xytext=(place, 1.02),
            textcoords="axes fraction",
            ha="center",
            va="bottom",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": theme.line / 3,
                "shrinkA": 1,
                "shrinkB": theme.marker * 0.7,
            },
        )


def _last(values: np.ndarray, otherwise: float) -> float:
    """Return the last value that there is."""
    known = values[np.isfinite(values)]
    return known[-1] if len(known) else otherwise


def apart(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Return heights ``gap`` apart or more, in the order of those wanted, near them, within low and high.

    Args:
        wanted: heights (N,).
        gap: the least distance of two.
        low: the lower end.
        high: the upper end; it is passed where there are too many.

    Returns:
        The heights (N,).
    """
    order = np.argsort(wanted, kind="stable")
    heights = wanted[order].astype(float)
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    heights[-1] = min(heights[-1], max(high, low + gap * (len(heights) - 1)))
    for i in range(len(heights) - 2, -1, -1):
        heights[i] = min(heights[i], heights[i + 1] - gap)
    result = np.empty_like(heights)
    result[order] = heights
    return result


def numbers(noun: str, values: Values, length: int | None = None) -> np.ndarray:
    """Return values as floats (N,).

    Args:
        noun: what they are, for the message.
        values: on any device.
        length: N that is wanted; any when None.

    Returns:
        The values (N,).

    Raises:
        ValueError: another shape.
    """
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    array = array.astype(float)
    if array.ndim != 1 or (length is not None and len(array) != length):
        wanted = "(N,)" if length is None else f"({length},)"
        raise ValueError(f"{noun}: wanted numbers {wanted}, got shape {array.shape}")
    return array
