"""Exercise: the receptive field of a unit, layer by layer."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.filters.cases import ANSWERS

__all__ = ["RECEPTIVE_FIELD"]

_Row = tuple[int, int, int, int]


def _rows(layers: Tensor) -> Iterator[_Row]:
    for kernel, stride, padding, dilation in layers.tolist():
        yield int(kernel), int(stride), int(padding), int(dilation)


def _answer(size: float, stride: float, offset: float) -> Tensor:
    return torch.tensor([float(size), float(stride), float(offset)])


def _field(layers: Tensor) -> Tensor:
    size, jump, offset = 1, 1, 0
    for kernel, stride, padding, dilation in _rows(layers):
        size += (kernel - 1) * dilation * jump
        offset -= padding * jump
        jump *= stride
    return _answer(size, jump, offset)


@mistake(
    "the stride counted one layer too early",
    "A layer's own stride does not make its kernel wider: multiply by it last.",
)
def _stride_first(layers: Tensor) -> Tensor:
    size, jump, offset = 1, 1, 0
    for kernel, stride, padding, dilation in _rows(layers):
        jump *= stride
        size += (kernel - 1) * dilation * jump
        offset -= padding * jump
    return _answer(size, jump, offset)


@mistake("no dilation", "A kernel of k with dilation d reaches over (k − 1) · d steps of the layer below.")
def _no_dilation(layers: Tensor) -> Tensor:
    return _field(torch.cat([layers[:, :3], torch.ones(len(layers), 1)], 1))


@mistake("the padding's sign turned", "Padding lets unit 0 look beyond the border: the offset goes below 0.")
def _inwards(layers: Tensor) -> Tensor:
    size, jump, offset = _field(layers).tolist()
    return _answer(size, jump, -offset)


@mistake(
    "the padding in positions of its layer instead of pixels",
    "One position of padding at a deep layer is as many pixels as its input's stride.",
)
def _padding_unscaled(layers: Tensor) -> Tensor:
    size, jump, _ = _field(layers).tolist()
    return _answer(size, jump, -layers[:, 2].sum().item())


@mistake("k instead of k − 1", "A kernel of 1 sees no more than the unit below it: k − 1 steps are added.")
def _whole_kernel(layers: Tensor) -> Tensor:
    size, jump, offset = 1, 1, 0
    for kernel, stride, padding, dilation in _rows(layers):
        size += kernel * dilation * jump
        offset -= padding * jump
        jump *= stride
    return _answer(size, jump, offset)


@mistake(
    "a size and an offset without the strides",
    "Behind a stride, a step of the kernel is several pixels: multiply by the stride so far.",
)
def _no_strides(layers: Tensor) -> Tensor:
    size, offset = 1, 0
    for kernel, _, padding, dilation in _rows(layers):
        size += (kernel - 1) * dilation
        offset -= padding
    return _answer(size, _field(layers)[1].item(), offset)


@mistake("the sum of the strides", "Strides multiply: every second of every second is every fourth.")
def _sum_of_strides(layers: Tensor) -> Tensor:
    size, jump, offset = 1, 1, 0
    for kernel, stride, padding, dilation in _rows(layers):
        size += (kernel - 1) * dilation * jump
        offset -= padding * jump
        jump += stride - 1
    return _answer(size, jump, offset)


@mistake(
    "the layers from the last to the first",
    "This recursion goes from the picture to the unit: the first row sees the pixels.",
)
def _from_the_end(layers: Tensor) -> Tensor:
    return _field(layers.flip(0))


@mistake(
    "the centre of the field instead of its first pixel",
    "The offset is the first pixel that unit 0 sees, not the middle one.",
)
def _centre(layers: Tensor) -> Tensor:
    size, jump, offset = _field(layers).tolist()
    return _answer(size, jump, offset + (size - 1) / 2)


def _cases(draws: Draws) -> list[Case]:
    """Chains in which every layer matters: kernels above 1, paddings above 0, strides and dilations mixed."""
    cases = []
    for name, n in {"three layers": 3, "four layers": 4, "six layers": 6}.items():
        whole = partial(_whole, n, draws(name))
        stride = whole(1, 2)
        # A first stride of 3 and a last of 1, so that their order and their places show.
        stride[0], stride[1], stride[-1] = 3, 2, 1
        dilation = whole(1, 3)
        dilation[1] = 2
        kernel, padding = whole(2, 7), whole(1, 3)
        kernel[0] = kernel[-1] + 1
        cases.append(Case(name, {"layers": torch.stack([kernel, stride, padding, dilation], 1).float()}))
    return cases


def _whole(n: int, generator: torch.Generator, low: int, high: int) -> Tensor:
    return torch.randint(low, high + 1, (n,), generator=generator)


RECEPTIVE_FIELD = Exercise(
    name="receptive_field",
    points=2,
    minutes=15,
    reference=_field,
    draw=_cases,
    mistakes=(
        _stride_first,
        _no_dilation,
        _inwards,
        _padding_unscaled,
        _whole_kernel,
        _no_strides,
        _sum_of_strides,
        _from_the_end,
        _centre,
    ),
    hidden=ANSWERS,
    tolerance=1e-4,
)
