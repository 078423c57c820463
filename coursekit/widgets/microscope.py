"""A microscope for channels: an optimised picture, the patches with the largest activations, a histogram."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.filters import Patches, Peaks, ReceptiveField, top_patches
from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import to_pixels
from coursekit.plots.theme import style, theme
from coursekit.synthesis import jitter, maximize, neuron
from coursekit.widgets.explorer import choice, explore, slider

__all__ = ["microscope_picture", "microscope_widget"]

_EDGE = 64  # pixels of the optimised picture: 16 steps take a fifth of a second
_ACROSS = 5  # pictures to a row; the optimised one takes the first place
_QUICK, _FINE = 16, 96
_HISTOGRAM = 300  # pixels
_FRAME = 96


def microscope_widget(
    model: nn.Module,
    images: Tensor,
    peaks: Mapping[str, Peaks],
    names: Sequence[str] | None = None,
    *,
    layer: str | None = None,
    channel: int = 0,
) -> None:
    """Show any channel of any layer: an optimised picture, its top patches, and how strongly it fires.

    Args:
        model: the net.
        images: (N, 3, H, W), those that the peaks were found in.
        peaks: layer → what ``activation_peaks`` found. Layers before a ReLU always have a gradient to follow.
        names: what is written above a patch from each image; nothing when None.
        layer: shown at first; the last one when None.
        channel: shown at first.

    Raises:
        ValueError: no peaks, another number of names, or a layer or channel that there is not.

    Reference: Yosinski et al. 2015 (arXiv:1506.06579); OpenAI Microscope (2020).
    """
    if not peaks:
        raise ValueError("peaks: there are none; wanted activation_peaks(model, images, layers)")
    first = list(peaks)[-1] if layer is None else layer
    if first not in peaks:
        raise ValueError(f"layer {first!r} has no peaks; there are {', '.join(peaks)}")
    if not 0 <= channel < _channels(peaks[first]):
        raise ValueError(f"channel {channel}, but layer {first!r} has {_channels(peaks[first])}")

    @lru_cache(maxsize=256)
    def optimised(layer: str, channel: int, steps: int) -> Tensor:
        return optimised_picture(model, layer, peaks[layer].field, channel, steps)

    def draw(layer: str, channel: int, steps: int) -> Figure:
        seen = min(channel, _channels(peaks[layer]) - 1)  # of a layer with fewer, the last
        return microscope_picture(images, peaks[layer], seen, optimised(layer, seen, steps), names)

    layers, channels = (
        choice("Layer", list(peaks), first),
        slider("Channel", 0, _channels(peaks[first]) - 1, channel),
    )
    layers.observe(lambda change: setattr(channels, "max", _channels(peaks[change.new]) - 1), "value")
    explore(
        draw,
        alt=f"An optimised picture for channel {channel} of layer {first}, the nine patches at which it fires"
        " most, in order, and a histogram of its largest value in each image.",
        layer=layers,
        channel=channels,
        steps=choice("Optimised picture", {"quick": _QUICK, "fine": _FINE}),
    )


def optimised_picture(
    model: nn.Module, layer: str, field: ReceptiveField, channel: int, steps: int = _QUICK
) -> Tensor:
    """Return a picture (1, 3, 64, 64) optimised for a channel's middle unit, by a few steps of ascent."""
    # Of one unit, not the channel's sum: what fills a patch, beside the patches, instead of a texture.
    sides = zip(field.size, field.offset, field.stride, strict=True)
    row, column = (max(round((_EDGE / 2 - o - n / 2) / s), 0) for n, o, s in sides)
    unit, seen = neuron(layer, channel, row, column), (jitter(4),)
    return maximize(model, unit, size=_EDGE, steps=steps, lr=0.05, transforms=seen, quiet=steps <= _QUICK)


def microscope_picture(
    images: Tensor, peaks: Peaks, channel: int, optimised: Tensor, names: Sequence[str] | None = None
) -> Figure:
    """Return an optimised picture, the nine top patches of a channel in order, and a histogram of its peaks.

    Args:
        images: (N, 3, H, W), those that the peaks were found in; at least nine.
        peaks: the layer's entry of what ``activation_peaks`` returns.
        channel: number of the channel.
        optimised: (1, 3, h, w) in [0, 1].
        names: what is written above a patch from each image, behind the channel's value.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: other images than those of the peaks, no such channel, fewer than nine images, or another
            number of names.
    """
    if names is not None and len(names) != len(images):
        raise ValueError(f"names: {len(names)} for {len(images)} images; wanted one for each")
    best = top_patches(images, peaks, channel)
    panels = [Panel(_framed(optimised), "optimised"), *_panels(best, names)]
    figure = mosaic([panels[:_ACROSS], panels[_ACROSS:]], margin=_HISTOGRAM)
    width, height = (SCREEN * inches for inches in figure.get_size_inches())
    em, palette = theme().em, theme().colours.palette
    left, right, bottom, top = width - _HISTOGRAM + 2 * em, width - em, 3.2 * em, height - 2 * em
    with style():
        axes = figure.add_axes(
            (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
        )
        axes.hist(peaks.values[:, channel].numpy(), bins=30, color=palette[2])
        axes.set(xlabel="largest value in an image", title=f"{len(images)} images", yticks=[])
        axes.axvline(best.values[-1].item(), color=palette[1])
    return figure


def _channels(peaks: Peaks) -> int:
    return peaks.values.shape[1]


def _panels(best: Patches, names: Sequence[str] | None) -> list[Panel]:
    values = [f"{value:.1f}" for value in best.values.tolist()]
    if names is not None:
        values = [f"{value} {names[i]}" for value, i in zip(values, best.images.tolist(), strict=True)]
    return [Panel(_framed(c[None]), title) for c, title in zip(best.crops, values, strict=True)]


def _framed(picture: Tensor) -> Any:
    """Bytes of a picture in a frame of one size, so that a patch of nine pixels is as large as another."""
    return to_pixels(F.interpolate(picture.cpu(), (_FRAME, _FRAME), mode="nearest"))[0]
