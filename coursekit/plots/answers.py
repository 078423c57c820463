"""What a net says about pictures: each picture, and the classes that it takes it for, with their shares."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from coursekit.plots.mosaic_figure import MosaicFigure
from coursekit.plots.mosaics import add_panel, new_figure
from coursekit.plots.output import PAGE
from coursekit.plots.pixels import Pixels, to_pixels
from coursekit.plots.theme import Theme, style

__all__ = ["answers"]

_MOST = 5
_GAP = 28  # between pictures
_BESIDE = 240  # pixels that one picture is wide, with its answers beside it
_LARGEST = 300
_BOLD = 0.7  # width of a bold letter, in em
_ROW, _BAR = 2.35, 0.42  # height of an answer, and of its bar, in em


def answers(
    images: Tensor | Pixels,
    names: Sequence[str],
    probabilities: Tensor,
    *,
    top: int = 3,
    titles: Sequence[str] = (),
    truth: Sequence[str] = (),
) -> MosaicFigure:
    """Return one to five pictures, each with the classes that the net gives most to: sorted, with numbers.

    The answers to one picture stand beside it, those to several below each.

    Args:
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1], or bytes (N, H, W, 3); N from 1 to 5.
        names: of the classes (K).
        probabilities: of the classes, in [0, 1] (N, K).
        top: how many classes to name for each picture.
        titles: what stands above each picture; nothing when empty.
        truth: the right name for each picture, whose bar is green; nothing when empty.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        TypeError: ``images`` are none.
        ValueError: no picture, or more than five; numbers that differ; or values that are no probabilities.
    """
    pixels = to_pixels(images)
    values = probabilities.detach().cpu().double().numpy()
    _check(len(pixels), names, values, titles, truth)
    best = np.argsort(-values, axis=1, kind="stable")[:, :top]
    with style() as theme:
        size, beside = _size(pixels)
        head = round(1.7 * theme.em) if titles else 4
        rows = round(best.shape[1] * _ROW * theme.em)
        high = head + (max(size[1], rows) if beside else round(size[1] + 0.9 * theme.em) + rows) + 4
        figure, axes = new_figure(PAGE, round(high), 2)
        used = len(pixels) * (size[0] + _GAP) - _GAP + (PAGE - size[0] - _GAP if beside else 0)
        for number, picture in enumerate(pixels):
            left = round((PAGE - used) / 2 + number * (size[0] + _GAP))
            add_panel(figure, axes, picture, (left, head), size, theme, smooth=True)
            if titles:
                axes.text(left, head - 0.5 * theme.em, titles[number], va="baseline", fontweight="bold")
            where = (left + size[0] + _GAP, head) if beside else (left, head + size[1] + 0.9 * theme.em)
            wide = PAGE - where[0] - 4 if beside else size[0]
            shown = [(names[k], values[number, k]) for k in best[number]]
            right = truth[number] if truth else None
            _list(axes, shown, right, (*where, wide), theme)
    return figure


def _check(
    n: int, names: Sequence[str], values: np.ndarray, titles: Sequence[str], truth: Sequence[str]
) -> None:
    if not 1 <= n <= _MOST:
        raise ValueError(f"images: wanted 1 to {_MOST}, got {n}; show fewer at a time")
    if values.shape != (n, len(names)):
        raise ValueError(f"probabilities: wanted ({n}, {len(names)}), got {values.shape}")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("probabilities: wanted numbers from 0 to 1; take scores.softmax(1)")
    for noun, texts in (("titles", titles), ("truth", truth)):
        if texts and len(texts) != n:
            raise ValueError(f"{noun}: {len(texts)} for {n} images; wanted one for each")


def _size(pixels: Pixels) -> tuple[tuple[float, float], bool]:
    """Return the size of a picture on the screen, and whether its answers stand beside it."""
    n, height, width = pixels.shape[:3]
    beside = n == 1
    wide = _BESIDE if beside else min((PAGE + _GAP) // n - _GAP, _LARGEST)
    return (wide, round(wide * height / width)), beside


def _list(
    axes: Axes,
    shown: Sequence[tuple[str, float]],
    right: str | None,
    place: tuple[float, float, float],
    theme: Theme,
) -> None:
    """Write names and probabilities, each above its bar: the whole width is 1."""
    left, top, wide = place
    em, colours = theme.em, theme.colours
    letters = int(wide / (_BOLD * em)) - 5
    for row, (name, value) in enumerate(shown):
        y = top + row * _ROW * em + em
        weight = "bold" if row == 0 else "normal"
        axes.text(left, y, _shortened(name, letters), va="baseline", fontweight=weight)
        axes.text(left + wide, y, f"{value:.2f}", va="baseline", ha="right", fontweight=weight)
        colour = colours.palette[4] if name == right else colours.plain
        track = left, y + 0.35 * em
        axes.add_patch(Rectangle(track, wide, _BAR * em, color=colours.hairline, linewidth=0))
        axes.add_patch(Rectangle(track, wide * value, _BAR * em, color=colour, linewidth=0))


def _shortened(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "…"
