"""Exercise: LRP through a whole net."""

from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import input_x_gradient
from coursekit.exercises.exercise import Exercise, Mistake
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


def _of_probability(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return way_back(model, x, lambda scores: only(scores.softmax(1), target), eps)[0]


def _of_one(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return way_back(model, x, lambda scores: only(torch.ones_like(scores), target), eps)[0]


def _predicted(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, model(x).argmax(1), eps)


def _unsigned(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return activation * backward(layer, activation, relevance / (layer(activation) + eps))
    return rule_or_pass(layer, activation, relevance, eps)


def _undivided(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return activation * backward(layer, activation, relevance)
    return rule_or_pass(layer, activation, relevance, eps)


def _at_relus_too(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    rule = layer_rule if isinstance(layer, nn.ReLU) else rule_or_pass
    return rule(layer, activation, relevance, eps)


def _rectified(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    return relevance.relu() if isinstance(layer, nn.ReLU) else rule_or_pass(layer, activation, relevance, eps)


def _by(model: nn.Sequential, x: Tensor, target: Tensor, eps: float, *, step: Step) -> Tensor:
    return way_back(model, x, partial(only, target=target), eps, step)[0]


_PASSES = (
    "Where relevance reaches a ReLU, its output is its input, and Flatten only moves numbers: pass it on."
)

LRP = Exercise(
    name="lrp",
    points=3,
    minutes=15,
    reference=epsilon_lrp,
    cases=partial(net_cases, classes=("target",)),
    mistakes=(
        Mistake(
            "the relevance of the probability instead of the score",
            _of_probability,
            "Leave the softmax out: start with the score of the target.",
        ),
        Mistake(
            "a start from 1 instead of the score, as a gradient has it",
            _of_one,
            "What is divided among the pixels is the score: start with it.",
        ),
        Mistake(
            "a start from the scores of all classes",
            all_classes,
            "Put the relevance of every class but the target to 0.",
        ),
        Mistake(
            "the relevance of the predicted class, whatever the target",
            _predicted,
            "Start with the score of the class that target names, not the maximum.",
        ),
        Mistake(
            "gradient × input, which LRP-0 comes to in a net of ReLUs: ε is missing",
            lambda model, x, target, eps: input_x_gradient(model, x, target),
            "Hand eps on to layer_rule at every layer.",
        ),
        Mistake(
            "relevance times activation at each layer: the division is missing",
            partial(_by, step=_undivided),
            "Divide by the stabilised output before going back: layer_rule does it.",
        ),
        Mistake(
            "ε added to the denominators without their sign",
            partial(_by, step=_unsigned),
            "A negative z comes nearer to 0 that way: use your layer_rule.",
        ),
        Mistake("the ε-rule at every layer, ReLU and Flatten too", partial(_by, step=layer_rule), _PASSES),
        Mistake("the ε-rule at the ReLUs too", partial(_by, step=_at_relus_too), _PASSES),
        Mistake(
            "negative relevance cut off at the ReLUs",
            partial(_by, step=_rectified),
            "Relevance passes a ReLU as it is, with its sign: negative relevance speaks against the class.",
        ),
        Mistake(
            "a map: the relevance summed over the channels",
            lambda model, x, target, eps: epsilon_lrp(model, x, target, eps).sum(1),
            "Return the relevance of each channel, shaped like x.",
        ),
    ),
    hidden=ANSWERS,
)
