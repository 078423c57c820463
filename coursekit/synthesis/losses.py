"""Losses for content, style and smoothness: one number for each picture."""

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["gram", "relative_error", "style_loss", "total_variation"]

Outputs = Mapping[str, Tensor]


def gram(features: Tensor) -> Tensor:
    """Return the Gram matrix of feature maps: G = F Fᵀ / (h w), with the maps of the C channels as rows of F.

    G says which channels fire together, wherever in the picture. It is divided by the number of positions, so
    that pictures of different sizes can be compared.

    Args:
        features: what a layer puts out, (N, C, h, w).

    Returns:
        Gram matrices (N, C, C).

    Raises:
        ValueError: ``features`` are no maps.

    Reference: Gatys, Ecker & Bethge 2015, Texture synthesis using convolutional neural networks
        (arXiv:1505.07376).
    """
    if features.ndim != 4:
        raise ValueError(f"features: wanted maps (N, C, h, w), got shape {tuple(features.shape)}")
    maps = features.flatten(2)
    return maps @ maps.transpose(1, 2) / maps.shape[2]


def relative_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the squared error relative to what is wanted: ‖found − wanted‖² / ‖wanted‖².

    Args:
        found: (N, …).
        wanted: (N, …) of the same shape, or (1, …) for all.

    Returns:
        (N,), from 0 up: 0 where both are equal, 1 where ``found`` is all zeros.
    """
    return (found - wanted).flatten(1).square().sum(1) / wanted.flatten(1).square().sum(1).clamp_min(1e-12)


def style_loss(outputs: Outputs, grams: Outputs) -> Tensor:
    """Return how far the Gram matrices are from those wanted: the mean over layers of ‖G − A‖² / ‖A‖².

    Relative, so that every layer counts the same, and one weight serves every net.

    Args:
        outputs: layer → what it puts out, (N, C, h, w).
        grams: layer → the Gram matrix wanted there, A: (N, C, C) or (1, C, C) for all.

    Returns:
        Losses (N,).

    Reference: Gatys, Ecker & Bethge 2015, A neural algorithm of artistic style (arXiv:1508.06576), who divide
        by 4 C² instead of ‖A‖².
    """
    return torch.stack([relative_error(gram(outputs[name]), wanted) for name, wanted in grams.items()]).mean(
        0
    )


def total_variation(x: Tensor, beta: float = 2.0) -> Tensor:
    """Return how much neighbouring pixels differ: the mean of (Δ↓² + Δ→²)^(β/2).

    Δ↓ = x[i+1, j] − x[i, j], Δ→ = x[i, j+1] − x[i, j], wherever both neighbours are in the picture.

    Args:
        x: pictures (N, C, H, W), at least 2 × 2 pixels.
        beta: β, above 0; 2 avoids every edge, 1 allows a few sharp ones.

    Returns:
        Variations (N,).

    Reference: Mahendran & Vedaldi 2015, Understanding deep image representations by inverting them
        (arXiv:1412.0035), who take the sum.
    """
    down, across = x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]
    squares = down.square() + across.square()
    # The root has no slope at 0.
    return (squares if beta == 2 else (squares + 1e-8) ** (beta / 2)).flatten(1).mean(1)
