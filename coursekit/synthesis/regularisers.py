"""Regularisers that keep an optimised picture from turning into grain. They are applied after every step.

x ← r(x + step), where x is 0 at grey. Each function returns such an r; use one, or several in turn. Total
variation works in another way, as a part of the objective: ``score(3) - 0.5 * variation()``.

Reference: Yosinski et al. 2015, Understanding neural networks through deep visualization (arXiv:1506.06579).
"""

from collections.abc import Callable

from torch import Tensor

from coursekit.synthesis.transforms import blurred

__all__ = ["Regulariser", "blur_every", "clip_contribution", "clip_norm", "decay"]

Regulariser = Callable[[Tensor, Tensor, int], Tensor]
"""From the picture (N, 3, H, W), grey at 0, the objective's gradient there, and the step's number from 1."""


def decay(share: float) -> Regulariser:
    """Return L2 decay: x ← (1 − share) x pulls every pixel towards grey, as a step down λ ‖x‖² does.

    Args:
        share: from 0 to below 1.

    Returns:
        The regulariser.

    Raises:
        ValueError: a share out of range.
    """
    _check_share("decay", share)
    return lambda x, _gradient, _step: (1 - share) * x


def blur_every(steps: int, sigma: float) -> Regulariser:
    """Return a Gaussian blur that is applied every few steps.

    Args:
        steps: from one blur to the next, at least 1.
        sigma: standard deviation in pixels, above 0.

    Returns:
        The regulariser.

    Raises:
        ValueError: a number out of range.
    """
    if steps < 1 or not sigma > 0:
        raise ValueError(f"blur_every: wanted at least 1 step and sigma above 0, got {steps} and {sigma}")
    return lambda x, _gradient, step: x if step % steps else blurred(x, sigma)


def clip_norm(share: float) -> Regulariser:
    """Return clipping by norm: the pixels with the smallest norm over the colours, ‖x‖, become grey.

    Args:
        share: of a picture's pixels that become grey, from 0 to below 1.

    Returns:
        The regulariser.

    Raises:
        ValueError: a share out of range.
    """
    _check_share("clip_norm", share)
    return lambda x, _gradient, _step: _without_smallest(x, x.norm(dim=1, keepdim=True), share)


def clip_contribution(share: float) -> Regulariser:
    """Return clipping by contribution: the pixels with the smallest |Σ x · ∂s/∂x| over colours become grey.

    Args:
        share: of a picture's pixels that become grey, from 0 to below 1.

    Returns:
        The regulariser.

    Raises:
        ValueError: a share out of range.
    """
    _check_share("clip_contribution", share)
    return lambda x, gradient, _step: _without_smallest(x, (x * gradient).sum(1, keepdim=True).abs(), share)


def _without_smallest(x: Tensor, size: Tensor, share: float) -> Tensor:
    limit = size.flatten(1).quantile(share, dim=1).view(-1, 1, 1, 1)
    return x * (size >= limit)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"{name}: wanted a share from 0 to below 1, got {share}")
