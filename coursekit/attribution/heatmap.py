"""From an attribution to one number for each pixel."""

import torch.nn.functional as F
from torch import Tensor

from coursekit.core.images import check_tensors

__all__ = ["heatmap"]


def heatmap(attribution: Tensor, *, size: tuple[int, int] | None = None, signed: bool = False) -> Tensor:
    """Return one value for each pixel: max over the channels of |attribution|, or their sum with its sign.

    Args:
        attribution: what a method returned: (N, C, H, W), also with C = 1 as class activation maps and
            occlusion have it, or (N, T, C, H, W) for clips.
        size: (rows, columns) to enlarge to, bilinearly, as a class activation map needs; None for no change.
        signed: sum over the channels instead, for methods whose values add up or whose sign tells for
            from against: Integrated Gradients, occlusion, relevance.

    Returns:
        Maps (N, H, W), or (N, T, H, W) for clips, not rescaled; without ``signed`` never negative.

    Raises:
        TypeError: ``attribution`` is no tensor.
        ValueError: it is of another rank.

    After, for the maximum of absolute values: Simonyan, Vedaldi & Zisserman 2014 (arXiv:1312.6034).
    """
    check_tensors(attribution=attribution)
    if attribution.ndim not in {4, 5}:
        raise ValueError(f"heatmap: wanted (N, C, H, W) or (N, T, C, H, W), got {tuple(attribution.shape)}")
    attribution = attribution.detach()
    maps = attribution.sum(-3) if signed else attribution.abs().amax(-3)
    if size is None:
        return maps
    flat = maps.flatten(0, -3)[:, None]
    return F.interpolate(flat, size, mode="bilinear", align_corners=False).reshape(*maps.shape[:-2], *size)
