"""Exercise: what becomes of a class's probability as the hottest pixels are covered."""

import torch
from torch import Tensor, nn

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.saliency.cases import picture_cases, probability, score

__all__ = ["DELETION_CURVE"]

_GREY = 0.5


def _covered(x: Tensor, heat: Tensor, low: int, high: int, level: float = _GREY) -> Tensor:
    """Images whose pixels from the ``low``-th hottest to before the ``high``-th have one level."""
    place = heat.flatten(1).argsort(1, descending=True).argsort(1).view_as(heat)
    return torch.where(((place >= low) & (place < high))[:, None], level, x)


def _ends(heat: Tensor, steps: int) -> list[int]:
    return [round(k * heat[0].numel() / steps) for k in range(steps + 1)]


def _curve(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    return torch.stack(
        [probability(model, _covered(x, heat, 0, end), target) for end in _ends(heat, steps)], 1
    )


@mistake(
    "the coldest pixels covered first", "Cover what the map calls important first: sort with descending=True."
)
def _coldest(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    return _curve(model, x, target, -heat, steps)


@mistake(
    "the score instead of the probability",
    "Put softmax(1) behind the net: areas are only comparable between 0 and 1.",
)
def _scores(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    return torch.stack([score(model, _covered(x, heat, 0, end), target) for end in _ends(heat, steps)], 1)


@mistake(
    "the hottest pixels uncovered instead of covered (insertion)",
    "Begin with the whole picture and take away.",
)
def _insertion(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    total = heat[0].numel()
    return torch.stack(
        [probability(model, _covered(x, heat, end, total), target) for end in _ends(heat, steps)], 1
    )


@mistake(
    "each part covered by itself", "What is covered stays covered: at step k the k hottest parts are grey."
)
def _one_part(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    ends = _ends(heat, steps)
    parts = zip([0, *ends], ends, strict=False)
    return torch.stack([probability(model, _covered(x, heat, low, high), target) for low, high in parts], 1)


@mistake("black instead of grey", "Cover with 0.5.")
def _black(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    return torch.stack(
        [probability(model, _covered(x, heat, 0, end, 0.0), target) for end in _ends(heat, steps)], 1
    )


@mistake(
    "the largest probability instead of the target's",
    "Follow the class that was asked about, also when another one takes the lead.",
)
def _best_class(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    covered = [_covered(x, heat, 0, end) for end in _ends(heat, steps)]
    return torch.stack([model(images).softmax(1).amax(1) for images in covered], 1)


@mistake(
    "steps of equal heat instead of equally many pixels",
    "Step k covers k/steps of all pixels, however hot they are: use the order.",
)
def _by_value(model: nn.Module, x: Tensor, target: Tensor, heat: Tensor, steps: int) -> Tensor:
    """Thresholds evenly spaced between the hottest and the coldest value."""
    low, high = heat.amin((1, 2), keepdim=True), heat.amax((1, 2), keepdim=True)
    hot = [heat > high - k / steps * (high - low) for k in range(steps + 1)]
    return torch.stack([probability(model, torch.where(h[:, None], _GREY, x), target) for h in hot], 1)


def _cases(draws: Draws) -> list[Case]:
    """Steps of equally many pixels; maps of both signs, in which few pixels are hot."""
    return picture_cases(
        draws,
        heat=lambda x, generator: torch.randn(x[:, 0].shape, generator=generator) ** 3,
        steps=lambda x, generator: int(torch.tensor([4, 6, 8])[torch.randint(3, (), generator=generator)]),
    )


DELETION_CURVE = Exercise(
    name="deletion_curve",
    points=3,
    minutes=15,
    reference=_curve,
    draw=_cases,
    mistakes=(_coldest, _scores, _insertion, _one_part, _black, _best_class, _by_value),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()),
            "Probabilities lie between 0 and 1.",
        ),
    ),
    hidden=ANSWERS,
)
