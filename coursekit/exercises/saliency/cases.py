"""What the exercises of this chapter share: their cases, and the steps that their mistakes take."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Value
from coursekit.exercises.nets import CLASSES, Net

__all__ = [
    "ANSWERS",
    "PICTURES",
    "gradient",
    "guided_rule",
    "picture_case",
    "picture_cases",
    "plain_rule",
    "probability",
    "product_rule",
    "score",
    "size_rule",
]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.core.targets",
    "coursekit.core.relus",
    "coursekit.exercises.saliency",
)

# One image by itself, and sides and batches that differ, so that no axis can stand in for another.
PICTURES = {
    "one image": (1, 12, 12),
    "a tall image": (1, 16, 12),
    "a batch of two": (2, 12, 12),
    "a batch of three wide images": (3, 12, 16),
}

Draw = Callable[[Tensor, torch.Generator], Value]
"""How a case draws a further argument: (its images, generator) → value."""


def picture_cases(draws: Draws, *, pixels: tuple[float, float] = (0.0, 1.0), **further: Draw) -> list[Case]:
    """Draw cases with arguments ``model``, ``x``, ``target`` and what ``further`` draws.

    Args:
        draws: gives the generator of each case.
        pixels: least and largest value of a pixel.
        further: how to draw each further argument.
    """
    return [picture_case(name, draws(name), pixels=pixels, **further) for name in PICTURES]


def picture_case(
    name: str, generator: torch.Generator, *, pixels: tuple[float, float] = (0.0, 1.0), **further: Draw
) -> Case:
    """Draw the case of a name in ``PICTURES``.

    Args:
        name: the case's name, which says how many images there are and how large.
        generator: the case's own.
        pixels: least and largest value of a pixel.
        further: how to draw each further argument.
    """
    (n, height, width), (low, high) = PICTURES[name], pixels
    x = low + (high - low) * torch.rand(n, 3, height, width, generator=generator)
    arguments: dict[str, Value] = {
        "model": Net.drawn("classifier", generator),
        "x": x,
        "target": torch.randint(CLASSES, (n,), generator=generator),
    }
    return Case(name, arguments | {key: draw(x, generator) for key, draw in further.items()})


def score(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """The score of each image's target class, (N,)."""
    return model(x).gather(1, target[:, None])[:, 0]


def probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """The probability of each image's target class, (N,)."""
    return model(x).softmax(1).gather(1, target[:, None])[:, 0]


def gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of the sum of what ``function`` makes of ``x``."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def guided_rule(gradient: Tensor, output: Tensor) -> Tensor:
    """Guided backpropagation: what passes is positive, and the unit was on."""
    return gradient * (gradient > 0) * (output > 0)


def plain_rule(gradient: Tensor, output: Tensor) -> Tensor:
    """The gradient of a ReLU."""
    return gradient * (output > 0)


def product_rule(gradient: Tensor, output: Tensor) -> Tensor:
    """The gradient times the output, where positive."""
    return (gradient * output).clamp(min=0)


def size_rule(gradient: Tensor, output: Tensor) -> Tensor:
    """The gradient's size, where the unit was on."""
    return gradient.abs() * (output > 0)
