"""A diagram of a net, drawn from the module itself: its layers in order, with the names that one types."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Polygon
from torch import Tensor, nn

from coursekit.plots.layout import LETTER
from coursekit.plots.mosaic_figure import MosaicFigure
from coursekit.plots.mosaics import new_figure
from coursekit.plots.net_units import Unit, folded, units
from coursekit.plots.output import PAGE
from coursekit.plots.theme import Theme, style

__all__ = ["net_diagram"]

_KINDS = {
    "convolution": ("#7d9bc9", "#5f82b8"),
    "block": ("#8fb996", "#6da377"),
    "pooling": ("#d9c58b", "#bfa659"),
    "linear": ("#b79ac8", "#9d7cb3"),
    "other": ("#c4c4c9", "#8b8b93"),
}
"""Kind → its colour on white, and on black."""

_TALLEST, _LOWEST = 120, 14  # pixels, of the highest and of the smallest resolution
_THINNEST, _THICKEST = 7, 46  # pixels, of the fewest and of the most channels
_SLANT = 0.3  # how far a box goes back, as a share of its height
_TITLE = 13  # letters to a line of what a box does
_ROWS = 2  # more of them, and repeated blocks are folded
_SHOWN, _STEP = 3, 6  # boxes of a folded row that are seen, and pixels from one to the next
_LINE = 1.3  # height of a line of type, in em
_SMALL = 0.9  # of type below the names, in em


@dataclass(frozen=True)
class _Box:
    """Where a box stands, in pixels: the front's left, right, foot and top, and how far it goes back."""

    left: float
    right: float
    foot: float
    top: float
    back: float


def net_diagram(model: nn.Module, size: int | Sequence[int] | Tensor) -> MosaicFigure:
    """Return a diagram of a net: a box for each layer or block, in the order in which they run.

    A box is as high as its output's resolution, as thick as it has channels, and has the colour of its kind.
    Below it stand the names that ``layer=`` takes, the output's size C × H × W, and how many weights are
    learned. A convolution is one box with the normalisation and the activation after it. A bow marks a block
    whose input goes round it, to be added (+) or stacked (‖). In deep nets, a row of blocks of one kind and
    size is one box, with their number.

    Args:
        model: the net; it is run once, on noise, and stays as it was.
        size: of a picture: (C, H, W); its height and width, of three channels; or pictures (N, C, H, W).

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: another size, or a net of which no layer puts out a tensor.
    """
    images = _images(model, size)
    given = Unit("other", "input", (), tuple(images.shape[1:]), 0)
    found = [given, *units(model, images)]
    with style() as theme:
        rows = _rows(found, theme)
        if len(rows) > _ROWS:
            rows = _rows(folded(found), theme)
        scales = _scales(found)
        high = [_height(row, scales, theme) for row in rows]
        figure, axes = new_figure(PAGE, sum(high), 2)
        for number, row in enumerate(rows):
            ends = number > 0, number < len(rows) - 1
            _draw_row(axes, row, sum(high[:number]) + _above(row, scales, theme), scales, ends, theme)
    return figure


def _images(model: nn.Module, size: int | Sequence[int] | Tensor) -> Tensor:
    if isinstance(size, Tensor):
        if size.ndim != 4 or not len(size):
            raise ValueError(f"size: wanted pictures (N, C, H, W), got {tuple(size.shape)}")
        return size[:1]
    shape = (3, size, size) if isinstance(size, int) else tuple(size)
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"size: wanted (C, H, W), or a height that is the width too, got {size}")
    weight = next(model.parameters(), torch.empty(0))
    # Noise, since of nothing all branches would give the same.
    noise = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0))
    return noise.to(weight.device, weight.dtype)


def _below(unit: Unit) -> list[tuple[str, str]]:
    """Return the lines below a box, each with its look: "name", "size" or "weights"."""
    shape = " × ".join(map(str, unit.shape))
    lines = [*(("name", line) for line in _names(unit)), ("size", shape)]
    return [*lines, ("weights", f"{_short(unit.weights)} weights")] if unit.weights else lines


