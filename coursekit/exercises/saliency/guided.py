"""Exercises: the backward rule of guided backpropagation, and the method."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.attribution import deconvnet, guided_backprop, heatmap, saliency
from coursekit.core.relus import relu_rule
from coursekit.exercises.exercise import Case, Exercise, Mistake, Property
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability

__all__ = ["GUIDED_BACKPROP", "GUIDED_RELU"]


def _rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * (gradient > 0) * (output > 0)


def _plain_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * (output > 0)


def _deconvnet_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * (gradient > 0)


def _either_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient * ((gradient > 0) | (output > 0))


def _exchanged_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return output * (gradient > 0)


def _product_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return (gradient * output).clamp(min=0)


def _size_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient.abs() * (output > 0)


def _mask_rule(gradient: Tensor, output: Tensor) -> Tensor:
    return ((gradient > 0) & (output > 0)).float()


def _relu_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"a row of units": (1, 8), "the maps of a layer": (2, 4, 5, 5), "a batch of vectors": (3, 16)}
    return [
        Case(
            name,
            {
                "gradient": torch.randn(shape, generator=generator),
                "output": torch.randn(shape, generator=generator).relu(),
            },
        )
        for name, shape in shapes.items()
    ]


GUIDED_RELU = Exercise(
    name="guided_relu",
    points=1,
    minutes=5,
    reference=_rule,
    cases=_relu_cases,
    mistakes=(
        Mistake(
            "the plain rule of a ReLU: only the forward pass decides",
            _plain_rule,
            "Also put the negative gradients to zero.",
        ),
        Mistake(
            "the rule of the deconvnet: only the gradient's sign decides",
            _deconvnet_rule,
            "Also put the gradient to zero where the unit was off. Its output is never negative there but 0, "
            "so ask output > 0.",
        ),
        Mistake(
            "a gradient that passes where either condition holds",
            _either_rule,
            "Both must hold: combine them with & (or multiply), not with |.",
        ),
        Mistake(
            "the output where the gradient is positive: the two exchanged",
            _exchanged_rule,
            "What flows back is the gradient; the output only says whether the unit was on.",
        ),
        Mistake(
            "the gradient times the output",
            _product_rule,
            "The output only opens or shuts the way: multiply by (output > 0), not by output.",
        ),
        Mistake(
            "the gradient without its sign, where the unit was on",
            _size_rule,
            "A negative gradient becomes zero, not positive: clamp(min=0), not abs().",
        ),
        Mistake(
            "the mask instead of the gradient",
            _mask_rule,
            "Multiply the gradient by the mask.",
        ),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all()),
            "Some values are negative; the guided rule lets none pass.",
        ),
    ),
    hidden=ANSWERS,
)


def _with_rule(
    model: nn.Module, x: Tensor, target: Tensor, rule: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    with relu_rule(model, rule):
        return saliency(model, x, target)


def _clamped_at_the_end(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).clamp(min=0)


def _clamped_too(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return guided_backprop(model, x, target).clamp(min=0)


def _product(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, _product_rule)


def _size(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, _size_rule)


def _last_relu(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """The rule at the ReLU nearest to the scores, where the backward pass arrives first."""
    visits = iter([_rule])
    return _with_rule(model, x, target, lambda *pair: next(visits, _plain_rule)(*pair))


def _of_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, _rule):
        return gradient(lambda x: probability(model, x, target), x)


def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, _rule):
        return gradient(model, x)


def _as_heatmap(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(guided_backprop(model, x, target))


_MISTAKES = (
    Mistake(
        "the plain gradient: the rule never acted",
        saliency,
        "The hooks must be on the ReLUs before the forward pass, and stay until after the backward pass. "
        "What a hook returns replaces the gradient, so return it.",
    ),
    Mistake(
        "the deconvnet's picture",
        deconvnet,
        "Start from the gradient that leaves the ReLU (grad_input, already zero where the unit was off), "
        "not from the one that arrives (grad_output).",
    ),
    Mistake(
        "the plain gradient with its negative values put to zero at the end",
        _clamped_at_the_end,
        "The rule acts at every ReLU on the way back, not on the finished gradient.",
    ),
    Mistake(
        "the guided gradient with its negative values put to zero at the end",
        _clamped_too,
        "The first convolution's weights have signs, so the guided gradient has: return it as it is.",
    ),
    Mistake(
        "the rule at the last ReLU alone",
        _last_relu,
        "Put a hook on every nn.ReLU in model.modules().",
    ),
    Mistake(
        "gradients without their signs at each ReLU",
        _size,
        "A negative gradient becomes zero, not positive: clamp(min=0), not abs().",
    ),
    Mistake(
        "gradients multiplied by the outputs of the ReLUs",
        _product,
        "The output only opens or shuts the way: multiply by (output > 0), not by output.",
    ),
    Mistake(
        "the guided gradient of the probability instead of the score",
        _of_probability,
        "Leave the softmax out.",
    ),
    Mistake(
        "the guided gradient of the sum over all classes",
        _all_classes,
        "Take the target's score out of model(x) before you differentiate.",
    ),
    Mistake(
        "the picture of the guided gradient: absolute value and maximum over the channels",
        _as_heatmap,
        "Return the gradient itself, with its sign and channels, shaped like x.",
    ),
)

GUIDED_BACKPROP = Exercise(
    name="guided_backprop",
    points=3,
    minutes=15,
    reference=guided_backprop,
    cases=picture_cases,
    mistakes=_MISTAKES,
    hidden=ANSWERS,
)
