"""Exercise: guided backpropagation."""

from collections.abc import Callable

from torch import Tensor, nn

from coursekit.attribution import deconvnet, guided_backprop, heatmap, saliency
from coursekit.core.relus import relu_rule
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.saliency.cases import (
    ANSWERS,
    gradient,
    guided_rule,
    picture_cases,
    plain_rule,
    probability,
    product_rule,
    size_rule,
)

__all__ = ["GUIDED_BACKPROP"]


def _with_rule(
    model: nn.Module, x: Tensor, target: Tensor, rule: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    with relu_rule(model, rule):
        return saliency(model, x, target)


@mistake(
    "the plain gradient with its negative values put to zero at the end",
    "The rule acts at every ReLU on the way back, not on the finished gradient.",
)
def _clamped_at_the_end(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).clamp(min=0)


@mistake(
    "the guided gradient with its negative values put to zero at the end",
    "The first convolution's weights have signs, so the guided gradient has: return it as it is.",
)
def _clamped_too(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return guided_backprop(model, x, target).clamp(min=0)


@mistake(
    "gradients multiplied by the outputs of the ReLUs",
    "The output only opens or shuts the way: multiply by (output > 0), not by output.",
)
def _product(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, product_rule)


@mistake(
    "gradients without their signs at each ReLU",
    "A negative gradient becomes zero, not positive: clamp(min=0), not abs().",
)
def _size(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, size_rule)


@mistake("the rule at the last ReLU alone", "Put a hook on every nn.ReLU in model.modules().")
def _last_relu(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """The rule at the ReLU nearest to the scores, where the backward pass arrives first."""
    visits = iter([guided_rule])
    return _with_rule(model, x, target, lambda *pair: next(visits, plain_rule)(*pair))


@mistake("the guided gradient of the probability instead of the score", "Leave the softmax out.")
def _of_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, guided_rule):
        return gradient(lambda x: probability(model, x, target), x)


@mistake(
    "the guided gradient of the sum over all classes",
    "Take the target's score out of model(x) before you differentiate.",
)
def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, guided_rule):
        return gradient(model, x)


@mistake(
    "the picture of the guided gradient: absolute value and maximum over the channels",
    "Return the gradient itself, with its sign and channels, shaped like x.",
)
def _as_heatmap(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(guided_backprop(model, x, target))


GUIDED_BACKPROP = Exercise(
    name="guided_backprop",
    points=3,
    minutes=15,
    reference=guided_backprop,
    draw=picture_cases,
    mistakes=(
        mistake(
            "the plain gradient: the rule never acted",
            "The hooks must be on the ReLUs before the forward pass, and stay until after the backward pass. "
            "What a hook returns replaces the gradient, so return it.",
        )(saliency),
        mistake(
            "the deconvnet's picture",
            "Start from the gradient that leaves the ReLU (grad_input, already zero where the unit was off), "
            "not from the one that arrives (grad_output).",
        )(deconvnet),
        _clamped_at_the_end,
        _clamped_too,
        _last_relu,
        _size,
        _product,
        _of_probability,
        _all_classes,
        _as_heatmap,
    ),
    hidden=ANSWERS,
)
