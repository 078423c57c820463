"""Exercise: Integrated Gradients."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import integrated_gradients, saliency
from coursekit.exercises.exercise import Arguments, Exercise, Property, mistake
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability, score

__all__ = ["INTEGRATED_GRADIENTS"]


def _integrated(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return integrated_gradients(model, x, target, baseline=baseline, steps=steps)


def _along(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, alphas: Tensor) -> Tensor:
    """The gradients at the points ``baseline + alpha (x − baseline)``, (steps, N, C, H, W)."""
    points = [baseline + alpha * (x - baseline) for alpha in alphas.tolist()]
    return torch.stack([gradient(lambda point: score(model, point, target), point) for point in points])


def _midpoints(steps: int) -> Tensor:
    return (torch.arange(steps) + 0.5) / steps


@mistake(
    "the mean gradient along the path, not yet times (x − baseline)",
    "Multiply it by x - baseline: how far each pixel goes, times what a step is worth.",
)
def _no_factor(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return _along(model, x, target, baseline, _midpoints(steps)).mean(0)


@mistake("the mean gradient times x", "The path is as long as x - baseline: multiply by that, not by x.")
def _times_x(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return x * _no_factor(model, x, target, baseline, steps)


@mistake(
    "a path that starts at black, whatever the baseline",
    "Start at baseline: the points are baseline + alpha * (x - baseline).",
)
def _from_black(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return _integrated(model, x, target, torch.zeros_like(x), steps)


@mistake(
    "a path that starts at x and runs on past it",
    "Start at baseline and end at x: the points are baseline + alpha * (x - baseline).",
)
def _overshooting(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, 1 + _midpoints(steps)).mean(0)


@mistake(
    "the right attribution with its sign turned",
    "The path runs from the baseline to the image: multiply by x - baseline.",
)
def _turned(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return -_integrated(model, x, target, baseline, steps)


@mistake(
    "the sum over the steps instead of the mean", "Divide by steps: the integral is a mean over the path."
)
def _sum(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return steps * _integrated(model, x, target, baseline, steps)


@mistake(
    "the left ends of the steps instead of their middles",
    "Take alpha = (k + 0.5) / steps for k = 0 … steps - 1.",
)
def _left_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.arange(steps) / steps).mean(0)


@mistake(
    "the right ends of the steps instead of their middles",
    "Take alpha = (k + 0.5) / steps for k = 0 … steps - 1.",
)
def _right_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.arange(1, steps + 1) / steps).mean(0)


@mistake(
    "points from one end of the path to the other, both included",
    "linspace(0, 1, steps) counts both ends in full. Take the middles: alpha = (k + 0.5) / steps.",
)
def _both_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.linspace(0, 1, steps)).mean(0)


@mistake(
    "gradients that pile up: each step adds all the earlier ones",
    "backward() adds to .grad. Set it to None before each step, or use torch.autograd.grad.",
)
def _not_zeroed(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, _midpoints(steps)).cumsum(0).mean(0)


@mistake(
    "the gradient at x alone, times (x − baseline)",
    "Take the gradient at every point of the path: each needs its own forward pass.",
)
def _end_only(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * saliency(model, x, target)


@mistake(
    "the gradients of the probability instead of the score",
    "Leave the softmax out: what is to be accounted for is the score.",
)
def _of_probability(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    points = [baseline + alpha * (x - baseline) for alpha in _midpoints(steps).tolist()]
    gradients = [gradient(lambda point: probability(model, point, target), point) for point in points]
    return (x - baseline) * torch.stack(gradients).mean(0)


def _accounts_for_score(value: Tensor, arguments: Arguments) -> bool:
    """Within a tenth: a coarse rule still nearly does."""
    model, x, target, baseline = (arguments[name] for name in ("model", "x", "target", "baseline"))
    change = score(model, x, target) - score(model, baseline, target)
    return bool(((value.flatten(1).sum(1) - change).abs() <= 0.1 * change.abs() + 1e-3).all())


INTEGRATED_GRADIENTS = Exercise(
    name="integrated_gradients",
    points=3,
    minutes=15,
    reference=_integrated,
    draw=partial(
        picture_cases,
        baseline=lambda x, generator: torch.rand(x.shape, generator=generator),
        steps=lambda x, generator: 4 + int(torch.randint(3, (), generator=generator)),
    ),
    mistakes=(
        _no_factor,
        _times_x,
        _from_black,
        _overshooting,
        _turned,
        _sum,
        _left_ends,
        _right_ends,
        _both_ends,
        _not_zeroed,
        _end_only,
        _of_probability,
    ),
    properties=(
        Property(
            _accounts_for_score,
            "The attribution of each image should sum to nearly score(x) − score(baseline), and does not.",
        ),
    ),
    hidden=ANSWERS,
)
