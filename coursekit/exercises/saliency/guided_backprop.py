"""Exercise: guided backpropagation."""

from collections.abc import Callable

from torch import Tensor, nn

from coursekit.attribution import deconvnet, guided_backprop, heatmap, saliency
from coursekit.core.relus import relu_rule
from coursekit.exercises.exercise import Exercise, Mistake
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


def _clamped_at_the_end(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).clamp(min=0)


def _clamped_too(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return guided_backprop(model, x, target).clamp(min=0)


def _product(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, product_rule)


def _size(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _with_rule(model, x, target, size_rule)


def _last_relu(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    """The rule at the ReLU nearest to the scores, where the backward pass arrives first."""
    visits = iter([guided_rule])
    return _with_rule(model, x, target, lambda *pair: next(visits, plain_rule)(*pair))


def _of_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, guided_rule):
        return gradient(lambda x: probability(model, x, target), x)


def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    with relu_rule(model, guided_rule):
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
