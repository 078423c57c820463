"""Exercise: where, on its way back, relevance is lost."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import ANSWERS, net_cases, only, way_back

__all__ = ["LEAKS"]


def _totals(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    """The relevance in all of the image, and of each layer's output, (N, layers + 1)."""
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).sum(1) for relevance in found], 1)


def _leaks(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return _totals(model, x, target, eps).diff(dim=1)


@mistake(
    "the mean relevance instead of its sum",
    "What a layer conserves is the sum over all channels and pixels: .flatten(1).sum(1).",
)
def _means(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).mean(1) for relevance in found], 1).diff(dim=1)


@mistake("sums of relevance without its sign", "Relevance for and against cancels: sum it with its sign.")
def _sizes(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, partial(only, target=target), eps)
    return torch.stack([relevance.flatten(1).abs().sum(1) for relevance in found], 1).diff(dim=1)


@mistake(
    "what was lost from the score down to each layer, all together",
    "A layer's own leak is the difference to the layer above it, not to the score.",
)
def _so_far(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    totals = _totals(model, x, target, eps)
    return totals[:, -1:] - totals[:, :-1]


@mistake("leaks as shares of the score", "Leave them in the units of the score: do not divide.")
def _share_of_score(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    totals = _totals(model, x, target, eps)
    return totals.diff(dim=1) / totals[:, -1:]


@mistake("a start from the scores of all classes", "Put the relevance of every class but the target to 0.")
def _all_classes(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    found = way_back(model, x, lambda scores: scores, eps)
    return torch.stack([relevance.flatten(1).sum(1) for relevance in found], 1).diff(dim=1)


LEAKS = Exercise(
    name="leaks",
    points=2,
    minutes=10,
    reference=_leaks,
    draw=partial(net_cases, classes=("target",)),
    mistakes=(
        mistake(
            "the leaks with their sign turned",
            "A leak is what a layer got from above minus what it passed on.",
        )(lambda *arguments: -_leaks(*arguments)),
        mistake(
            "the size of each leak without its sign",
            "Leave the absolute value out: a layer may also make relevance out of nothing.",
        )(lambda *arguments: _leaks(*arguments).abs()),
        mistake(
            "the leaks from the last layer to the first",
            "Column 0 is the layer next to the image: turn the order round.",
        )(lambda *arguments: _leaks(*arguments).flip(1)),
        _so_far,
        mistake(
            "what is left below each layer instead of what it lost",
            "Subtract it from what was there above the layer.",
        )(lambda *arguments: _totals(*arguments)[:, :-1]),
        _share_of_score,
        _means,
        _sizes,
        mistake(
            "leaks summed over the whole batch",
            "Keep the images apart: sum over every dimension but the first, .flatten(1).sum(1).",
        )(lambda *arguments: _leaks(*arguments).sum(0).expand_as(_leaks(*arguments))),
        _all_classes,
    ),
    hidden=ANSWERS,
)
