"""Curves, alone and side by side, with their names at their ends instead of in a legend."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from coursekit.plots.direct_labels import Values, name_ends, numbers
from coursekit.plots.output import SCREEN
from coursekit.plots.theme import style

__all__ = ["CHART", "lines", "panels"]

CHART = 980
"""Width of a chart in pixels on the screen."""

_HEIGHT = 420
_FRAME = 70  # pixels of the height that are not the axes'
_PANEL = 300  # pixels that a small chart is high


def lines(
    x: Values,
    series: Mapping[str, Values],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    ylim: tuple[float, float] | None = None,
) -> Figure:
    """Return curves over ``x``, each with its name at its right end.

    Args:
        x: where the values were taken (N,).
        series: name → values (N,); NaN leaves a gap.
        xlabel: what x is, with its unit.
        ylabel: what the values are, with their unit.
        title: what stands above.
        ylim: lower and upper end of the y axis.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no series, or one of another length than ``x``.
    """
    across, curves = numbers("x", x), _curves(series, x)
    with style() as chosen:
        figure = Figure(figsize=(CHART / SCREEN, _HEIGHT / SCREEN), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel)
        # Above the axes and level, where it is read first and without turning the head.
        axes.set_title(ylabel, color=chosen.colours.soft)
        _title(figure, title)
        drawn = _draw_curves(axes, across, curves, list(curves), ylim)
        name_ends(axes, across[-1], curves, drawn, chosen, _HEIGHT - _FRAME)
    return figure


def panels(
    x: Values,
    charts: Mapping[str, Mapping[str, Values]],
    *,
    xlabel: str,
    ylabel: str,
    columns: int = 3,
    ylim: tuple[float, float] | None = None,
) -> Figure:
    """Return small charts side by side, on the same axes, so that they can be compared at a glance.

    A curve has one colour in all of them. Where all hold the same curves, their names stand in the last chart
    of a row; else in each.

    Args:
        x: where the values were taken (N,).
        charts: title → name → values (N,); NaN leaves a gap.
        xlabel: what x is, with its unit.
        ylabel: what the values are, with their unit.
        columns: how many to a row.
        ylim: lower and upper end of the y axis; from the least to the largest value when None.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no chart, no series in one, or a series of another length than ``x``.
    """
    across = numbers("x", x)
    if not charts:
        raise ValueError("charts: there is none to draw; wanted title → name → values")
    known = {title: _curves(series, x) for title, series in charts.items()}
    down = -(-len(known) // columns)
    wide = -(-len(known) // down)  # so that the rows are about equally full
    limits = ylim or _limits(known)
    alike = len({tuple(curves) for curves in known.values()}) == 1
    names = list(dict.fromkeys(name for curves in known.values() for name in curves))
    with style() as chosen:
        size = CHART / SCREEN, _PANEL * down / SCREEN
        figure = Figure(figsize=size, dpi=2 * SCREEN, layout="constrained")
        every = figure.subplots(down, wide, sharex=True, sharey=True, squeeze=False).ravel()
        for number, (axes, (title, curves)) in enumerate(zip(every, known.items(), strict=False)):
            last = number % wide == wide - 1
            drawn = _draw_curves(axes, across, curves, names, limits)
            if last or not alike:
                name_ends(axes, across[-1], curves, drawn, chosen, _PANEL - _FRAME)
            axes.set_title(title, fontweight="bold")
            axes.tick_params(labelbottom=number >= len(known) - wide)
        for axes in every[len(known) :]:
            axes.remove()
        figure.supxlabel(xlabel, color=chosen.colours.soft, fontsize=chosen.size)
        figure.suptitle(ylabel, x=0.004, ha="left", color=chosen.colours.soft, fontsize=chosen.size)
    return figure


def _curves(series: Mapping[str, Values], x: Values) -> dict[str, np.ndarray]:
    length = len(numbers("x", x))
    curves = {name: numbers(name, values, length) for name, values in series.items()}
    if not curves:
        raise ValueError("series: there is none to draw; wanted name → values")
    return curves


def _limits(charts: Mapping[str, Mapping[str, np.ndarray]]) -> tuple[float, float]:
    values = np.concatenate([values for curves in charts.values() for values in curves.values()])
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.05 * (high - low or 1)
    return low - room, high + room


def _draw_curves(
    axes: Axes,
    x: np.ndarray,
    curves: Mapping[str, np.ndarray],
    names: Sequence[str],
    ylim: tuple[float, float] | None,
) -> list[Line2D]:
    """Draw curves, each with the look of its place among all names."""
    looks = dict(zip(names, matplotlib.rcParams["axes.prop_cycle"], strict=False))
    drawn = [axes.plot(x, values, **looks[name])[0] for name, values in curves.items()]
    axes.set_ylim(ylim)
    axes.margins(x=0.01)
    axes.grid(axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return drawn


def _title(figure: Figure, title: str) -> None:
    if title:
        figure.suptitle(title, x=0.004, ha="left", fontweight="bold", fontsize="large")
