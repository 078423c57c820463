"""Exercise: the class activation map of a net that ends in pooling and one linear layer."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Mistake
from coursekit.exercises.gradcam.cases import ANSWERS, SIZES, weighted
from coursekit.exercises.nets import CLASSES

__all__ = ["CAM"]


def _reference(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return weighted(weight[target], activation)


def _relu(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target).relu()


def _positive_weights(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight.relu(), target)


def _mean(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target) / weight.shape[1]


def _all_channels(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return weight[target][:, :, None, None] * activation


def _unweighted(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return activation.sum(1)


def _all_classes(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight.sum(0, keepdim=True), torch.zeros_like(target))


def _first_target(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target[:1].expand(len(target)))


def _pooled(activation: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    return _reference(activation, weight, target).mean((1, 2))


def _cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, shape in SIZES.items():
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
    cases=_cases,
    mistakes=(
        Mistake(
            "the positive part alone: a ReLU at the end",
            _relu,
            "That comes with Grad-CAM. CAM keeps its sign: below 0 lies what speaks against the class.",
        ),
        Mistake(
            "a sum over the channels with positive weights alone",
            _positive_weights,
            "A channel with a negative weight speaks against the class where it is on: keep it.",
        ),
        Mistake(
            "the mean over the channels instead of the sum",
            _mean,
            "The head adds the channels up: with .sum(1), the map's mean is the score but for the bias.",
        ),
        Mistake(
            "a map for each channel: the sum over the channels is missing",
            _all_channels,
            "Add the weighted channels up, over dimension 1.",
        ),
        Mistake(
            "the sum of the channels without their weights",
            _unweighted,
            "Multiply channel k by weight[c, k] before you sum: it is the weights that know the class.",
        ),
        Mistake(
            "the sum of the maps of all classes",
            _all_classes,
            "Take the row of weight that target names: weight[target] has one row of K for each image.",
        ),
        Mistake(
            "the map of the first image's class for every image",
            _first_target,
            "Give each image its own row: weight[target], not weight[target[0]].",
        ),
        Mistake(
            "the score: the mean over the positions is taken already",
            _pooled,
            "Leave the pooling out: the map is what is there before it.",
        ),
    ),
    hidden=ANSWERS,
)
