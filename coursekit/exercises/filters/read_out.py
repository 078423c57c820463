"""Exercise: what a layer answers."""

import torch
from torch import Tensor, nn

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.filters.cases import ANSWERS
from coursekit.exercises.gradcam.cases import Scores, flow
from coursekit.exercises.saliency.cases import picture_cases, probability, score

__all__ = ["READ_OUT"]


_BEFORE = {"relu1": "conv1", "relu2": "conv2", "relu3": "conv3"}


def _table(activation: Tensor, gradient: Tensor) -> Tensor:
    columns = [ends for values in (activation, gradient) for ends in values.flatten(1).aminmax(dim=1)]
    return torch.stack(columns, 1)


def _read(model: nn.Module, x: Tensor, target: Tensor, layer: str, scores: Scores = score) -> Tensor:
    return _table(*flow(model, x, target, layer, scores))


def _read_out(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _read(model, x, target, layer)


@mistake(
    "the gradient of the probability instead of the score",
    "The softmax flattens it: differentiate the score, model(x)[...], before any softmax.",
)
def _of_probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _read(model, x, target, layer, probability)


@mistake(
    "the layer's input instead of what it puts out",
    "A forward hook is called as hook(layer, inputs, output), and ck.record gives the output: nothing"
    " below 0 comes out of a ReLU.",
)
def _before(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _read(model, x, target, _BEFORE[layer])


@mistake(
    "one read-out for the whole batch",
    "Each image has its own row: flatten from dimension 1 on, .flatten(1).aminmax(dim=1).",
)
def _of_batch(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    one = _table(activation.flatten()[None], gradient.flatten()[None])
    return one.expand(len(x), -1).clone()


@mistake("the largest value first", "The order is least, largest, least, largest.")
def _largest_first(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _read(model, x, target, layer)[:, [1, 0, 3, 2]]


@mistake(
    "absolute values", "A gradient of −3 is its least value, and says that the unit speaks against the class."
)
def _absolute(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _table(activation.abs(), gradient.abs())


@mistake(
    "the gradient of the sum of all scores",
    "Pick each image's own target first: scores[torch.arange(len(x)), target].",
)
def _all_classes(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _read(model, x, target, layer, lambda net, images, _: net(images).sum(1))


def _layer_cases(draws: Draws) -> list[Case]:
    names = iter(("relu2", "relu1", "relu3", "relu2"))
    return picture_cases(draws, layer=lambda *_: next(names))


READ_OUT = Exercise(
    name="read_out",
    points=2,
    minutes=10,
    reference=_read_out,
    draw=_layer_cases,
    mistakes=(_of_probability, _before, _of_batch, _largest_first, _absolute, _all_classes),
    hidden=(*ANSWERS, "coursekit.exercises.gradcam"),
)
