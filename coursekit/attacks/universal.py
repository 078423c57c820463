"""One perturbation for all images."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from coursekit.attacks.budget import assert_size
from coursekit.attacks.gradient import check_attack, check_labels, scores_of
from coursekit.attacks.norms import NormName, find_norm
from coursekit.core.inputs import check_count
from coursekit.core.labels import Labels
from coursekit.core.progress import progress
from coursekit.core.targets import explaining, input_gradient

__all__ = ["universal"]

_STEP = 0.2  # of the first step, as a share of ε
_CAP = 9.0  # where the loss of an image stops to count, so that the sum is not about the few worst ones


def universal(
    model: nn.Module,
    images: Tensor,
    labels: Labels,
    *,
    eps: float,
    norm: NormName = "linf",
    epochs: int = 5,
    batch_size: int = 16,
    seed: int = 0,
    quiet: bool = True,
) -> Tensor:
    """Train one η that fools the net on most images, also on those that it was not made from.

    η ← Π_ε(η + α · steepest(Σ_batch ∇_η min(L(clip(x + η, 0, 1), y), 9))); α falls to 0 along a line.

    Args:
        model: maps images to scores (N, K).
        images: (N, C, H, W) in [0, 1].
        labels: true labels (N,).
        eps: radius ε of the ball, in units of [0, 1] and of the norm.
        norm: ``"linf"`` or ``"l2"``.
        epochs: passes over the images.
        batch_size: images per step.
        seed: of their order.
        quiet: show no progress bar.

    Returns:
        η (1, C, H, W), with sign, within ε; to be used as (x + η).clamp(0, 1).

    Raises:
        ValueError: ``images`` are none, ``labels`` do not fit them, or a number is out of range.

    Reference: Moosavi-Dezfooli, Fawzi, Fawzi, Frossard 2017, Universal adversarial perturbations
        (arXiv:1610.08401); this ascent: Shafahi et al. 2020, Universal adversarial training
        (arXiv:1811.11304).
    """
    y, ball = check_attack(images, labels, eps), find_norm(norm)
    if norm == "l0":
        raise ValueError("norm: wanted linf or l2, got 'l0'; a few pixels for all images are a patch")
    generator, eta = torch.Generator().manual_seed(seed), torch.zeros_like(images[:1])
    steps = check_count("epochs", epochs) * -(-len(images) // check_count("batch_size", batch_size))
    orders = [torch.randperm(len(images), generator=generator).split(batch_size) for _ in range(epochs)]
    with explaining(model, images, None, checked=True) as scorer:
        check_labels(y, scores_of(scorer, images[:1]))

        def loss(perturbation: Tensor, chosen: Tensor) -> Tensor:
            scores = scorer.outputs((images[chosen] + perturbation).clamp(0, 1))
            return cross_entropy(scores, y[chosen], reduction="none").clamp(max=_CAP).sum()

        for step, chosen in enumerate(progress(sum(orders, ()), "training one for all", quiet=quiet)):
            slope = input_gradient(partial(loss, chosen=chosen), eta)
            eta = ball.project(eta + _STEP * eps * (1 - step / steps) * ball.steepest(slope), eps)
    assert_size(eta, ball, eps)
    return eta
