"""Lines and bars, with their names beside them instead of in a legend."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor

from coursekit.plots.output import SCREEN
from coursekit.plots.theme import Theme, style, theme

__all__ = ["bars", "draw_bars", "intervals", "lines"]

Values = Sequence[float] | np.ndarray | Tensor
_MARKERS = "osD^v"  # a second cue beside the colour


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
    across = _numbers("x", x)
    curves = {name: _numbers(name, values, len(across)) for name, values in series.items()}
    if not curves:
        raise ValueError("series: there is none to draw; wanted name → values")
    with style() as chosen:
        figure = Figure(figsize=(6.4, 3.6), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel, ylabel=ylabel, title=title)
        drawn = [axes.plot(across, values)[0] for values in curves.values()]
        axes.set_ylim(ylim)
        axes.margins(x=0.01)
        _name_ends(axes, across[-1], curves, drawn, chosen)
    return figure


def bars(
    values: Mapping[str, float],
    *,
    xlabel: str,
    before: Mapping[str, float] | None = None,
    title: str = "",
    xlim: tuple[float, float] | None = None,
) -> Figure:
    """Return a bar for each name, from top to bottom in the order given: amber, below 0 blue, as in maps.

    Args:
        values: name → length of its bar.
        xlabel: what the values are, with their unit.
        before: name → an earlier value, drawn as an outline.
        title: what stands above.
        xlim: lower and upper end of the axis.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no value, one that is not finite, or other names in ``before``.
    """
    if before is not None and list(before) != list(values):
        raise ValueError(f"before: wanted the names of values, {list(values)}, got {list(before)}")
    earlier = None if before is None else list(before.values())
    with style() as chosen:
        height = 0.7 + len(values) * 2 * chosen.em / SCREEN
        figure = Figure(figsize=(6.4, height), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel, title=title)
        draw_bars(axes, list(values), list(values.values()), before=earlier)
        axes.set_xlim(xlim)
    return figure


def intervals(
    series: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    xlabel: str,
    floor: float | None = None,
    title: str = "",
    xlim: tuple[float, float] | None = None,
) -> Figure:
    """Return a row for each name, from top to bottom in the order given, with a dot and interval per series.

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
        height = 1.1 + len(rows) * 1.6 * chosen.em / SCREEN
        figure = Figure(figsize=(6.4, height), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel, title=title)
        for k, (name, values) in enumerate(series.items()):
            if list(values) != rows:
                raise ValueError(f"{name}: wanted the rows {rows}, got {list(values)}")
            # Side by side within the row, so that none covers another.
            beside = 0.4 * ((k + 0.5) / len(series) - 0.5)
            _dots(axes, name, np.arange(len(rows)) + beside, list(values.values()), k)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(xlim)
        axes.grid(axis="y", color=chosen.colours.faint, linewidth=0.6)
        axes.tick_params(axis="y", length=0)
        if floor is not None:
            axes.axvline(floor, color=chosen.colours.faint, linewidth=chosen.line, linestyle="--", zorder=0)
        if len(series) > 1:
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(series), frameon=False)
    return figure


def _dots(axes: Axes, name: str, rows: np.ndarray, values: Sequence[Sequence[float]], number: int) -> None:
    """Draw the dots of one series, each with its interval."""
    table = np.asarray(values, dtype=float)
    if table.shape != (len(rows), 3) or not (np.diff(table[:, [1, 0, 2]]) >= 0).all():
        raise ValueError(f"{name}: wanted (value, low, high), low ≤ value ≤ high, got {table.tolist()}")
    middle, low, high = table.T
    palette = theme().colours.palette
    axes.errorbar(
        middle,
        rows,
        xerr=(middle - low, high - middle),
        color=palette[(number + 2) % len(palette)],
        marker=_MARKERS[number % len(_MARKERS)],
        linestyle="none",
        label=name,
    )


def draw_bars(axes: Axes, names: Sequence[str], values: Values, *, before: Values | None = None) -> None:
    """Draw a bar for each name into given axes: amber, below 0 blue. To be called within ``style()``.

    Args:
        axes: where to draw.
        names: of the bars, from top to bottom; two may have the same one.
        values: length of each bar (N,).
        before: an earlier value for each (N,), drawn as an outline.

    Raises:
        ValueError: no value, one that is not finite, or numbers that differ.
    """
    lengths = _numbers("values", values, len(names))
    if not lengths.size or not np.isfinite(lengths).all():
        raise ValueError(f"values: wanted at least one, and finite ones, got {lengths.tolist()}")
    rows, colours = np.arange(len(lengths)), theme().colours
    against, towards = colours.palette[2:4]
    axes.barh(rows, lengths, height=0.64, color=[towards if v >= 0 else against for v in lengths])
    if before is not None:
        earlier = _numbers("before", before, len(names))
        axes.barh(rows, earlier, height=0.84, fill=False, edgecolor=colours.palette[0], linewidth=1.2)
    axes.set_yticks(rows, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(lengths) - 0.4, -0.6)
    if lengths.min() < 0:
        axes.axvline(0, color=colours.faint, linewidth=1, zorder=0)


def _name_ends(
    axes: Axes, end: float, curves: Mapping[str, np.ndarray], drawn: Sequence[Line2D], theme: Theme
) -> None:
    """Write each curve's name at its right end, moved apart where they would cover each other."""
    low, high = axes.get_ylim()
    wanted = np.array([_last(values, low) for values in curves.values()])
    # The axes are about three inches high.
    gap = 1.25 * theme.size / 72 / 2.9 * (high - low)
    for y, height, name, line in zip(wanted, _apart(wanted, gap, low, high), curves, drawn, strict=True):
        axes.annotate(
            name,
            (end, y),
            xytext=(1.04, (height - low) / (high - low)),
            textcoords="axes fraction",
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.get_color(),
                "relpos": (0, 0.5),
                "shrinkA": 2,
                "shrinkB": 0,
            },
        )


def _last(values: np.ndarray, otherwise: float) -> float:
    """Return the last value that there is."""
    known = values[np.isfinite(values)]
    return known[-1] if len(known) else otherwise


def _apart(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Return heights ``gap`` apart or more, in the order of those wanted, near them, within low and high."""
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


def _numbers(noun: str, values: Values, length: int | None = None) -> np.ndarray:
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    array = array.astype(float)
    if array.ndim != 1 or (length is not None and len(array) != length):
        wanted = "(N,)" if length is None else f"({length},)"
        raise ValueError(f"{noun}: wanted numbers {wanted}, got shape {array.shape}")
    return array
