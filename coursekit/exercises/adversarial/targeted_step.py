"""Exercise: one step towards a class of one's choice."""

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import (
    ANSWERS,
    SIZES,
    draw,
    is_decided,
    loss_gradient,
    score_gradient,
    step,
)
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["TARGETED_STEP"]


def _reference(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return step(model, x, wanted, -levels / 255)


@mistake(
    "a step up the loss of the wanted class: the sign turned",
    "That leads away from it. A targeted attack goes down the loss: subtract.",
)
def _up(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return step(model, x, wanted, levels / 255)


@mistake(
    "a step away from the predicted class, whatever the wanted one",
    "That ends in any other class. Go down the loss of the class that wanted names.",
)
def _from_prediction(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return step(model, x, model(x).argmax(1), levels / 255)


@mistake(
    "the gradient of the score instead of the loss",
    "It leaves the other scores alone, which may rise faster. Take the cross-entropy.",
)
def _of_score(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return (x + levels / 255 * score_gradient(model, x, wanted).sign()).clamp(0, 1)


@mistake("a step that is not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1) at the end.")
def _not_clipped(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return x - levels / 255 * loss_gradient(model, x, wanted).sign()


@mistake(
    "ε in the wrong unit: grey levels taken for pixels in [0, 1]",
    "White is 255 grey levels and 1 here: ε is levels / 255.",
)
def _in_levels(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return step(model, x, wanted, -levels)


@mistake(
    "ε times the gradient: the sign is missing",
    "Under L∞ every pixel may move by ε whatever its gradient: take .sign().",
)
def _no_sign(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return (x - levels / 255 * loss_gradient(model, x, wanted)).clamp(0, 1)


@mistake(
    "the gradient stretched to a largest value of 1, instead of its sign",
    "All other pixels then stay behind. Every one may move by ε: take .sign().",
)
def _stretched(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    slope = loss_gradient(model, x, wanted)
    return (x - levels / 255 * slope / slope.abs().amax((1, 2, 3), keepdim=True)).clamp(0, 1)


@mistake("the perturbation alone", "Add it to x, and clip.")
def _perturbation(model: nn.Module, x: Tensor, wanted: Tensor, levels: int) -> Tensor:
    return -levels / 255 * loss_gradient(model, x, wanted).sign()


def _cases(draws: Draws) -> list[Case]:
    return [_draw(name, shape, draws(name)) for name, shape in SIZES.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    while True:
        net, x, wanted = draw(shape, generator)
        levels = int(torch.randint(4, 20, (), generator=generator))
        if is_decided(net.build(), [x], wanted):
            return Case(name, {"model": net, "x": x, "wanted": wanted, "levels": levels})


TARGETED_STEP = Exercise(
    name="targeted_step",
    points=1,
    minutes=10,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _up,
        _from_prediction,
        _of_score,
        _not_clipped,
        _in_levels,
        _no_sign,
        _stretched,
        _perturbation,
    ),
    properties=(
        Property(
            lambda value, arguments: bool(
                (value - arguments["x"]).abs().amax() <= arguments["levels"] / 255 + 1e-5
            ),
            "Some pixel moved by more than ε = levels / 255.",
        ),
        Property(
            lambda value, _: bool((value >= 0).all() and (value <= 1).all()),
            "Some pixels lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)
