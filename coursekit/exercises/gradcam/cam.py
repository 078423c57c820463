"""Exercise: the class activation map of a net that ends in pooling and one linear layer."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, SIZES, weighted
from coursekit.exercises.nets import CLASSES

__all__ = ["CAM"]


def _reference(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return weighted(weight[target], activation)


@mistake(
    "the positive part alone: a ReLU at the end",
    "That comes with Grad-CAM. CAM keeps its sign: below 0 lies what speaks against the class.",
)
def _relu(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target).relu()


@mistake(
    "a sum over the channels with positive weights alone",
    "A channel with a negative weight speaks against the class where it is on: keep it.",
)
def _positive_weights(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight.relu(), target)


@mistake(
    "the mean over the channels instead of the sum",
    "The head adds the channels up: with .sum(1), the map's mean is the score but for the bias.",
)
def _mean(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target) / weight.shape[1]


@mistake(
    "a map for each channel: the sum over the channels is missing",
    "Add the weighted channels up, over dimension 1.",
)
def _all_channels(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return weight[target][:, :, None, None] * activation


@mistake(
    "the sum of the channels without their weights",
    "Multiply channel k by weight[c, k] before you sum: it is the weights that know the class.",
)
def _unweighted(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return activation.sum(1)


@mistake(
    "the sum of the maps of all classes",
    "Take the row of weight that target names: weight[target] has one row of K for each image.",
)
def _all_classes(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight.sum(0, keepdim=True), torch.zeros_like(target))


@mistake(
    "the map of the first image's class for every image",
    "Give each image its own row: weight[target], not weight[target[0]].",
)
def _first_target(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target[:1].expand(len(target)))


@mistake(
    "the score: the mean over the positions is taken already",
    "Leave the pooling out: the map is what is there before it.",
)
def _pooled(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target).mean((1, 2))


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, shape in SIZES.items():
        generator = draws(name)
        weight = torch.randn(CLASSES, shape[1], generator=generator)
        arguments = {
            "activation": torch.randn(shape, generator=generator).relu(),
            "weight": weight - weight.mean(1, keepdim=True),  # of both signs for every class
            "target": torch.randperm(CLASSES, generator=generator)[: shape[0]],
        }
        cases.append(Case(name, arguments))
    return cases


CAM = Exercise(
    name="cam",
    points=1,
    minutes=5,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _relu,
        _positive_weights,
        _mean,
        _all_channels,
        _unweighted,
        _all_classes,
        _first_target,
        _pooled,
    ),
    hidden=ANSWERS,
)
