"""Exercise: a step towards a picture of two classes at once."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES, draw_net, length
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, Value, mistake
from coursekit.exercises.nets import CLASSES
from coursekit.exercises.saliency.cases import gradient, probability, score

__all__ = ["BLEND_STEP"]

Goal = Callable[[nn.Module, Tensor, Tensor, Tensor, float, float], Tensor]
"""(net, image, first, second, share, decay) → what is climbed, (N,)."""
Size = Callable[[Tensor], Tensor]


def _squares(image: Tensor) -> Tensor:
    return image.square().sum((1, 2, 3))


def _goal(
    model: nn.Module, image: Tensor, first: Tensor, second: Tensor, share: float, decay: float
) -> Tensor:
    x = 0.5 + image
    return (1 - share) * score(model, x, first) + share * score(model, x, second) - decay * _squares(image)


def _step(
    model: nn.Module,
    image: Tensor,
    first: Tensor,
    second: Tensor,
    share: float,
    rate: float,
    decay: float,
    *,
    goal: Goal = _goal,
    size: Size = length,
    low: float = -0.5,
    high: float = 0.5,
) -> Tensor:
    slope = gradient(lambda image: goal(model, image, first, second, share, decay), image)
    return (image + rate * slope / size(slope)).clamp(low, high)


def _climbing(goal: Goal) -> Callable[..., Tensor]:
    """A mistake of what is climbed."""
    return lambda *arguments: _step(*arguments, goal=goal)


def _normed(size: Size) -> Callable[..., Tensor]:
    """A mistake of how long the step is."""
    return lambda *arguments: _step(*arguments, size=size)


def _clipped(low: float, high: float) -> Callable[..., Tensor]:
    return lambda *arguments: _step(*arguments, low=low, high=high)


@mistake(
    "the probabilities instead of the scores",
    "Leave the softmax out: it rises just as well when the other classes fall.",
)
@_climbing
def _probabilities(
    model: nn.Module, image: Tensor, first: Tensor, second: Tensor, share: float, decay: float
) -> Tensor:
    x = 0.5 + image
    shares = (1 - share) * probability(model, x, first) + share * probability(model, x, second)
    return shares - decay * _squares(image)


@mistake("the score of I itself: the grey is missing", "The net wants pixels in [0, 1]: show it 0.5 + I.")
@_climbing
def _without_grey(
    model: nn.Module, image: Tensor, first: Tensor, second: Tensor, share: float, decay: float
) -> Tensor:
    return _goal(model, image - 0.5, first, second, share, 0) - decay * _squares(image)


@mistake("a decay towards black", "I is the difference from grey: λ ‖I‖², not λ ‖0.5 + I‖².")
@_climbing
def _from_black(
    model: nn.Module, image: Tensor, first: Tensor, second: Tensor, share: float, decay: float
) -> Tensor:
    return _goal(model, image, first, second, share, 0) - decay * _squares(0.5 + image)


@mistake("λ ‖I‖ instead of λ ‖I‖²", "The sum of the squares, without the root: .square().sum((1, 2, 3)).")
@_climbing
def _length(
    model: nn.Module, image: Tensor, first: Tensor, second: Tensor, share: float, decay: float
) -> Tensor:
    return _goal(model, image, first, second, share, 0) - decay * length(image).flatten()


def _decayed(factor: float) -> Goal:
    """The goal with another weight of the decay."""
    return lambda model, image, first, second, share, decay: _goal(
        model, image, first, second, share, factor * decay
    )


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, shape in SIZES.items():
        generator = draws(name)
        order = torch.stack([torch.randperm(CLASSES, generator=generator) for _ in range(shape[0])])
        settings: dict[str, Value] = {
            "first": order[:, 0],
            "second": order[:, 1],
            "share": 0.15 + 0.2 * torch.rand((), generator=generator).item(),
            "rate": 2.0,
            "decay": 0.03,
        }
        image = torch.rand(shape, generator=generator) - 0.5
        cases.append(Case(name, {"model": draw_net(generator), "image": image, **settings}))
    return cases


BLEND_STEP = Exercise(
    name="blend_step",
    points=2,
    minutes=10,
    reference=_step,
    draw=_cases,
    mistakes=(
        _probabilities,
        mistake(
            "the decay with its sign turned", "λ ‖I‖² is subtracted: it shall hold the picture near grey."
        )(_climbing(_decayed(-1))),
        mistake("a climb without the decay", "Subtract λ ‖I‖² before you differentiate.")(
            _climbing(_decayed(0))
        ),
        _length,
        _from_black,
        _without_grey,
        mistake(
            "the shares of the two classes swapped", "(1 − t) belongs to the first class, t to the second."
        )(_climbing(lambda model, image, first, second, *rest: _goal(model, image, second, first, *rest))),
        mistake("the scores of both classes in full", "Weigh them by 1 − t and t.")(
            _climbing(
                lambda model, image, first, second, share, decay: (
                    2 * _goal(model, image, first, second, 0.5, decay / 2)
                )
            )
        ),
        mistake(
            "the gradient as it is",
            "Divide each picture's gradient by its length, so that the step is `rate` long.",
        )(_normed(torch.ones_like)),
        mistake(
            "a gradient divided by the length of the whole batch's",
            "Each picture has its own length: .flatten(1).norm(dim=1).",
        )(_normed(torch.norm)),
        mistake("a step downwards", "Climb: add the step.")(_normed(lambda slope: -length(slope))),
        mistake("a picture that is not clipped", "0.5 + I must stay in [0, 1]: .clamp(-0.5, 0.5).")(
            _clipped(-torch.inf, torch.inf)
        ),
        mistake(
            "a clip to [0, 1], where pixels lie but not I",
            "I is the difference from grey: .clamp(-0.5, 0.5).",
        )(_clipped(0, 1)),
    ),
    properties=(
        Property(
            lambda value, _: bool((value.abs() <= 0.5).all()),
            "Some values lie outside [−0.5, 0.5], where no pixel is.",
        ),
    ),
    hidden=ANSWERS,
)
