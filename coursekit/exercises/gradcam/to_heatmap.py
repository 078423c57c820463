"""Exercise: from the small map of a layer to a heatmap over the image."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, enlarge, min_max

__all__ = ["TO_HEATMAP"]


def _reference(maps: Tensor, height: int, width: int) -> Tensor:
    return min_max(enlarge(maps.relu(), height, width))


@mistake(
    "a heatmap without the ReLU",
    "Put what is below 0 to 0 first: else the lowest evidence against the class becomes the black.",
)
def _no_relu(maps: Tensor, height: int, width: int) -> Tensor:
    return min_max(enlarge(maps, height, width))


@mistake(
    "the ReLU after enlarging",
    "Between a positive and a negative place the interpolation has eaten into the evidence already: "
    "take .relu() of the small map.",
)
def _relu_after(maps: Tensor, height: int, width: int) -> Tensor:
    return min_max(enlarge(maps, height, width).relu())


@mistake(
    "the ReLU after enlarging, and a division by the maximum",
    "Take .relu() of the small map, and subtract each heatmap's minimum before you divide.",
)
def _relu_last(maps: Tensor, height: int, width: int) -> Tensor:
    larger = enlarge(maps, height, width)
    return larger.relu() / larger.amax((1, 2), keepdim=True).clamp(min=1e-12)


@mistake(
    "the absolute value instead of the ReLU",
    "That shows what speaks against the class like what speaks for it: use .relu().",
)
def _abs(maps: Tensor, height: int, width: int) -> Tensor:
    return min_max(enlarge(maps.abs(), height, width))


@mistake(
    "the scaling before the enlarging",
    "Interpolated values need not reach the ends: enlarge first, then stretch to [0, 1].",
)
def _scaled_first(maps: Tensor, height: int, width: int) -> Tensor:
    return enlarge(min_max(maps.relu()), height, width)


@mistake(
    "one minimum and one maximum for the whole batch",
    "Each image has its own: .amin((1, 2), keepdim=True), and .amax alike.",
)
def _over_batch(maps: Tensor, height: int, width: int) -> Tensor:
    larger = enlarge(maps.relu(), height, width)
    return (larger - larger.min()) / (larger.max() - larger.min())


@mistake(
    "a division by the maximum, without subtracting the minimum",
    "Subtract the minimum first: (m − min) / (max − min).",
)
def _maximum_alone(maps: Tensor, height: int, width: int) -> Tensor:
    larger = enlarge(maps.relu(), height, width)
    return larger / larger.amax((1, 2), keepdim=True).clamp(min=1e-12)


@mistake("a heatmap that is not scaled", "Stretch each heatmap to [0, 1]: (m − min) / (max − min).")
def _not_scaled(maps: Tensor, height: int, width: int) -> Tensor:
    return enlarge(maps.relu(), height, width)


@mistake(
    "enlarging by the nearest value",
    "That is the default of interpolate, and gives blocks: ask for mode='bilinear'.",
)
def _nearest(maps: Tensor, height: int, width: int) -> Tensor:
    return min_max(F.interpolate(maps.relu()[:, None], (height, width))[:, 0])


@mistake(
    "enlarging with align_corners=True",
    "That pulls the outer values to the image's rim: each value belongs to the middle of its square, "
    "align_corners=False.",
)
def _corners(maps: Tensor, height: int, width: int) -> Tensor:
    larger = F.interpolate(maps.relu()[:, None], (height, width), mode="bilinear", align_corners=True)
    return min_max(larger[:, 0])


_POSITIVE = "a map that is positive everywhere"
_NEGATIVE = "a batch of three, one of them negative everywhere"


def _cases(draws: Draws) -> list[Case]:
    """Maps of both signs; one whose minimum is not 0, and one that the ReLU leaves nothing of."""
    cases = []
    for name, shape, height, width in (
        ("one map", (1, 4, 5), 16, 20),
        (_POSITIVE, (1, 5, 4), 20, 16),
        (_NEGATIVE, (3, 4, 6), 16, 24),
        ("sides that are no multiples", (2, 3, 5), 11, 16),
    ):
        maps = torch.randn(shape, generator=draws(name))
        if name == _POSITIVE:
            maps = maps.abs() + 1
        if name == _NEGATIVE:
            maps[1], maps[2] = -maps[1].abs() - 0.1, 5 * maps[2]
        cases.append(Case(name, {"maps": maps, "height": height, "width": width}))
    return cases


TO_HEATMAP = Exercise(
    name="to_heatmap",
    points=2,
    minutes=10,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _no_relu,
        _relu_after,
        _relu_last,
        _abs,
        _scaled_first,
        _over_batch,
        _maximum_alone,
        _not_scaled,
        _nearest,
        _corners,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()),
            "Some values lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)
