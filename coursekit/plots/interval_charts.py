"""Values with their intervals, in rows, one dot for each series."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coursekit.plots.charts import CHART
from coursekit.plots.direct_labels import name_tops
from coursekit.plots.output import SCREEN
from coursekit.plots.theme import style, theme

__all__ = ["intervals"]

_MARKERS = "osD^v"  # a second cue beside the colour
_NAMES = 200  # pixels that the rows' names take, about


def intervals(
    series: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    xlabel: str,
    floor: float | None = None,
    title: str = "",
    xlim: tuple[float, float] | None = None,
) -> Figure:
    """Return a row for each name, from top to bottom in the order given, with a dot and interval per series.

    The name of each series stands above its first dot.

    Args:
        series: name of the series → name of the row → (value, lower end, upper end); the same rows in each.
        xlabel: what the values are, with their unit.
        floor: a value to compare with, drawn as a line down all rows, such as what guessing gives.
        title: what stands above.
        xlim: lower and upper end of the axis.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no series or no row, other rows in one of them, or no (value, low, high) in one.
    """
    if not series or not (rows := list(next(iter(series.values())))):
        raise ValueError("series: there is none to draw; wanted name → row → (value, low, high)")
    with style() as chosen:
        height = 1.1 + len(rows) * 1.9 * chosen.em / SCREEN
        figure = Figure(figsize=(CHART / SCREEN, height), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel)
        if title:
            figure.suptitle(title, x=0.004, ha="left", fontweight="bold", fontsize="large")
        for k, (name, values) in enumerate(series.items()):
            if list(values) != rows:
                raise ValueError(f"{name}: wanted the rows {rows}, got {list(values)}")
            # Side by side within the row, so that none covers another.
            beside = 0.4 * ((k + 0.5) / len(series) - 0.5)
            _dots(axes, name, np.arange(len(rows)) + beside, list(values.values()), k)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        if xlim is not None:  # or the axes would no longer make room for the floor
            axes.set_xlim(xlim)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        if floor is not None:
            axes.axvline(floor, color=chosen.colours.faint, linewidth=chosen.line, linestyle="--", zorder=0)
        if len(series) > 1:
            tops = {name: values[rows[0]][0] for name, values in series.items()}
            name_tops(axes, tops, -0.25, [_colour(k) for k in range(len(tops))], chosen, CHART - _NAMES)
    return figure


def _dots(axes: Axes, name: str, rows: np.ndarray, values: Sequence[Sequence[float]], number: int) -> None:
    """Draw the dots of one series, each with its interval."""
    table = np.asarray(values, dtype=float)
    if table.shape != (len(rows), 3) or not (np.diff(table[:, [1, 0, 2]]) >= 0).all():
        raise ValueError(f"{name}: wanted (value, low, high), low ≤ value ≤ high, got {table.tolist()}")
    middle, low, high = table.T
    axes.errorbar(
        middle,
        rows,
        xerr=(middle - low, high - middle),
        color=_colour(number),
        marker=_MARKERS[number % len(_MARKERS)],
        linestyle="none",
    )


def _colour(number: int) -> str:
    palette = theme().colours.palette
    return palette[(number + 2) % len(palette)]
