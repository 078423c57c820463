"""Which camera took a picture? Its sensor's fixed pattern is in the noise of every picture."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.core.images import check_images

__all__ = ["correlation", "fingerprint", "noise_residual"]


def noise_residual(images: Tensor) -> Tensor:
    """Return the noise residual of images: W = I − S, S the mean of I over 3 × 3 pixels.

    The mean of each channel is taken off too.

    Args:
        images: (N, C, H, W) in [0, 1].

    Returns:
        (N, C, H, W), around 0.

    Raises:
        TypeError, ValueError: ``images`` are none.
    """
    check_images(images)
    smooth = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
    residual = images - smooth
    return residual - residual.mean((2, 3), keepdim=True)


def fingerprint(images: Tensor) -> Tensor:
    """Return the pattern of the camera that took the images: K = Σ W·I / Σ I², with mean 0.

    Each pixel of a sensor has a gain 1 + K of its own, so that its noise grows with the light.

    Args:
        images: (N, C, H, W) in [0, 1], all by one camera; the more, the better.

    Returns:
        (C, H, W).

    Reference: Lukáš, Fridrich & Goljan 2006 (doi:10.1109/TIFS.2006.873602); Chen et al. 2008
        (doi:10.1109/TIFS.2007.916285).
    """
    pattern = (noise_residual(images) * images).sum(0) / images.square().sum(0).clamp(min=1e-6)
    return pattern - pattern.mean((1, 2), keepdim=True)


def correlation(images: Tensor, patterns: Tensor) -> Tensor:
    """Return the correlation of each image's noise W with what each camera would have left there, K·I.

    Args:
        images: (N, C, H, W) in [0, 1].
        patterns: (M, C, H, W), as ``fingerprint`` makes them.

    Returns:
        (N, M), each in [−1, 1]; the largest of a row says which camera it was.

    Raises:
        ValueError: bad images, or patterns of another size.
    """
    if patterns.ndim != 4 or patterns.shape[1:] != images.shape[1:]:
        wanted = ", ".join(map(str, ("M", *images.shape[1:])))
        raise ValueError(f"patterns: wanted ({wanted}), got {tuple(patterns.shape)}")
    noise = noise_residual(images).flatten(1)
    expected = (images[:, None] * patterns).flatten(2)
    expected = expected - expected.mean(2, keepdim=True)
    return torch.cosine_similarity(noise[:, None], expected, dim=2)
