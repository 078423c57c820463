"""Exercise: the mean gradient over noisy copies of the image."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import saliency
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability, score

__all__ = ["SMOOTHGRAD"]


def _gradients(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    """The gradient at each noisy copy, (n, N, C, H, W)."""
    return torch.stack([saliency(model, x + some, target) for some in noise])


def _reference(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).mean(0)


@mistake(
    "the mean of the absolute values",
    "Average the gradients with their signs, so that what flickers cancels; .abs() is for the picture.",
)
def _abs_first(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).abs().mean(0)


@mistake(
    "the mean of the squares, SmoothGrad-squared",
    "That is a method of its own. Here, average the gradients as they are.",
)
def _squared(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).square().mean(0)


@mistake("the sum over the copies instead of the mean", "Divide by how many copies there are, len(noise).")
def _sum(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).sum(0)


@mistake(
    "the mean over the images instead of the copies",
    "The copies are dimension 0 of noise, the images dimension 1: average over dimension 0.",
)
def _batch_mean(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).mean(1)


@mistake(
    "noise that piles up: each copy is made from the noisy one before it",
    "Add each noise to the clean x, under another name: noisy = x + noise[i], not x = x + noise[i].",
)
def _piling_up(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    # The sum of the noise may leave [0, 1], where the package's own saliency refuses to go.
    points = [x + some for some in noise.cumsum(0)]
    return torch.stack([gradient(lambda x: score(model, x, target), point) for point in points]).mean(0)


@mistake(
    "the gradient at the mean of the noisy copies",
    "Average the gradients, not the pictures: one gradient for each copy, then the mean.",
)
def _mean_picture(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x + noise.mean(0), target)


@mistake("the gradient at the clean image", "Add noise[i] to x for the i-th copy, and let the net see that.")
def _no_noise(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x, target)


@mistake(
    "the gradient at the first noisy copy alone",
    "Go through all of noise and average. Is the return inside the loop?",
)
def _first_copy(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return saliency(model, x + noise[0], target)


@mistake(
    "gradients that pile up: each copy adds all the earlier ones",
    "backward() adds to .grad. Set it to None before each copy, or use torch.autograd.grad.",
)
def _not_zeroed(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    return _gradients(model, x, target, noise).cumsum(0).mean(0)


@mistake("the gradients of the probability instead of the score", "Leave the softmax out.")
def _of_probability(model: nn.Module, x: Tensor, target: Tensor, noise: Tensor) -> Tensor:
    gradients = [gradient(lambda x: probability(model, x, target), x + some) for some in noise]
    return torch.stack(gradients).mean(0)


def _draw_noise(x: Tensor, generator: torch.Generator) -> Tensor:
    """Noise (n, N, C, H, W) that keeps pixels of 0.25 to 0.75 within [0, 1]."""
    n = 4 + int(torch.randint(3, (), generator=generator))
    return 0.5 * torch.rand(n, *x.shape, generator=generator) - 0.25


SMOOTHGRAD = Exercise(
    name="smoothgrad",
    points=2,
    minutes=10,
    reference=_reference,
    draw=partial(picture_cases, pixels=(0.25, 0.75), noise=_draw_noise),
    mistakes=(
        _abs_first,
        _squared,
        _sum,
        _batch_mean,
        _piling_up,
        _mean_picture,
        _no_noise,
        _first_copy,
        _not_zeroed,
        _of_probability,
    ),
    hidden=ANSWERS,
)
