"""Exercise: where, on its way back, relevance is lost."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.lrp.cases import ANSWERS, net_cases, only, way_back

__all__ = ["LEAKS"]


def _totals(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    """The relevance in all of the image, and of each layer's output, (N, layers + 1)."""
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).sum(1) for relevance in found], 1)


def _leaks(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return _totals(model, x, target, eps).diff(dim=1)


def _means(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).mean(1) for relevance in found], 1).diff(dim=1)


def _sizes(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).abs().sum(1) for relevance in found], 1).diff(dim=1)


def _so_far(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    totals = _totals(model, x, target, eps)
    return totals[:, -1:] - totals[:, :-1]


def _share_of_score(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    totals = _totals(model, x, target, eps)
    return totals.diff(dim=1) / totals[:, -1:]


def _all_classes(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, lambda scores: scores, eps)
    return torch.stack([relevance.flatten(1).sum(1) for relevance in found], 1).diff(dim=1)


LEAKS = Exercise(
    name="leaks",
    points=2,
    minutes=10,
    reference=_leaks,
    cases=partial(net_cases, classes=("target",)),
    mistakes=(
        Mistake(
            "the leaks with their sign turned",
            lambda *arguments: -_leaks(*arguments),
            "A leak is what a layer got from above minus what it passed on.",
        ),
        Mistake(
            "the size of each leak without its sign",
            lambda *arguments: _leaks(*arguments).abs(),
            "Leave the absolute value out: a layer may also make relevance out of nothing.",
        ),
        Mistake(
            "the leaks from the last layer to the first",
            lambda *arguments: _leaks(*arguments).flip(1),
            "Column 0 is the layer next to the image: turn the order round.",
        ),
        Mistake(
            "what was lost from the score down to each layer, all together",
            _so_far,
            "A layer's own leak is the difference to the layer above it, not to the score.",
        ),
        Mistake(
            "what is left below each layer instead of what it lost",
            lambda *arguments: _totals(*arguments)[:, :-1],
            "Subtract it from what was there above the layer.",
        ),
        Mistake(
            "leaks as shares of the score",
            _share_of_score,
            "Leave them in the units of the score: do not divide.",
        ),
        Mistake(
            "the mean relevance instead of its sum",
            _means,
            "What a layer conserves is the sum over all channels and pixels: .flatten(1).sum(1).",
        ),
        Mistake(
            "sums of relevance without its sign",
            _sizes,
            "Relevance for and against cancels: sum it with its sign.",
        ),
        Mistake(
            "leaks summed over the whole batch",
            lambda *arguments: _leaks(*arguments).sum(0).expand_as(_leaks(*arguments)),
            "Keep the images apart: sum over every dimension but the first, .flatten(1).sum(1).",
        ),
        Mistake(
            "a start from the scores of all classes",
            _all_classes,
            "Put the relevance of every class but the target to 0.",
        ),
    ),
    hidden=ANSWERS,
)
