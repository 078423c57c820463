"""How the net sees a picture that is being made: moved, turned, scaled, blurred, a little and at random.

What is still there in every such view is a shape; grain is not. Each function returns a transform: pictures
(N, 3, H, W) and a generator → pictures of the same shape. One draw serves the whole batch.

Reference: Olah, Mordvintsev & Schubert 2017, Feature visualization (Distill): transformation robustness.
"""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["Transform", "blur", "jitter", "rotate", "scale"]

Transform = Callable[[Tensor, torch.Generator], Tensor]
_GREY = [0.5]


def jitter(pixels: int) -> Transform:
    """Shift by up to so many ``pixels`` each way, round the border."""
    if pixels < 0:
        raise ValueError(f"jitter: wanted pixels from 0 up, got {pixels}")
    return lambda x, generator: x.roll(random_shift(pixels, generator), (2, 3))


def random_shift(pixels: int, generator: torch.Generator) -> tuple[int, int]:
    """Draw rows and columns to shift by, each between −pixels and pixels."""
    rows, columns = torch.randint(-pixels, pixels + 1, (2,), generator=generator).tolist()
    return rows, columns


def rotate(degrees: float) -> Transform:
    """Turn by up to so many ``degrees`` either way; what comes in from outside is grey."""
    return lambda x, generator: _turned(x, _uniform(-degrees, degrees, generator), 1.0)


def scale(low: float, high: float) -> Transform:
    """Enlarge by a factor between ``low`` and ``high``, both above 0; what comes in from outside is grey."""
    if not 0 < low <= high:
        raise ValueError(f"scale: wanted 0 < low ≤ high, got {low} and {high}")
    return lambda x, generator: _turned(x, 0.0, _uniform(low, high, generator))


def blur(sigma: float) -> Transform:
    """Blur by a Gaussian with standard deviation ``sigma``, in pixels; nothing at random."""
    if not sigma >= 0:
        raise ValueError(f"blur: wanted a standard deviation from 0 up, got {sigma}")
    return lambda x, _generator: blurred(x, sigma)


def blurred(x: Tensor, sigma: float) -> Tensor:
    """Return pictures blurred by a Gaussian, cut off beyond two standard deviations."""
    if not sigma:
        return x
    # Takes two seconds to import, here and below, which what needs none of it should not wait for.
    from torchvision.transforms.functional import gaussian_blur

    return gaussian_blur(x, 2 * round(2 * sigma) + 1, sigma)


def _turned(x: Tensor, angle: float, factor: float) -> Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.functional import affine

    return affine(x, angle, [0, 0], factor, [0.0], InterpolationMode.BILINEAR, fill=_GREY * x.shape[1])


def _uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * torch.rand((), generator=generator).item()
