"""Exercise: the backward rule of guided backpropagation."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.saliency.cases import ANSWERS, guided_rule, plain_rule, product_rule, size_rule

__all__ = ["GUIDED_RELU"]


@mistake(
    "the rule of the deconvnet: only the gradient's sign decides",
    "Also put the gradient to zero where the unit was off. Its output is never negative there but 0, "
    "so ask output > 0.",
)
def _deconvnet_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * (gradient > 0)


@mistake(
    "a gradient that passes where either condition holds",
    "Both must hold: combine them with & (or multiply), not with |.",
)
def _either_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * ((gradient > 0) | (output > 0))


@mistake(
    "the output where the gradient is positive: the two exchanged",
    "What flows back is the gradient; the output only says whether the unit was on.",
)
def _exchanged_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return output * (gradient > 0)


@mistake("the mask instead of the gradient", "Multiply the gradient by the mask.")
def _mask_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return ((gradient > 0) & (output > 0)).float()


def _relu_cases(draws: Draws) -> list[Case]:
    shapes = {"a row of units": (1, 24), "the maps of a layer": (2, 4, 5, 5), "a batch of vectors": (3, 16)}
    cases = []
    for name, shape in shapes.items():
        gradient, output = torch.randn(2, *shape, generator=draws(name))
        cases.append(Case(name, {"gradient": gradient, "output": output.relu()}))
    return cases


GUIDED_RELU = Exercise(
    name="guided_relu",
    points=1,
    minutes=5,
    reference=guided_rule,
    draw=_relu_cases,
    mistakes=(
        mistake(
            "the plain rule of a ReLU: only the forward pass decides",
            "Also put the negative gradients to zero.",
        )(plain_rule),
        _deconvnet_rule,
        _either_rule,
        _exchanged_rule,
        mistake(
            "the gradient times the output",
            "The output only opens or shuts the way: multiply by (output > 0), not by output.",
        )(product_rule),
        mistake(
            "the gradient without its sign, where the unit was on",
            "A negative gradient becomes zero, not positive: clamp(min=0), not abs().",
        )(size_rule),
        _mask_rule,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all()),
            "Some values are negative; the guided rule lets none pass.",
        ),
    ),
    hidden=ANSWERS,
)
