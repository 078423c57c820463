"""Exercise: Integrated Gradients."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import integrated_gradients, saliency
from coursekit.exercises.exercise import Arguments, Exercise, Mistake, Property
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


def _no_factor(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return _along(model, x, target, baseline, _midpoints(steps)).mean(0)


def _times_x(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return x * _no_factor(model, x, target, baseline, steps)


def _from_black(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return _integrated(model, x, target, torch.zeros_like(x), steps)


def _overshooting(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, 1 + _midpoints(steps)).mean(0)


def _turned(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return -_integrated(model, x, target, baseline, steps)


def _sum(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return steps * _integrated(model, x, target, baseline, steps)


def _left_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.arange(steps) / steps).mean(0)


def _right_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.arange(1, steps + 1) / steps).mean(0)


def _both_ends(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, torch.linspace(0, 1, steps)).mean(0)


def _not_zeroed(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * _along(model, x, target, baseline, _midpoints(steps)).cumsum(0).mean(0)


def _end_only(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, steps: int) -> Tensor:
    return (x - baseline) * saliency(model, x, target)


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
    cases=partial(
        picture_cases,
        baseline=lambda x, generator: torch.rand(x.shape, generator=generator),
        steps=lambda x, generator: 4 + int(torch.randint(3, (), generator=generator)),
    ),
    mistakes=(
        Mistake(
            "the mean gradient along the path, not yet times (x − baseline)",
            _no_factor,
            "Multiply it by x - baseline: how far each pixel goes, times what a step is worth.",
        ),
        Mistake(
            "the mean gradient times x",
            _times_x,
            "The path is as long as x - baseline: multiply by that, not by x.",
        ),
        Mistake(
            "a path that starts at black, whatever the baseline",
            _from_black,
            "Start at baseline: the points are baseline + alpha * (x - baseline).",
        ),
        Mistake(
            "a path that starts at x and runs on past it",
            _overshooting,
            "Start at baseline and end at x: the points are baseline + alpha * (x - baseline).",
        ),
        Mistake(
            "the right attribution with its sign turned",
            _turned,
            "The path runs from the baseline to the image: multiply by x - baseline.",
        ),
        Mistake(
            "the sum over the steps instead of the mean",
            _sum,
            "Divide by steps: the integral is a mean over the path.",
        ),
        Mistake(
            "the left ends of the steps instead of their middles",
            _left_ends,
            "Take alpha = (k + 0.5) / steps for k = 0 … steps - 1.",
        ),
        Mistake(
            "the right ends of the steps instead of their middles",
            _right_ends,
            "Take alpha = (k + 0.5) / steps for k = 0 … steps - 1.",
        ),
        Mistake(
            "points from one end of the path to the other, both included",
            _both_ends,
            "linspace(0, 1, steps) counts both ends in full. Take the middles: alpha = (k + 0.5) / steps.",
        ),
        Mistake(
            "gradients that pile up: each step adds all the earlier ones",
            _not_zeroed,
            "backward() adds to .grad. Set it to None before each step, or use torch.autograd.grad.",
        ),
        Mistake(
            "the gradient at x alone, times (x − baseline)",
            _end_only,
            "Take the gradient at every point of the path: each needs its own forward pass.",
        ),
        Mistake(
            "the gradients of the probability instead of the score",
            _of_probability,
            "Leave the softmax out: what is to be accounted for is the score.",
        ),
    ),
    properties=(
        Property(
            _accounts_for_score,
            "The attribution of each image should sum to nearly score(x) − score(baseline), and does not.",
            credit=0.25,
        ),
    ),
    hidden=ANSWERS,
)
