"""Exercise: kernels as pictures."""

from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.filters.cases import ANSWERS, draw_kernels

__all__ = ["KERNEL_PICTURES"]


def _pictures(weight: Tensor) -> Tensor:
    return _stretch(weight, (1, 2, 3))


def _stretch(weight: Tensor, axes: tuple[int, ...]) -> Tensor:
    low, high = weight.amin(axes, keepdim=True), weight.amax(axes, keepdim=True)
    return (weight - low) / (high - low)


@mistake(
    "kernels scaled jointly",
    "That shows which kernel is strong, and leaves the weak ones grey. Take each kernel's own ends:"
    " .amin((1, 2, 3), keepdim=True).",
)
def _jointly(weight: Tensor) -> Tensor:
    return _stretch(weight, (0, 1, 2, 3))


@mistake(
    "each colour of a kernel scaled by itself",
    "That paints colours which the kernel does not have. Its three colours share one scale.",
)
def _each_colour(weight: Tensor) -> Tensor:
    return _stretch(weight, (2, 3))


@mistake(
    "least and largest value over the kernels instead of the colours",
    "Dimension 0 counts the kernels: keep it, and take the ends over dimensions 1, 2 and 3.",
)
def _across_kernels(weight: Tensor) -> Tensor:
    return _stretch(weight, (0, 2, 3))


@mistake("the weights cut off at 0 and 1", "Half of each kernel is below 0: move and stretch it.")
def _clamped(weight: Tensor) -> Tensor:
    return weight.clamp(0, 1)


@mistake("absolute values", "Bright and dark become the same, and an edge a stripe. Keep the sign.")
def _absolute(weight: Tensor) -> Tensor:
    return _stretch(weight.abs(), (1, 2, 3))


@mistake(
    "a division by the maximum alone",
    "What is below 0 stays below 0. Subtract the minimum first: (w − min) / (max − min).",
)
def _by_maximum(weight: Tensor) -> Tensor:
    return weight / weight.amax((1, 2, 3), keepdim=True)


@mistake(
    "0 in the middle of the range",
    "That is a good picture too, and shows the sign, but it seldom fills the range: wanted were"
    " min → 0 and max → 1.",
)
def _around_grey(weight: Tensor) -> Tensor:
    return 0.5 + 0.5 * weight / weight.abs().amax((1, 2, 3), keepdim=True)


KERNEL_PICTURES = Exercise(
    name="kernel_pictures",
    points=1,
    minutes=5,
    reference=_pictures,
    draw=lambda draws: [Case(name, {"weight": weight}) for name, weight in draw_kernels(draws).items()],
    mistakes=(_jointly, _each_colour, _across_kernels, _clamped, _absolute, _by_maximum, _around_grey),
    properties=(
        Property(
            lambda value, _: bool(value.min() >= 0 and value.max() <= 1), "Some values lie outside [0, 1]."
        ),
    ),
    hidden=ANSWERS,
)
