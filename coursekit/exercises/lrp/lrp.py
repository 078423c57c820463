"""Exercise: LRP through a whole net."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import input_x_gradient
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import (
    ANSWERS,
    Step,
    all_classes,
    backward,
    epsilon_lrp,
    layer_rule,
    net_cases,
    only,
    rule_or_pass,
    way_back,
)

__all__ = ["LRP"]

_PASSES = (
    "Where relevance reaches a ReLU, its output is its input, and Flatten only moves numbers: pass it on."
)


@mistake(
    "the relevance of the probability instead of the score",
    "Leave the softmax out: start with the score of the target.",
)
def _of_probability(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return way_back(model, x, lambda scores: only(scores.softmax(1), target), eps)[0]


@mistake(
    "a start from 1 instead of the score, as a gradient has it",
    "What is divided among the pixels is the score: start with it.",
)
def _of_one(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return way_back(model, x, lambda scores: only(torch.ones_like(scores), target), eps)[0]


@mistake(
    "the relevance of the predicted class, whatever the target",
    "Start with the score of the class that target names, not the maximum.",
)
def _predicted(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, model(x).argmax(1), eps)


def _by(step: Step) -> Callable[..., Tensor]:
    """A mistake of how relevance passes a layer."""
    return lambda model, x, target, eps: way_back(model, x, partial(only, target=target), eps, step)[0]


@mistake(
    "ε added to the denominators without their sign",
    "A negative z comes nearer to 0 that way: use your layer_rule.",
)
@_by
def _unsigned(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return activation * backward(layer, activation, relevance / (layer(activation) + eps))
    return rule_or_pass(layer, activation, relevance, eps)


@mistake(
    "relevance times activation at each layer: the division is missing",
    "Divide by the stabilised output before going back: layer_rule does it.",
)
@_by
def _undivided(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return activation * backward(layer, activation, relevance)
    return rule_or_pass(layer, activation, relevance, eps)


@mistake("the ε-rule at the ReLUs too", _PASSES)
@_by
def _at_relus_too(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    rule = layer_rule if isinstance(layer, nn.ReLU) else rule_or_pass
    return rule(layer, activation, relevance, eps)


@mistake(
    "negative relevance cut off at the ReLUs",
    "Relevance passes a ReLU as it is, with its sign: negative relevance speaks against the class.",
)
@_by
def _rectified(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    return relevance.relu() if isinstance(layer, nn.ReLU) else rule_or_pass(layer, activation, relevance, eps)


LRP = Exercise(
    name="lrp",
    points=3,
    minutes=15,
    reference=epsilon_lrp,
    draw=partial(net_cases, classes=("target",)),
    mistakes=(
        _of_probability,
        _of_one,
        mistake(
            "a start from the scores of all classes", "Put the relevance of every class but the target to 0."
        )(all_classes),
        _predicted,
        mistake(
            "gradient × input, which LRP-0 comes to in a net of ReLUs: ε is missing",
            "Hand eps on to layer_rule at every layer.",
        )(lambda model, x, target, eps: input_x_gradient(model, x, target)),
        _undivided,
        _unsigned,
        mistake("the ε-rule at every layer, ReLU and Flatten too", _PASSES)(_by(layer_rule)),
        _at_relus_too,
        _rectified,
        mistake(
            "a map: the relevance summed over the channels",
            "Return the relevance of each channel, shaped like x.",
        )(lambda model, x, target, eps: epsilon_lrp(model, x, target, eps).sum(1)),
    ),
    hidden=ANSWERS,
)
