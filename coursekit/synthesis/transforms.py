"""Random transforms that an optimised picture passes through: shifts, rotations, scalings, blur.

Shapes survive them, and grain does not. Each function returns a transform, from pictures (N, 3, H, W) and a
generator to pictures of the same shape. One draw serves the whole batch.

Reference: Olah, Mordvintsev & Schubert 2017, Feature visualization (Distill): transformation robustness.
"""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["Transform", "blur", "jitter", "rotate", "scale"]

Transform = Callable[[Tensor, torch.Generator], Tensor]
_GREY = [0.5]


def jitter(pixels: int) -> Transform:
    """Return a random shift; what leaves at one border comes in at the other.

    Args:
        pixels: the largest shift each way, from 0 up.

    Returns:
        The transform.

    Raises:
        ValueError: less than 0.
    """
    if pixels < 0:
        raise ValueError(f"jitter: wanted pixels from 0 up, got {pixels}")
    return lambda x, generator: x.roll(random_shift(pixels, generator), (2, 3))


def random_shift(pixels: int, generator: torch.Generator) -> tuple[int, int]:
    """Draw rows and columns to shift by, each between −pixels and pixels."""
    rows, columns = torch.randint(-pixels, pixels + 1, (2,), generator=generator).tolist()
    return rows, columns


def rotate(degrees: float) -> Transform:
    """Return a random rotation; what comes in from outside is grey.

    Args:
        degrees: the largest angle either way.

    Returns:
        The transform.
    """
    return lambda x, generator: _turned(x, _uniform(-degrees, degrees, generator), 1.0)


def scale(low: float, high: float) -> Transform:
    """Return a random scaling; what comes in from outside is grey.

    Args:
        low: the smallest factor, above 0.
        high: the largest factor.

    Returns:
        The transform.

    Raises:
        ValueError: not 0 < low ≤ high.
    """
    if not 0 < low <= high:
        raise ValueError(f"scale: wanted 0 < low ≤ high, got {low} and {high}")
    return lambda x, generator: _turned(x, 0.0, _uniform(low, high, generator))


def blur(sigma: float) -> Transform:
    """Return a Gaussian blur, which draws nothing at random.

    Args:
        sigma: standard deviation in pixels, from 0 up.

    Returns:
        The transform.

    Raises:
        ValueError: less than 0.
    """
    if not sigma >= 0:
        raise ValueError(f"blur: wanted a standard deviation from 0 up, got {sigma}")
    return lambda x, _generator: blurred(x, sigma)


def blurred(x: Tensor, sigma: float) -> Tensor:
    """Return pictures blurred by a Gaussian, cut off beyond two standard deviations."""
    if not sigma:
        return x
    # Imported here and below, since it takes two seconds.
    from torchvision.transforms.functional import gaussian_blur

    return gaussian_blur(x, 2 * round(2 * sigma) + 1, sigma)


def _turned(x: Tensor, angle: float, factor: float) -> Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.functional import affine

    return affine(x, angle, [0, 0], factor, [0.0], InterpolationMode.BILINEAR, fill=_GREY * x.shape[1])


def _uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * torch.rand((), generator=generator).item()