def _names(unit: Unit) -> list[str]:
    """Return the names in a few short lines: what several layers have in common is written once."""
    if unit.count > 1:
        return [unit.names[0], f"… {unit.names[-1]}"]
    parents = {name.rpartition(".")[0] for name in unit.names}
    if len(unit.names) > 1 and parents != {""} and len(parents) == 1:
        return [parents.pop(), " ".join(f".{name.rpartition('.')[2]}" for name in unit.names)]
    return list(unit.names)


def _short(number: int) -> str:
    for size, letter in ((1_000_000, " M"), (1_000, " k")):
        if number >= size:
            return f"{number / size:.{0 if number >= 100 * size else 1}f}{letter}"
    return str(number)


def _rows(found: Sequence[Unit], theme: Theme) -> list[Sequence[Unit]]:
    """Divide the units among rows in which no text touches the next one."""
    letters = max(len(line) for unit in found for _, line in [*_below(unit), ("", ""), *_over_lines(unit)])
    cell = LETTER * _SMALL * theme.em * letters + 0.6 * theme.em
    most = max(int(PAGE // cell), 1)
    down = -(-len(found) // most)
    across = -(-len(found) // down)
    return [found[i : i + across] for i in range(0, len(found), across)]


def _over_lines(unit: Unit) -> list[tuple[str, str]]:
    """Return the lines above a box: what it does."""
    title = f"{unit.count} × {unit.title}" if unit.count > 1 else unit.title
    return [("title", line) for line in textwrap.wrap(title, _TITLE, break_long_words=False)]


def _above(row: Sequence[Unit], scales: tuple[float, float], theme: Theme) -> float:
    """Return how far the boxes' feet are below the top of a row."""
    return max(
        box.foot - box.top + box.back + _rise(unit, theme) + (_LINE * len(_over_lines(unit)) + 0.5) * theme.em
        for unit in row
        for box in [_box(unit, 0, 0, scales)]
    )


def _height(row: Sequence[Unit], scales: tuple[float, float], theme: Theme) -> int:
    lines = max(len(_below(unit)) for unit in row)
    return round(_above(row, scales, theme) + (2.4 + _LINE * lines) * theme.em)


def _rise(unit: Unit, theme: Theme) -> float:
    """Return how far the way round a block rises above it."""
    return 0.9 * theme.em + _behind(unit) if unit.joined else _behind(unit)


def _scales(found: Sequence[Unit]) -> tuple[float, float]:
    """Return the largest resolution, and the most channels, of what has a resolution."""
    maps = [unit.shape for unit in found if len(unit.shape) == 3]
    return max([shape[1] for shape in maps], default=1), max([shape[0] for shape in maps], default=1)


def _draw_row(
    axes: Axes,
    row: Sequence[Unit],
    foot: float,
    scales: tuple[float, float],
    ends: tuple[bool, bool],
    theme: Theme,
) -> None:
    """Draw a row of boxes with their texts; ``ends`` says whether an arrow comes in, and goes out."""
    cell = PAGE / len(row)
    boxes = [_box(unit, (k + 0.5) * cell, foot, scales) for k, unit in enumerate(row)]
    starts = [*([3.0] if ends[0] else []), *(_end(unit, box) for unit, box in zip(row, boxes, strict=True))]
    stops = [box.left - 4 for box in (boxes if ends[0] else boxes[1:])] + ([PAGE - 3.0] if ends[1] else [])
    for start, stop in zip(starts, stops, strict=False):
        _arrow(axes, start, stop, foot - 0.42 * _LOWEST, theme)
    for k, (unit, box) in enumerate(zip(row, boxes, strict=True)):
        _draw_box(axes, unit, box, theme)
        if unit.joined:
            _bow(axes, unit, box, theme)
        _write(axes, _below(unit), (k + 0.5) * cell, foot + 0.6 * theme.em, theme)
        above = _over_lines(unit)
        top = box.top - box.back - _rise(unit, theme) - (_LINE * len(above) + 0.25) * theme.em
        _write(axes, above, (k + 0.5) * cell, top, theme)


def _end(unit: Unit, box: _Box) -> float:
    """Return x at which the arrow to the next box begins."""
    return box.right + box.back + _behind(unit) + 12 if unit.joined else box.right + box.back * 0.35 + 4


def _behind(unit: Unit) -> float:
    """Return how far the boxes behind the front one stand to its right."""
    return _STEP * (min(unit.count, _SHOWN) - 1)


def _box(unit: Unit, middle: float, foot: float, scales: tuple[float, float]) -> _Box:
    resolution, channels = scales
    if len(unit.shape) == 3 and unit.shape[1] > 1:
        # Roots, so that the smallest stay visible beside the largest.
        high = max(_TALLEST * (unit.shape[1] / resolution) ** 0.6, _LOWEST)
        thick = _THINNEST + (_THICKEST - _THINNEST) * (unit.shape[0] / channels) ** 0.6
        back = _SLANT * high
    else:  # numbers without a place: a column of them
        high, thick, back = 36 + 16 * np.log10(max(unit.shape[0], 1)), _THINNEST, 2.0
    left = middle - (thick + back) / 2
    return _Box(left, left + thick, foot, foot - high, back)


def _draw_box(axes: Axes, unit: Unit, box: _Box, theme: Theme) -> None:
    """Draw a box's front, top and side; a folded row of blocks as boxes behind each other."""
    on_white, on_black = _KINDS[unit.kind]
    colour = np.array(to_rgb(on_white if theme.colours.ground == "white" else on_black))
    edge = tuple(colour * 0.55) if theme.colours.ground == "white" else tuple(colour * 0.4)
    for step in reversed(range(min(unit.count, _SHOWN))):
        shift = _STEP * step
        left, right, foot, top = box.left + shift, box.right + shift, box.foot - shift, box.top - shift
        back = box.back
        front = [(left, foot), (right, foot), (right, top), (left, top)]
        lid = [(left, top), (right, top), (right + back, top - back), (left + back, top - back)]
        side = [(right, foot), (right + back, foot - back), (right + back, top - back), (right, top)]
        for corners, light in ((front, 1.0), (lid, 1.16), (side, 0.82)):
            face = tuple(np.clip(colour * light, 0, 1))
            axes.add_patch(Polygon(corners, facecolor=face, edgecolor=edge, linewidth=0.8, joinstyle="round"))


def _arrow(axes: Axes, start: float, end: float, y: float, theme: Theme) -> None:
    axes.add_patch(
        FancyArrowPatch(
            (start, y),
            (max(end, start + 8), y),
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
            linewidth=theme.line / 2,
            color=theme.colours.soft,
        )
    )


def _bow(axes: Axes, unit: Unit, box: _Box, theme: Theme) -> None:
    """Draw the way round a block, and what its end does."""
    high = box.top - box.back - _rise(unit, theme) + 0.2 * theme.em
    start, end = box.left - 12, box.right + box.back + _behind(unit) + 12
    foot = box.foot - 0.42 * _LOWEST
    look: dict[str, Any] = {"color": theme.colours.soft, "linewidth": theme.line / 2, "linestyle": "-"}
    axes.plot([box.right + 2, end], [foot, foot], zorder=0.5, **look)
    axes.plot([start, start, end, end], [foot, high, high, foot], solid_joinstyle="round", **look)
    axes.text(
        end,
        foot,
        "+" if unit.joined == "sum" else "‖",
        ha="center",
        va="center",
        fontsize=_SMALL * theme.size,
        bbox={
            "boxstyle": "circle,pad=0.1",
            "facecolor": theme.colours.paper,
            "edgecolor": theme.colours.soft,
            "linewidth": theme.line / 2,
        },
    )


def _write(axes: Axes, lines: Sequence[tuple[str, str]], x: float, y: float, theme: Theme) -> None:
    for look, text in lines:
        y += _LINE * theme.em
        settings: dict[str, Any] = {"family": "DejaVu Sans Mono"} if look == "name" else {}
        if look in ("size", "weights"):
            settings["color"] = theme.colours.soft
        axes.text(
            x, y - 0.3 * theme.em, text, ha="center", va="baseline", fontsize=_SMALL * theme.size, **settings
        )
