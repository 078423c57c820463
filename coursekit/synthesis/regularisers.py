"""What keeps a picture that is being made from turning into grain: done to it after every step.

x ← r(x + step), where x is 0 at grey. Each function returns such an r; use one, or several in turn. Another
way, total variation, is a part of the objective: ``score(3) - 0.5 * variation()``.

Reference: Yosinski et al. 2015, Understanding neural networks through deep visualization (arXiv:1506.06579).
"""

from collections.abc import Callable

from torch import Tensor

from coursekit.synthesis.transforms import blurred

__all__ = ["Regulariser", "blur_every", "clip_contribution", "clip_norm", "decay"]

Regulariser = Callable[[Tensor, Tensor, int], Tensor]
"""From the picture (N, 3, H, W), grey at 0, the objective's gradient there, and the step's number from 1."""


def decay(share: float) -> Regulariser:
    """Pull every pixel towards grey, x ← (1 − share) x: what a step down λ ‖x‖² does."""
    _check_share("decay", share)
    return lambda x, _gradient, _step: (1 - share) * x


def blur_every(steps: int, sigma: float) -> Regulariser:
    """Blur by a Gaussian of ``sigma`` pixels every so many ``steps``."""
    if steps < 1 or not sigma > 0:
        raise ValueError(f"blur_every: wanted at least 1 step and sigma above 0, got {steps} and {sigma}")
    return lambda x, _gradient, step: x if step % steps else blurred(x, sigma)


def clip_norm(share: float) -> Regulariser:
    """Turn grey that ``share`` of a picture's pixels whose norm over the colours, ‖x‖, is the smallest."""
    _check_share("clip_norm", share)
    return lambda x, _gradient, _step: _without_smallest(x, x.norm(dim=1, keepdim=True), share)


def clip_contribution(share: float) -> Regulariser:
    """Turn grey that ``share`` of a picture's pixels that contribute least, |Σ x · ∂s/∂x| over colours."""
    _check_share("clip_contribution", share)
    return lambda x, gradient, _step: _without_smallest(x, (x * gradient).sum(1, keepdim=True).abs(), share)


def _without_smallest(x: Tensor, size: Tensor, share: float) -> Tensor:
    limit = size.flatten(1).quantile(share, dim=1).view(-1, 1, 1, 1)
    return x * (size >= limit)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"{name}: wanted a share from 0 to below 1, got {share}")
