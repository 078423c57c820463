"""Exercise: whether an attribution accounts for the whole score."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import completeness_gap
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.saliency.cases import ANSWERS, picture_cases, probability, score

__all__ = ["COMPLETENESS_GAP"]


def _gap(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor) -> Tensor:
    return completeness_gap(model, x, attribution, target, baseline=baseline)


@mistake(
    "the gap with its sign turned",
    "What is left unexplained is the change of the score minus what the attribution sums to.",
)
def _gap_turned(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor) -> Tensor:
    return -_gap(model, x, target, baseline, attribution)


@mistake(
    "the size of the gap without its sign",
    "Leave the absolute value out: the sign tells whether too little or too much is accounted for.",
)
def _gap_size(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor) -> Tensor:
    return _gap(model, x, target, baseline, attribution).abs()


@mistake(
    "the score of x alone, without that of the baseline",
    "The attribution accounts for the change: score(x) − score(baseline).",
)
def _no_baseline(
    model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor
) -> Tensor:
    return score(model, x, target) - attribution.flatten(1).sum(1)


@mistake("the change of the probability instead of the score", "Leave the softmax out.")
def _probability_gap(
    model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor
) -> Tensor:
    change = probability(model, x, target) - probability(model, baseline, target)
    return change - attribution.flatten(1).sum(1)


@mistake(
    "the mean of the attribution instead of its sum",
    "Completeness is about the sum over all channels and pixels: .flatten(1).sum(1).",
)
def _mean_attribution(
    model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor
) -> Tensor:
    change = score(model, x, target) - score(model, baseline, target)
    return change - attribution.flatten(1).mean(1)


@mistake(
    "an attribution summed over the whole batch",
    "Keep the images apart: sum over every dimension but the first, .flatten(1).sum(1).",
)
def _batch_sum(model: nn.Module, x: Tensor, target: Tensor, baseline: Tensor, attribution: Tensor) -> Tensor:
    return score(model, x, target) - score(model, baseline, target) - attribution.sum()


def _draw_attribution(x: Tensor, generator: torch.Generator) -> Tensor:
    """Attributions that sum to too much for one image and too little for the next: gaps of both signs."""
    signs = (-1) ** torch.arange(len(x)) * (2 * torch.randint(2, (), generator=generator) - 1)
    noise = 0.02 * torch.randn(x.shape, generator=generator)
    return noise + (5 / x[0].numel()) * signs.view(-1, 1, 1, 1)


COMPLETENESS_GAP = Exercise(
    name="completeness_gap",
    points=1,
    minutes=5,
    reference=_gap,
    draw=partial(
        picture_cases,
        baseline=lambda x, generator: torch.rand(x.shape, generator=generator),
        attribution=_draw_attribution,
    ),
    mistakes=(_gap_turned, _gap_size, _no_baseline, _probability_gap, _mean_attribution, _batch_sum),
    hidden=ANSWERS,
)
