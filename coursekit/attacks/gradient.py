"""Attacks that follow the gradient of the loss with respect to the pixels."""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from coursekit.attacks.norms import Norm, find_norm
from coursekit.hooks import evaluating
from coursekit.images import check_images

__all__ = ["fgsm", "pgd"]


def fgsm(model: nn.Module, x: Tensor, y: Tensor, *, eps: float) -> Tensor:
    """Fast gradient sign method: one step of size ε along the sign of the gradient.

    x_adv = clip(x + ε · sign ∇ₓ L(x, y), 0, 1)

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        eps: largest change of a pixel, in units of [0, 1]; 8/255 is eight grey levels.

    Returns:
        Images shaped like ``x``, in [0, 1], within ε of ``x`` in L∞.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` does not fit it, or ``eps`` is negative.

    Paper: Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples (arXiv:1412.6572).
    """
    return pgd(model, x, y, eps=eps, steps=1, step_size=eps, random_start=False)


def pgd(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    steps: int = 20,
    step_size: float | None = None,
    norm: Literal["linf", "l2"] = "linf",
    random_start: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Projected gradient descent: small steps up the loss, each followed by a projection onto the ball.

    η ← Π_ε(η + α · steepest(∇ₓ L(x + η, y))), then clip x + η to [0, 1]

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        eps: radius ε of the ball, in units of [0, 1] and of the norm.
        steps: number of steps.
        step_size: α in the same units; 2.5 ε / steps when None, so that the border can be reached from
            anywhere.
        norm: ``"linf"`` or ``"l2"``.
        random_start: begin at a random point of the ball instead of at ``x``.
        generator: source of the random start (on the CPU); a generator seeded with 0 when None.

    Returns:
        Images shaped like ``x``, in [0, 1], within ε of ``x``.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` does not fit it, the norm is unknown, or ``eps`` is
            negative.

    Paper: Madry et al. 2018, Towards deep learning models resistant to adversarial attacks
        (arXiv:1706.06083).
    """
    alpha = 2.5 * eps / max(steps, 1) if step_size is None else step_size
    _check(x, y, eps, steps, alpha)
    x, y = x.detach(), y.to(x.device, torch.int64)
    ball = find_norm(norm)
    adversarial = x
    if random_start:
        generator = generator or torch.Generator().manual_seed(0)
        adversarial = (x + eps * ball.random(x, generator)).clamp(0, 1)
    with evaluating(model):
        for _ in range(steps):
            step = alpha * ball.steepest(_loss_gradient(model, adversarial, y))
            adversarial = (x + ball.project(adversarial + step - x, eps)).clamp(0, 1)
    _assert_within(adversarial, x, ball, eps)
    return adversarial


def _loss_gradient(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """∇ₓ of the summed loss: summed, so that no image's gradient depends on the size of the batch."""
    with torch.inference_mode(False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        scores = model(x)
        if y.max() >= scores.shape[1]:
            raise ValueError(f"label {y.max().item()}, but the net has {scores.shape[1]} classes")
        loss = cross_entropy(scores, y, reduction="sum")
        return torch.autograd.grad(loss, x)[0]


def _check(x: Tensor, y: Tensor, eps: float, steps: int, alpha: float) -> None:
    check_images(x)
    if y.shape != (len(x),) or y.is_floating_point():
        raise ValueError(
            f"labels: wanted {len(x)} integers, one per image, got {y.dtype} of shape {tuple(y.shape)}"
        )
    if y.min() < 0:
        raise ValueError(f"labels: wanted classes from 0, got {y.min().item()}")
    if not (math.isfinite(eps) and eps >= 0):
        raise ValueError(f"eps: wanted a radius ≥ 0 in units of [0, 1], got {eps}")
    if not (math.isfinite(alpha) and alpha >= 0):
        raise ValueError(f"step_size: wanted a length ≥ 0 in units of [0, 1], got {alpha}")
    if steps < 1:
        raise ValueError(f"steps: wanted at least 1, got {steps}")


def _assert_within(adversarial: Tensor, x: Tensor, ball: Norm, eps: float) -> None:
    """Asserted, not hoped: rounding may add a few units in the last place, never more."""
    size = ball.size(adversarial - x).amax().item()
    low, high = (v.item() for v in torch.aminmax(adversarial))
    if not (size <= eps * (1 + 1e-4) + 1e-6 and low >= 0 and high <= 1):
        raise AssertionError(
            f"attack left its budget: size {size:.6g} for eps {eps:.6g}, pixels {low:.3g} to {high:.3g}"
        )
