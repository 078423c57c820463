"""From tensors to pixels: arrays (N, H, W, 3) of bytes, without matplotlib's slow machinery."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.core.images import check_pixels
from coursekit.plots.theme import heat_colormap, signed_colormap

__all__ = ["CLIP", "Pixels", "overlay", "scale", "to_pixels", "to_rgb"]

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

CLIP = 99.0
"""Percentile that a heatmap is clipped at: one outlier would otherwise turn all else black."""

_OPAQUE = 0.8  # of the strongest heat: the object below stays to be seen


def to_pixels(images: Tensor | Pixels) -> Pixels:
    """Return images as bytes (N, H, W, 3).

    Args:
        images: (N, 3, H, W) in colour, (N, 1, H, W) or (N, H, W) in grey, in [0, 1], on any device; or bytes
            (N, H, W, 3), which come back as they are.

    Returns:
        Bytes (N, H, W, 3).

    Raises:
        TypeError: neither a tensor nor bytes.
        ValueError: another shape, or values that are no pixels.
    """
    if (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.ndim == 4
        and images.shape[-1] == 3
    ):
        return images
    if not isinstance(images, Tensor):
        raise TypeError(f"images: wanted a tensor (N, 3, H, W) in [0, 1], got {_describe(images)}")
    check_pixels(images)
    if images.ndim == 3:
        if images.shape[0] == 3:
            raise ValueError(
                f"images: {tuple(images.shape)} may be one picture in colour or three in grey:"
                " write x[None] or x[:, None]"
            )
        images = images[:, None]
    if images.ndim != 4 or images.shape[1] not in {1, 3}:
        raise ValueError(f"images: wanted (N, 3, H, W), (N, 1, H, W) or (N, H, W), got {tuple(images.shape)}")
    colour = images.detach().to("cpu", torch.float32).expand(-1, 3, -1, -1).permute(0, 2, 3, 1)
    return (colour * 255).round().to(torch.uint8).numpy()


def to_rgb(heat: Tensor, *, signed: bool = False, percentile: float = CLIP) -> Pixels:
    """Return heatmaps in colour, as bytes (N, H, W, 3); each on a scale of its own.

    Args:
        heat: (N, H, W) or (N, 1, H, W), on any device. Without ``signed``, values from 0 up: 0 is black.
        signed: red is for, blue against; 0 is white, and black in dark themes.
        percentile: of the absolute values, in (0, 100], where the scale ends; larger ones are clipped.

    Returns:
        Bytes (N, H, W, 3).

    Raises:
        TypeError: no tensor.
        ValueError: another shape, NaN, or negative values without ``signed``.
    """
    return _coloured(scale(heat, signed=signed, percentile=percentile), signed)


def overlay(
    images: Tensor | Pixels, heat: Tensor, *, signed: bool = False, percentile: float = CLIP
) -> Pixels:
    """Return heatmaps over their pictures, as bytes (N, H, W, 3): the more heat, the less transparent.

    The picture is in grey below, so that all colour is heat, and shows through even where there is most. A
    coarser heatmap is enlarged bilinearly.

    Args:
        images: (N, 3, H, W) in colour, (N, 1, H, W) or (N, H, W) in grey, in [0, 1]; or bytes (N, H, W, 3).
        heat: (N, h, w) or (N, 1, h, w), one for each image. Without ``signed``, values from 0 up.
        signed: red for, blue against.
        percentile: of the absolute values, in (0, 100], where the scale ends; larger ones are clipped.

    Returns:
        Bytes (N, H, W, 3).

    Raises:
        TypeError: images or heatmaps that are no tensors.
        ValueError: shapes that do not fit, numbers that differ, values that are no pixels, NaN, or negative
            heat without ``signed``.
    """
    below = to_pixels(images)
    maps = as_maps(heat)
    if len(below) != len(maps):
        raise ValueError(f"overlay: {len(below)} images but {len(maps)} heatmaps; wanted one for each")
    if maps.shape[1:] != below.shape[1:3]:
        maps = F.interpolate(maps[:, None], below.shape[1:3], mode="bilinear", align_corners=False)[:, 0]
    values = scale(maps, signed=signed, percentile=percentile)
    size = np.abs(values)
    # The pale middle of the colour map would only wash the picture out: colour starts half-way to its ends.
    colour = _coloured(np.sign(values) * (0.5 + size / 2), signed) if signed else _coloured(values, signed)
    alpha = _OPAQUE * size[..., None] ** 0.7
    grey = 40 + 0.75 * (below @ np.array([0.299, 0.587, 0.114]))[..., None]
    return (alpha * colour + (1 - alpha) * grey).round().astype(np.uint8)


def _coloured(values: np.ndarray, signed: bool) -> Pixels:
    """Look the colours of values in [−1, 1], or in [0, 1] without signs, up."""
    colours = signed_colormap() if signed else heat_colormap()
    table = (colours(np.arange(colours.N))[:, :3] * 255).round().astype(np.uint8)
    steps = (values + 1) / 2 if signed else values
    return table[(steps * (colours.N - 1)).round().astype(np.uint8)]


def scale(heat: Tensor, *, signed: bool = False, percentile: float = CLIP) -> np.ndarray:
    """Return heatmaps (N, H, W), each divided by the percentile of its absolute values and clipped.

    A map of zeros stays one.

    Args:
        heat: (N, H, W) or (N, 1, H, W), on any device. Without ``signed``, values from 0 up.
        signed: the values have signs.
        percentile: of the absolute values, in (0, 100].

    Returns:
        (N, H, W) float32 in [0, 1], or in [−1, 1] with ``signed``.

    Raises:
        TypeError: no tensor.
        ValueError: another shape, NaN, or negative values without ``signed``.
    """
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile: wanted a number in (0, 100], got {percentile}")
    values = as_maps(heat).numpy()
    if not signed and values.min() < 0:
        raise ValueError(
            f"heat: there are negative values, down to {values.min():.3g}; take heatmap(attribution),"
            " which has none, or say signed=True"
        )
    size = np.abs(values)
    top = np.percentile(size, percentile, axis=(1, 2), keepdims=True)
    # A sparse map (guided backpropagation's) can be zero up to the percentile.
    top = np.where(top > 0, top, size.max(axis=(1, 2), keepdims=True))
    return np.clip(values / np.where(top > 0, top, 1), -1, 1)


def as_maps(heat: Tensor) -> Tensor:
    """Return heatmaps as float (N, H, W) on the CPU; (N, 1, H, W) is taken too.

    Raises:
        TypeError: no tensor.
        ValueError: another shape, or values that are not finite.
    """
    if not isinstance(heat, Tensor):
        raise TypeError(f"heat: wanted a tensor (N, H, W), got {_describe(heat)}")
    if heat.ndim == 4 and heat.shape[1] == 1:
        heat = heat[:, 0]
    if heat.ndim != 3 or not heat.numel():
        hint = " heatmap(attribution) makes one value of the channels." if heat.ndim == 4 else ""
        raise ValueError(f"heat: wanted (N, H, W) or (N, 1, H, W), got {tuple(heat.shape)}.{hint}")
    maps = heat.detach().to("cpu", torch.float32)
    if not maps.isfinite().all():
        raise ValueError("heat: there are NaN or infinite values; wanted finite ones")
    return maps


def _describe(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"an array {x.shape} of {x.dtype}"
    return type(x).__name__
