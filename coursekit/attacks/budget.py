"""Whether an attack keeps to its budget: asserted, and kept when pixels are rounded to grey levels."""

import torch
from torch import Tensor

from coursekit.attacks.norms import L2, Linf, Norm

__all__ = ["assert_size", "assert_within", "to_grid"]


def assert_within(adversarial: Tensor, x: Tensor, ball: Norm, eps: float) -> None:
    """Assert that an attack kept to its budget: within ε of the images, and in [0, 1].

    Args:
        adversarial: the attacked images (N, C, H, W).
        x: the images themselves, of the same shape.
        ball: the norm.
        eps: ε, in units of the norm.

    Raises:
        AssertionError: it did not.
    """
    assert_size(adversarial - x, ball, eps)
    low, high = (v.item() for v in torch.aminmax(adversarial))
    if not (low >= 0 and high <= 1):
        raise AssertionError(f"attack left its budget: pixels {low:.3g} to {high:.3g}")


def assert_size(eta: Tensor, ball: Norm, eps: float) -> None:
    """Assert ‖η‖ ≤ ε; rounding may add a few units in the last place, never more.

    Args:
        eta: changes η (N, C, H, W).
        ball: the norm.
        eps: ε, in units of the norm.

    Raises:
        AssertionError: a change is larger.
    """
    size = ball.size(eta).amax().item()
    if not size <= eps * (1 + 1e-4) + 1e-6:
        raise AssertionError(f"attack left its budget: size {size:.6g} for eps {eps:.6g}")


def to_grid(adversarial: Tensor, x: Tensor, ball: Norm, eps: float) -> Tensor:
    """Round attacked images to grey levels k/255, within the ball around ``x``.

    x + round(s · η) for the largest s with ‖round(s · η)‖₂ ≤ ‖η‖₂ and ‖round(s · η)‖ ≤ ε. So a faint
    perturbation, each pixel of which would round to nothing, survives where it is strongest. What it does not
    change stays as it is in ``x``, to the last bit.

    Args:
        adversarial: the attacked images x + η, (N, C, H, W) in [0, 1].
        x: the images themselves, whose levels are k/255.
        ball: the norm.
        eps: ε, in units of the norm.

    Returns:
        Rounded images, shaped like ``x``, in [0, 1].
    """
    eta, slack = adversarial - x, 1 + 1e-5  # for η that is k/255 but for its last bits
    length = slack * L2().size(eta)
    low, high = torch.zeros_like(length), 2 + 1 / (255 * Linf().size(eta)).clamp_min(1e-6)
    each = (-1, *[1] * (eta.ndim - 1))  # one factor for each image
    for _ in range(24):
        middle = (low + high) / 2
        rounded = (eta * middle.view(each) * 255).round() / 255
        inside = (L2().size(rounded) <= length) & (ball.size(rounded) <= slack * eps)
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    rounded = (eta * low.view(each) * 255).round()
    return torch.where(rounded == 0, x, ((x * 255).round() + rounded).clamp(0, 255) / 255)
