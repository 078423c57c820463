"""Gradient descent on a picture, for a loss on the activations of a net."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from coursekit.core.inputs import check_count, check_input
from coursekit.core.progress import progress
from coursekit.synthesis.images import FourierImage
from coursekit.synthesis.losses import total_variation
from coursekit.synthesis.objectives import PICTURE, recording_outputs

__all__ = ["descend", "layer_outputs"]


def descend(
    model: nn.Module,
    picture: FourierImage,
    layers: Iterable[str],
    loss: Callable[[Mapping[str, Tensor]], Tensor],
    steps: int,
    lr: float,
    tv_weight: float,
    quiet: bool,
) -> Tensor:
    """Return pictures with a small loss + λ · total variation.

    By Adam on the spectrum, with a learning rate that falls to 0 along a cosine.

    Args:
        model: the net.
        picture: where the descent starts; its values are changed.
        layers: names of the layers that the loss looks at.
        loss: from what each of the ``layers`` puts out, by name, to numbers (N,).
        steps: of the descent, at least 1.
        lr: the first learning rate, above 0.
        tv_weight: λ, from 0 up; larger is smoother.
        quiet: show no progress bar.

    Returns:
        Pictures (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: a setting out of range, a layer that does not exist, or pictures that the net cannot take.
    """
    check_count("steps", steps)
    if not lr > 0 or not tv_weight >= 0:
        raise ValueError(f"wanted lr above 0 and tv_weight from 0 up, got {lr} and {tv_weight}")
    optimiser = torch.optim.Adam(picture.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with recording_outputs(model, frozenset(layers)) as outputs:
        check_input(model, picture().detach())
        for _ in progress(range(steps), "optimising", quiet=quiet):
            found = outputs(picture())
            losses = loss(found) + tv_weight * total_variation(found[PICTURE])
            (picture.values.grad,) = torch.autograd.grad(losses.sum(), [picture.values])
            optimiser.step()
            schedule.step()
        return picture().detach()


def layer_outputs(model: nn.Module, x: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """Return what layers put out for pictures, without gradients.

    Args:
        model: the net.
        x: pictures (N, C, H, W) in [0, 1].
        layers: names of layers.

    Returns:
        Name of the layer → its output.

    Raises:
        ValueError: bad pictures, or a layer that does not exist or does not run.
    """
    check_input(model, x)
    with recording_outputs(model, frozenset(layers)) as outputs, torch.no_grad():
        return outputs(x.detach().clone())
