"""Bars: sorted, each with its value at its end."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coursekit.plots.charts import CHART
from coursekit.plots.direct_labels import Values, numbers
from coursekit.plots.output import SCREEN
from coursekit.plots.theme import style, theme

__all__ = ["bars", "draw_bars"]


def bars(
    values: Mapping[str, float],
    *,
    xlabel: str,
    before: Mapping[str, float] | None = None,
    title: str = "",
    xlim: tuple[float, float] | None = None,
    ordered: bool = False,
) -> Figure:
    """Return a bar for each name, the largest on top, each with its value at its end.

    Bars of one sign are slate; where some are below 0, red is above and blue below, as in signed maps.

    Args:
        values: name → length of its bar.
        xlabel: what the values are, with their unit.
        before: name → an earlier value, drawn as an outline.
        title: what stands above.
        xlim: lower and upper end of the axis.
        ordered: the names have an order of their own, such as sizes or depths, and keep it.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: no value, one that is not finite, or other names in ``before``.
    """
    if before is not None and list(before) != list(values):
        raise ValueError(f"before: wanted the names of values, {list(values)}, got {list(before)}")
    # The order of equal ones stays, so that the picture does.
    names = list(values) if ordered else sorted(values, key=lambda name: -values[name])
    earlier = None if before is None else [before[name] for name in names]
    with style() as chosen:
        height = 0.8 + len(values) * 2 * chosen.em / SCREEN
        figure = Figure(figsize=(CHART / SCREEN, height), dpi=2 * SCREEN, layout="constrained")
        axes = figure.add_subplot(xlabel=xlabel)
        axes.set_title(title, fontweight="bold")
        draw_bars(axes, names, [values[name] for name in names], before=earlier)
        axes.margins(x=0.1 if min(values.values()) < 0 else 0.05)  # for the values
        axes.set_xlim(xlim)
        _write_values(axes, [values[name] for name in names], earlier)
    return figure


def draw_bars(axes: Axes, names: Sequence[str], values: Values, *, before: Values | None = None) -> None:
    """Draw a bar for each name into given axes, as ``bars`` does. To be called within ``style()``.

    Args:
        axes: where to draw.
        names: of the bars, from top to bottom; two may have the same one.
        values: length of each bar (N,).
        before: an earlier value for each (N,), drawn as an outline.

    Raises:
        ValueError: no value, one that is not finite, or numbers that differ.
    """
    lengths = numbers("values", values, len(names))
    if not lengths.size or not np.isfinite(lengths).all():
        raise ValueError(f"values: wanted at least one, and finite ones, got {lengths.tolist()}")
    rows, colours = np.arange(len(lengths)), theme().colours
    axes.barh(rows, lengths, height=0.62, color=_colours(lengths))
    if before is not None:
        earlier = numbers("before", before, len(names))
        axes.barh(rows, earlier, height=0.82, fill=False, edgecolor=colours.ink, linewidth=1.2)
    axes.set_yticks(rows, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(lengths) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=colours.faint, linewidth=1, zorder=0)


def _colours(lengths: np.ndarray) -> list[str]:
    colours = theme().colours
    if lengths.min() >= 0:
        return [colours.plain] * len(lengths)
    return [colours.towards if length >= 0 else colours.against for length in lengths]


def _write_values(axes: Axes, lengths: Sequence[float], before: Sequence[float] | None) -> None:
    """Write each value at the end of its bar, or of its outline where that is longer."""
    ends = lengths if before is None else [_outer(*both) for both in zip(lengths, before, strict=True)]
    for row, (length, end) in enumerate(zip(lengths, ends, strict=True)):
        axes.annotate(
            f"{length:.2g}".replace("-", "−"),
            (end, row),
            xytext=(5 if end >= 0 else -5, 0),
            textcoords="offset points",
            va="center",
            ha="left" if end >= 0 else "right",
        )


def _outer(now: float, before: float) -> float:
    return before if now * before > 0 and abs(before) > abs(now) else now
