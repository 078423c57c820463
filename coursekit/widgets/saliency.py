"""Widgets on saliency: a patch to hide things under, and every method side by side."""

from collections.abc import Callable, Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.attribution import heatmap
from coursekit.attribution.occlusion import Fill, cover
from coursekit.plots.bar_charts import draw_bars
from coursekit.plots.layout import LETTER, Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import overlay, to_pixels, to_rgb
from coursekit.plots.theme import style, theme
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.pictures import check_one, choices, class_names, scores

__all__ = ["changed_picture", "method_picture", "method_widget", "occlusion_picture", "occlusion_widget"]

Method = Callable[[nn.Module, Tensor, int | None], Tensor]

_BARS = 5
_LETTERS = 14  # that fit beside a bar
_BARS_WIDTH = 320  # in pixels
_FILLS = ("grey", "zero", "blur")


def occlusion_widget(model: nn.Module, images: Tensor, names: Sequence[str] | None = None) -> None:
    """Show a patch to push over a picture, and what becomes of the probabilities below it.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], to choose from.
        names: one for each image; numbers when None.

    Raises:
        ValueError: ``images`` are none, or the number of names differs.

    Reference: Zeiler & Fergus 2014 (arXiv:1311.2901).
    """
    pictures = choices(images, names)
    height, width = images.shape[2:]

    def draw(picture: int, row: int, column: int, size: int, fill: Fill) -> Figure:
        image = images[picture : picture + 1]
        return occlusion_picture(model, image, row=row, column=column, size=size, fill=fill)

    explore(
        draw,
        alt=f"A picture with a grey patch over its middle. Beside it the {_BARS} largest class probabilities:"
        " bars with the patch, outlines without.",
        picture=choice("Picture", pictures, 0),
        row=slider("Row", 0, height - 1, height // 2),
        column=slider("Column", 0, width - 1, width // 2),
        size=slider("Size of the patch", 4, min(height, width) // 2, min(height, width) // 4),
        fill=choice("Patch", _FILLS),
    )


def occlusion_picture(
    model: nn.Module, image: Tensor, *, row: int, column: int, size: int = 32, fill: Fill = "grey"
) -> Figure:
    """Return a picture with a patch over it, and the probabilities: bars with the patch, outlines without.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        row: of the patch's centre; at the border the patch is moved inwards.
        column: of the patch's centre.
        size: edge of the patch, in pixels.
        fill: "grey", "zero" (black) or "blur".

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image, a patch that does not fit, or another fill.
    """
    return changed_picture(model, image, _covered(image, row, column, size, fill))


def changed_picture(model: nn.Module, image: Tensor, changed: Tensor) -> Figure:
    """Return a changed picture, and the probabilities before and after.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1], whose probabilities are drawn as outlines.
        changed: (1, 3, H, W) in [0, 1], which is shown, and whose probabilities are drawn as bars.

    Returns:
        The figure; ``show`` brings it into a notebook.
    """
    before, now = _probabilities(model, torch.cat([image, changed]))
    names = class_names(model, len(now))
    shown = before.topk(min(_BARS, len(before))).indices.tolist()
    best = int(now.argmax())
    if best not in shown:
        shown[-1] = best
    title = f"{names[best]}, {now[best]:.0%}"
    room = LETTER * theme().em * min(max(map(len, names)), _LETTERS)
    figure = mosaic([[Panel(to_pixels(changed)[0], title)]], margin=round(room) + _BARS_WIDTH)
    with style():
        axes = _axes_at_right(figure)
        draw_bars(axes, [_short(names[i]) for i in shown], now[shown], before=before[shown])
        axes.set(xlim=(0, 1), xticks=(0, 0.5, 1), xlabel="probability (outline: before)")
    return figure


def method_widget(
    model: nn.Module, images: Tensor, methods: Mapping[str, Method], names: Sequence[str] | None = None
) -> None:
    """Show what each method makes of each picture, for any class and under noise.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], to choose from.
        methods: name → ``method(model, x, target)``, which returns an attribution (N, C, H, W).
        names: one for each image; numbers when None.

    Raises:
        ValueError: ``images`` are none, no method, or the number of names differs.
    """
    pictures = choices(images, names)
    if not methods:
        raise ValueError("methods: there is none; wanted name → method(model, x, target)")
    known = class_names(model, scores(model, images[:1]).shape[1])
    classes = [(name, i) for i, name in enumerate(known)]

    def draw(picture: int, method: str, target: int, noise: float) -> Figure:
        image = images[picture : picture + 1]
        chosen = None if target < 0 else target
        return method_picture(model, image, methods[method], name=method, target=chosen, noise=noise)

    explore(
        draw,
        alt=f"A picture; the heatmap that {next(iter(methods))} makes of it for the predicted class; and the"
        " heatmap laid over the picture.",
        picture=choice("Picture", pictures, 0),
        method=choice("Method", list(methods)),
        target=choice("Class", [("the predicted one", -1), *classes]),
        noise=slider("Noise in the picture (σ)", 0.0, 0.5, 0.0, 0.02),
    )


def method_picture(
    model: nn.Module,
    image: Tensor,
    method: Method,
    *,
    name: str,
    target: int | None = None,
    noise: float = 0.0,
) -> Figure:
    """Return a picture, its heatmap by a method, and one over the other.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        method: ``method(model, x, target)``, which returns an attribution (1, C, H, W).
        name: of the method.
        target: the class; None for the predicted one.
        noise: standard deviation of the noise that is added, always the same noise; in pixel units.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image, or what the method raises.
    """
    check_one(image)
    # Drawn on the CPU, so that the picture is the same on every device.
    disturbance = torch.randn(image.shape, generator=torch.Generator().manual_seed(0)).to(image)
    noisy = (image + noise * disturbance).clamp(0, 1)
    probability = _probabilities(model, noisy)[0]
    names = class_names(model, len(probability))
    best = int(probability.argmax())
    chosen = best if target is None else target
    heat = heatmap(method(model, noisy, chosen))
    panels = [
        Panel(to_pixels(noisy)[0], f"{names[best]}, {probability[best]:.0%}"),
        Panel(to_rgb(heat)[0], f"{name}: {names[chosen]}"),
        Panel(overlay(noisy, heat)[0], "both"),
    ]
    return mosaic([panels])


def _covered(image: Tensor, row: int, column: int, size: int, fill: Fill) -> Tensor:
    """Return a copy with a patch over it, wholly inside."""
    check_one(image)
    height, width = image.shape[2:]
    if not 1 <= size <= min(height, width):
        raise ValueError(f"size: a patch of {size} pixels does not fit on an image of {height} × {width}")
    top = min(max(row - size // 2, 0), height - size)
    left = min(max(column - size // 2, 0), width - size)
    patch = (..., slice(top, top + size), slice(left, left + size))
    covered = image.detach().clone()
    covered[patch] = cover(covered, size, fill)[patch]
    return covered


def _probabilities(model: nn.Module, x: Tensor) -> Tensor:
    return scores(model, x).softmax(1)


def _short(name: str) -> str:
    """Return a name that fits beside a bar."""
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _axes_at_right(figure: Figure) -> Axes:
    """Return axes for the bars at the right end of a figure, with room for numbers and a label below."""
    width, height = (SCREEN * inches for inches in figure.get_size_inches())
    em = theme().em
    left, right, bottom, top = width - _BARS_WIDTH + em, width - em, 3.2 * em, height - 1.5 * em
    return figure.add_axes((left / width, bottom / height, (right - left) / width, (top - bottom) / height))
