"""Gradient descent on a picture, for what a net makes of it."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from coursekit.core.inputs import check_count, check_input
from coursekit.core.progress import progress
from coursekit.synthesis.images import FourierImage
from coursekit.synthesis.losses import total_variation
from coursekit.synthesis.objectives import PICTURE, watching

__all__ = ["descend", "outputs_for"]


def descend(
    model: nn.Module,
    picture: FourierImage,
    layers: Iterable[str],
    loss: Callable[[Mapping[str, Tensor]], Tensor],
    steps: int,
    lr: float,
    variation: float,
    quiet: bool,
) -> Tensor:
    """Return pictures (N, 3, H, W) in [0, 1] with a small loss + variation · total variation.

    By Adam on the spectrum, at a rate that falls to 0 along a cosine. ``loss`` goes from what each of the
    ``layers`` puts out to numbers (N,).
    """
    check_count("steps", steps)
    if not lr > 0 or not variation >= 0:
        raise ValueError(f"wanted lr above 0 and variation from 0 up, got {lr} and {variation}")
    optimiser = torch.optim.Adam(picture.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with watching(model, frozenset(layers)) as outputs:
        check_input(model, picture().detach())
        for _ in progress(range(steps), "optimising", quiet=quiet):
            found = outputs(picture())
            losses = loss(found) + variation * total_variation(found[PICTURE])
            (picture.values.grad,) = torch.autograd.grad(losses.sum(), [picture.values])
            optimiser.step()
            schedule.step()
        return picture().detach()


def outputs_for(model: nn.Module, x: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """Return what each of the ``layers`` puts out for pictures, without gradients."""
    check_input(model, x)
    with watching(model, frozenset(layers)) as outputs, torch.no_grad():
        return outputs(x.detach().clone())
