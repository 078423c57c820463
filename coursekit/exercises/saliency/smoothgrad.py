"""Exercise: the mean gradient over noisy copies of the image."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import saliency
from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability, score

__all__ = ["SMOOTHGRAD"]


def _gradients(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    """The gradient at each noisy copy, (n, N, C, H, W)."""
    return torch.stack([saliency(model, x + some, target) for some in noise])


def _reference(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).mean(0)


def _abs_first(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).abs().mean(0)


def _squared(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).square().mean(0)


def _sum(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).sum(0)


def _batch_mean(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).mean(1)


def _piling_up(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    # The sum of the noise may leave [0, 1], where the package's own saliency refuses to go.
    points = [x + some for some in noise.cumsum(0)]
    return torch.stack([gradient(lambda x: score(model, x, target), point) for point in points]).mean(0)


def _mean_picture(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x + noise.mean(0), target)


def _no_noise(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x, target)


def _first_copy(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x + noise[0], target)


def _not_zeroed(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).cumsum(0).mean(0)


def _of_probability(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    gradients = [gradient(lambda x: probability(model, x, target), x + some) for some in noise]
    return torch.stack(gradients).mean(0)


def _draw_noise(x: Tensor, generator: torch.Generator) -> Tensor:
    """Noise (n, N, C, H, W) that keeps pixels of 0.25 to 0.75 within [0, 1]."""
    n = 4 + int(torch.randint(3, (), generator=generator))
    return 0.5 * torch.rand(n, *x.shape, generator=generator) - 0.25


_MISTAKES = (
    Mistake(
        "the mean of the absolute values",
        _abs_first,
        "Average the gradients with their signs, so that what flickers cancels; .abs() is for the picture.",
    ),
    Mistake(
        "the mean of the squares, SmoothGrad-squared",
        _squared,
        "That is a method of its own. Here, average the gradients as they are.",
    ),
    Mistake(
        "the sum over the copies instead of the mean",
        _sum,
        "Divide by how many copies there are, len(noise).",
    ),
    Mistake(
        "the mean over the images instead of the copies",
        _batch_mean,
        "The copies are dimension 0 of noise, the images dimension 1: average over dimension 0.",
    ),
    Mistake(
        "noise that piles up: each copy is made from the noisy one before it",
        _piling_up,
        "Add each noise to the clean x, under another name: noisy = x + noise[i], not x = x + noise[i].",
    ),
    Mistake(
        "the gradient at the mean of the noisy copies",
        _mean_picture,
        "Average the gradients, not the pictures: one gradient for each copy, then the mean.",
    ),
    Mistake(
        "the gradient at the clean image",
        _no_noise,
        "Add noise[i] to x for the i-th copy, and let the net see that.",
    ),
    Mistake(
        "the gradient at the first noisy copy alone",
        _first_copy,
        "Go through all of noise and average. Is the return inside the loop?",
    ),
    Mistake(
        "gradients that pile up: each copy adds all the earlier ones",
        _not_zeroed,
        "backward() adds to .grad. Set it to None before each copy, or use torch.autograd.grad.",
    ),
    Mistake(
        "the gradients of the probability instead of the score",
        _of_probability,
        "Leave the softmax out.",
    ),
)

SMOOTHGRAD = Exercise(
    name="smoothgrad",
    points=2,
    minutes=10,
    reference=_reference,
    cases=partial(picture_cases, pixels=(0.25, 0.75), noise=_draw_noise),
    mistakes=_MISTAKES,
    hidden=ANSWERS,
)
