"""Exercise: the fine lines of guided backpropagation, where the class is."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, enlarge, min_max

__all__ = ["GUIDED_GRAD_CAM"]


def _heat(guided: Tensor, maps: Tensor) -> Tensor:
    return min_max(enlarge(maps.relu(), *guided.shape[2:]))[:, None]


def _reference(guided: Tensor, maps: Tensor) -> Tensor:
    return guided * _heat(guided, maps)


@mistake(
    "the sum of both instead of their product",
    "Multiply: a line shall stay only where the heatmap is bright.",
)
def _sum(guided: Tensor, maps: Tensor) -> Tensor:
    return guided + _heat(guided, maps)


@mistake(
    "a product with a heatmap without the ReLU",
    "Make the heatmap by to_heatmap, which puts what is below 0 to 0 first.",
)
def _no_relu(guided: Tensor, maps: Tensor) -> Tensor:
    return guided * min_max(enlarge(maps, *guided.shape[2:]))[:, None]


@mistake(
    "a product with a heatmap enlarged by the nearest value",
    "Enlarge bilinearly, as to_heatmap does, or the result shows the layer's squares.",
)
def _nearest(guided: Tensor, maps: Tensor) -> Tensor:
    return guided * min_max(F.interpolate(maps.relu()[:, None], guided.shape[2:])[:, 0])[:, None]


@mistake(
    "a product of each colour channel with another image's heatmap",
    "(3, 3, H, W) times (3, H, W) takes the heatmaps along the channels. Give each its own channel: "
    "heat[:, None].",
)
def _along_channels(guided: Tensor, maps: Tensor) -> Tensor:
    return guided * _heat(guided, maps)[:, 0]


@mistake(
    "what lies where the heatmap is above one half: a threshold",
    "Multiply by the heatmap itself, which fades.",
)
def _cut(guided: Tensor, maps: Tensor) -> Tensor:
    return guided * (_heat(guided, maps) > 0.5)


@mistake("the product of the absolute values", "Keep the sign of the guided gradient.")
def _size(guided: Tensor, maps: Tensor) -> Tensor:
    return guided.abs() * _heat(guided, maps)


@mistake(
    "the product with the positive part of the guided gradient",
    "Keep the sign: where the guided gradient is negative, a darker pixel speaks for the class.",
)
def _positive(guided: Tensor, maps: Tensor) -> Tensor:
    return guided.relu() * _heat(guided, maps)


@mistake(
    "one picture of it: the maximum over the channels",
    "Keep the three channels: multiply, and reduce nothing.",
)
def _picture(guided: Tensor, maps: Tensor) -> Tensor:
    return guided.abs().amax(1) * _heat(guided, maps)[:, 0]


@mistake("the heatmap alone", "Multiply it by the guided gradient.")
def _heat_alone(guided: Tensor, maps: Tensor) -> Tensor:
    return _heat(guided, maps).expand_as(guided)


def _cases(draws: Draws) -> list[Case]:
    # Three images: as many as channels, so that a heatmap may be taken along the wrong axis without a word.
    shapes = {"one image": (1, 12, 16), "three images": (3, 16, 12), "three wide images": (3, 8, 20)}
    cases = []
    for name, (n, height, width) in shapes.items():
        generator = draws(name)
        arguments = {
            "guided": torch.randn(n, 3, height, width, generator=generator),
            "maps": torch.randn(n, height // 4, width // 4, generator=generator),
        }
        cases.append(Case(name, arguments))
    return cases


GUIDED_GRAD_CAM = Exercise(
    name="guided_grad_cam",
    points=1,
    minutes=5,
    reference=_reference,
    draw=_cases,
    mistakes=(_sum, _no_relu, _nearest, _along_channels, _cut, _size, _positive, _picture, _heat_alone),
    hidden=ANSWERS,
)
