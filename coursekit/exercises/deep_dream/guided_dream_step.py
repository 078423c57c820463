"""Exercise: a dream of what another picture shows."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES, draw_net, length, maps
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, Value, mistake
from coursekit.exercises.saliency.cases import gradient

__all__ = ["GUIDED_DREAM_STEP"]

Goal = Callable[[Tensor, Tensor], Tensor]
"""(what the picture has at each place (N, hw, K), what the guide has (h'w', K)) → what is climbed."""


def _likest(rows: Tensor, guide: Tensor) -> Tensor:
    """⟨a, b⟩ for each place and the guide's b with which that is largest."""
    return (rows @ guide.T).amax(2).sum()


def _rows(features: Tensor) -> Tensor:
    """A row of K values for each place, (N, h·w, K)."""
    return features.flatten(2).mT


def _mean_size(slope: Tensor) -> Tensor:
    return slope.abs().mean((1, 2, 3), keepdim=True)


def _step(
    model: nn.Module,
    x: Tensor,
    guide: Tensor,
    layer: str,
    step: float,
    *,
    goal: Goal = _likest,
    size: Callable[[Tensor], Tensor] = _mean_size,
    low: float = 0.0,
    high: float = 1.0,
) -> Tensor:
    wanted = _rows(maps(model, guide, layer))[0].detach()
    slope = gradient(lambda x: goal(_rows(maps(model, x, layer)), wanted), x)
    return (x + step * slope / size(slope)).clamp(low, high)


def _climbing(goal: Goal) -> Callable[..., Tensor]:
    return lambda *arguments: _step(*arguments, goal=goal)


def _sized(size: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda *arguments: _step(*arguments, size=size)


@mistake(
    "matches chosen by their angle", "Choose by the product ⟨a, b⟩ itself: strong features of the guide win."
)
@_climbing
def _by_angle(rows: Tensor, guide: Tensor) -> Tensor:
    return (rows * guide[(rows @ normalize(guide).T).argmax(2)]).sum()


@mistake("a descent to the nearest features", "Do not copy the guide: climb ⟨a, b⟩, in which more is better.")
@_climbing
def _nearest(rows: Tensor, guide: Tensor) -> Tensor:
    return -(rows - guide[torch.cdist(rows.detach(), guide).argmin(2)]).square().sum()


@mistake("a picture that is not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1).")
def _free(model: nn.Module, x: Tensor, guide: Tensor, layer: str, step: float) -> Tensor:
    return _step(model, x, guide, layer, step, low=-torch.inf, high=torch.inf)


def _cases(draws: Draws) -> list[Case]:
    """Layers before and behind a ReLU, and guides of another size than the picture."""
    cases = []
    for (name, shape), layer in zip(SIZES.items(), ("relu2", "conv2", "relu1"), strict=True):
        generator = draws(name)
        arguments: dict[str, Value] = {
            "model": draw_net(generator),
            "x": torch.rand(shape, generator=generator),
            "guide": torch.rand(1, 3, 8, 11, generator=generator),
            "layer": layer,
            "step": 0.05 + 0.05 * torch.rand((), generator=generator).item(),
        }
        cases.append(Case(f"{name}, {layer}", arguments))
    return cases


GUIDED_DREAM_STEP = Exercise(
    name="guided_dream_step",
    points=3,
    minutes=20,
    reference=_step,
    draw=_cases,
    mistakes=(
        mistake(
            "a dream without the guide: more of what is there",
            "Multiply what is there by what the guide has, not by itself.",
        )(_climbing(lambda rows, guide: rows.square().sum())),
        mistake(
            "all of the guide at every place",
            "Every place has one match: the largest of its products with the guide's places, not their mean.",
        )(_climbing(lambda rows, guide: (rows * guide.mean(0)).sum())),
        mistake(
            "a match for the best place alone",
            "Every place of the picture has a match of its own: add them up.",
        )(_climbing(lambda rows, guide: (rows @ guide.T).amax((1, 2)).sum())),
        mistake(
            "a match for each place of the guide instead of the picture",
            "Take the maximum over the guide's places, and the sum over the picture's.",
        )(_climbing(lambda rows, guide: (rows @ guide.T).amax(1).sum())),
        _by_angle,
        _nearest,
        mistake(
            "the gradient as it is", "Divide each picture's gradient by the mean of its absolute values."
        )(_sized(torch.ones_like)),
        mistake(
            "one mean for the whole batch", "Each picture has its own: .abs().mean((1, 2, 3), keepdim=True)."
        )(_sized(lambda slope: slope.abs().mean())),
        mistake(
            "a gradient divided by its length",
            "Divide by the mean of the absolute values: then α is by how much a pixel changes, on average.",
        )(_sized(length)),
        mistake(
            "a gradient divided by its largest value",
            "Divide by the mean of the absolute values: one strong pixel must not hold up the others.",
        )(_sized(lambda slope: slope.abs().amax((1, 2, 3), keepdim=True))),
        mistake("a step downwards", "Climb: add the step.")(_sized(lambda slope: -_mean_size(slope))),
        _free,
    ),
    properties=(
        Property(
            lambda value, _: bool((value >= 0).all() and (value <= 1).all()),
            "Some pixels lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)
