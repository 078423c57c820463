"""Receptive fields: which pixels a unit can see at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.hooks import record
from coursekit.core.targets import explaining
from coursekit.filters.boxes import Box

__all__ = ["ReceptiveField", "receptive_field"]

# Steps whose output at a position depends on their input at that position alone.
_POINTWISE = {
    *("Relu", "LeakyRelu", "PreluKernel", "Hardtanh", "Hardswish", "Hardsigmoid", "Silu", "Gelu", "Elu"),
    *("Sigmoid", "Tanh", "Softplus", "Clamp", "Threshold", "NativeBatchNorm", "CudnnBatchNorm"),
    *("Add", "Sub", "Mul", "Div", "Neg", "NativeDropout", "Clone", "Alias", "ToCopy"),
    "torch::autograd::AccumulateGrad",
}
# Steps that may sort channels into groups, as a channel shuffle does, or join them, or take some of them.
_REGROUPING = {"View", "UnsafeView", "ReshapeAlias", "Split", "Cat"}
_TURNS = {"Transpose", "Permute"}
_PRODUCTS = {"Mm": "_saved_self_sym_sizes", "Addmm": "_saved_mat1_sym_sizes"}  # what a linear layer is given
_PADS = {
    "ConstantPadNd": "_saved_pad",
    "ReflectionPad2D": "_saved_padding",
    "ReplicationPad2D": "_saved_padding",
}
_POOLS = {"MaxPool2DWithIndices", "AvgPool2D"}
_ADAPTIVE = {"AdaptiveAvgPool2D", "AdaptiveMaxPool2D"}
_Shape = Sequence[int]


@dataclass(frozen=True)
class ReceptiveField:
    """What the units of a layer see: unit i of a row or column sees pixels o + i s … o + i s + n − 1.

    Attributes:
        size: n, rows and columns of pixels that one unit sees.
        stride: s, pixels from one unit's field to the next one's.
        offset: o, the first pixel that unit 0 sees; below 0 where it looks into the padding.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    offset: tuple[int, int]

    def box(self, row: int, column: int) -> Box:
        """Return the box of pixels that one unit sees; part of it may lie outside the picture.

        Args:
            row: of the unit, in positions of the layer.
            column: of the unit.

        Returns:
            Top, left, bottom and right in pixels; the last two are the first row and column beyond.
        """
        top, left = (o + i * s for o, i, s in zip(self.offset, (row, column), self.stride, strict=True))
        return top, left, top + self.size[0], left + self.size[1]


def receptive_field(model: nn.Module, x: Tensor, layer: str) -> ReceptiveField:
    """Return the receptive field of a layer's units, through every path that leads to it.

    A convolution or pooling with kernel k, stride t, padding p and dilation d makes of size n, stride s and
    offset o: n + (k − 1) d s, s t, and o − p s. Where paths meet, the field is all that one of them sees.
    Channels may go last and come back, as round a layer norm. What a padding repeats or mirrors of the
    picture counts as outside of it.

    Args:
        model: the net, also one that is no chain of layers: the graph of a forward pass is followed.
        x: images (N, C, H, W) in [0, 1] of the size that the net takes; their content does not matter.
        layer: name of a layer that puts out a map (N, K, h, w).

    Returns:
        Size, stride and offset of the field, in pixels.

    Raises:
        ValueError: bad input or layer; or on the way is a step behind which units see no window of the
            picture, such as a mean over all positions, or one that is not followed, such as a circular
            padding. The message names it.

    Reference: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks.
    """
    with explaining(model, x, None), record(model, layer) as outputs:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x[:1].detach().clone().requires_grad_()
            model(leaf.clone())
        if layer not in outputs or outputs[layer].ndim != 4:
            came = tuple(outputs[layer].shape) if layer in outputs else "nothing"
            raise ValueError(f"layer {layer!r} puts out {came}; wanted a map (N, K, h, w)")
        rows, columns = _follow(outputs[layer].grad_fn, leaf, layer)
        if not _lie_last((rows, columns), outputs[layer].shape):
            raise ValueError(
                f"layer {layer!r} puts out {tuple(outputs[layer].shape)}, where rows and columns are not the"
                " last two dimensions; wanted a map (N, K, h, w): name the layer that puts its channels back"
            )
    return ReceptiveField(
        size=(rows.last - rows.first + 1, columns.last - columns.first + 1),
        stride=(rows.stride, columns.stride),
        offset=(rows.first, columns.first),
    )


@dataclass(frozen=True)
class _Reach:
    """What unit i of a row or column sees: pixels from first + i · stride to last + i · stride.

    In the tensor are ``size`` such units, ``apart`` numbers from one to the next, in whichever dimension.
    """

    size: int
    apart: int
    first: int = 0
    last: int = 0
    stride: int = 1

    def through(self, kernel: int, stride: int, padding: int, dilation: int = 1) -> "_Reach":
        """Return the reach behind a convolution or a pooling."""
        first = self.first - padding * self.stride
        last = self.last + ((kernel - 1) * dilation - padding) * self.stride
        return replace(self, first=first, last=last, stride=self.stride * stride)

    def along(self, axis: int, shape: _Shape) -> "_Reach":
        """Return the reach of units that lie along a dimension of a tensor."""
        return replace(self, size=shape[axis], apart=prod(shape[axis + 1 :]))

    def axis(self, shape: _Shape) -> int | None:
        """Return the dimension along which the units lie in a tensor; None where they do not."""
        return next((i for i in reversed(range(len(shape))) if self.along(i, shape) == self), None)


_Reaches = tuple[_Reach, ...]  # of rows and of columns


def _follow(end: Any, leaf: Tensor, layer: str) -> _Reaches:
    """Go through the graph from the picture to a step, sources first."""
    known: dict[Any, _Reaches | None] = {}
    todo = [end]
    while todo:
        sources = [source for source, _ in todo[-1].next_functions if source is not None]
        if missing := [source for source in sources if source not in known]:
            todo += missing
            continue
        step = todo.pop()
        reaches = [reach for source in sources if (reach := known[source]) is not None]
        if getattr(step, "variable", None) is leaf:
            reaches = [_upright((_Reach(1, 1), _Reach(1, 1)), leaf.shape)]
        known[step] = _behind(step, _all_of(reaches, layer), layer, known) if reaches else None
    found = known[end]
    if found is None:
        raise ValueError(f"what layer {layer!r} puts out does not depend on the picture")
    return found


def _all_of(reaches: Sequence[_Reaches], layer: str) -> _Reaches:
    """Return what is seen on any of the paths that meet."""
    together = []
    for paths in zip(*reaches, strict=True):
        if len({(path.stride, path.size, path.apart) for path in paths}) > 1:
            raise ValueError(
                f"on the way to layer {layer!r} paths of different strides or sizes meet; name one earlier"
            )
        first, last = min(path.first for path in paths), max(path.last for path in paths)
        together.append(replace(paths[0], first=first, last=last))
    return tuple(together)


def _upright(reaches: _Reaches, shape: _Shape) -> _Reaches:
    """Return the reaches of units that lie along the last two of four dimensions."""
    return tuple(reach.along(axis, shape) for reach, axis in zip(reaches, (2, 3), strict=True))


def _behind(step: Any, reaches: _Reaches, layer: str, known: Mapping[Any, _Reaches | None]) -> _Reaches:
    name = step.name().partition("Backward")[0]
    if name in _POINTWISE:
        return reaches
    after = tuple(step._input_metadata[0].shape)
    found: _Reaches | None = None
    if name in _PRODUCTS:
        found = _mixed(step, name, reaches, known)
    elif name in _TURNS:
        found = _turned(step, name, reaches, after)
    elif name in _REGROUPING:
        found = reaches if _holds(reaches, after) else None
    elif name == "NativeLayerNorm":
        found = reaches if _spares(step, reaches, after) else None
    elif geometry := _geometry(step, name, layer):
        source, output = step.next_functions[0]
        if source is not None and _lie_last(reaches, source._input_metadata[output].shape):
            found = _upright(_through(reaches, geometry), after)
    if not found:
        raise ValueError(
            f"on the way to layer {layer!r} is {step.name()}, through which no window of the picture can be"
            " followed; name an earlier layer"
        )
    return found


def _mixed(step: Any, name: str, reaches: _Reaches, known: Mapping[Any, _Reaches | None]) -> _Reaches | None:
    """Return what is behind a linear layer: of its two factors, only the left one may have seen pixels."""
    seeing = [i for i, (source, _) in enumerate(step.next_functions) if known.get(source)]
    before, after = getattr(step, _PRODUCTS[name])[1], step._input_metadata[0].shape[1]
    if seeing != [len(step.next_functions) - 2] or any(reach.apart % before for reach in reaches):
        return None
    return tuple(replace(reach, apart=reach.apart // before * after) for reach in reaches)


def _turned(step: Any, name: str, reaches: _Reaches, after: _Shape) -> _Reaches | None:
    """Return what is behind dimensions in another order, unless rows would come behind columns."""
    order = list(range(len(after)))
    if name == "Permute":
        order = [dim % len(after) for dim in _signed(step._saved_dims)]
    else:
        one, other = (dim % len(after) for dim in _signed((step._saved_dim0, step._saved_dim1)))
        order[one], order[other] = other, one
    axes = [reach.axis([after[order.index(axis)] for axis in range(len(after))]) for reach in reaches]
    there = [order.index(axis) for axis in axes if axis is not None]
    if len(there) < len(reaches) or there != sorted(there):
        return None
    return tuple(reach.along(axis, after) for reach, axis in zip(reaches, there, strict=True))


def _holds(reaches: _Reaches, shape: _Shape) -> bool:
    """Whether rows and columns still are what they were, also as rows of a matrix of all positions."""
    in_matrix = len(shape) == 2 and not any(reach.apart % shape[1] for reach in reaches)
    return in_matrix or all(reach.axis(shape) is not None for reach in reaches)


def _spares(step: Any, reaches: _Reaches, shape: _Shape) -> bool:
    """Whether a layer norm takes its mean over channels alone."""
    axes, normalised = [reach.axis(shape) for reach in reaches], len(step._saved_normalized_shape)
    return all(axis is not None and axis < len(shape) - normalised for axis in axes)


def _geometry(step: Any, name: str, layer: str) -> Sequence[Sequence[int]] | None:
    """Return kernel, stride, padding and dilation, each of rows and columns; None of what has none."""
    if name == "Convolution" and not step._saved_transposed:
        kernel = step._saved_weight.shape[2:]
        return kernel, step._saved_stride, step._saved_padding, step._saved_dilation
    if name in _POOLS:
        kernel = step._saved_kernel_size
        dilation = getattr(step, "_saved_dilation", (1, 1))
        return kernel, step._saved_stride or kernel, step._saved_padding, dilation
    if name in _PADS:
        left, _, top, *_ = *_signed(getattr(step, _PADS[name])), 0, 0
        return (1, 1), (1, 1), (top, left), (1, 1)
    return _windows(step, layer) if name in _ADAPTIVE else None


def _lie_last(reaches: _Reaches, shape: _Shape) -> bool:
    """Whether rows and columns are the last two of four dimensions, as windows need them."""
    return len(shape) == 4 and reaches == _upright(reaches, shape)


def _through(reaches: _Reaches, geometry: Sequence[Sequence[int]]) -> _Reaches:
    sizes = zip(*geometry, strict=True)
    return tuple(reach.through(*of_one) for reach, of_one in zip(reaches, sizes, strict=True))


def _signed(numbers: Sequence[int]) -> list[int]:
    """Return numbers of which the graph keeps those below 0 as huge ones above it."""
    return [number if number < 2**63 else number - 2**64 for number in numbers]


def _windows(step: Any, layer: str) -> Sequence[Sequence[int]]:
    """The geometry of an adaptive pooling, where its windows are all alike."""
    before, after = step._saved_self.shape[2:], step._input_metadata[0].shape[2:]
    if any(rows % out for rows, out in zip(before, after, strict=True)):
        raise ValueError(
            f"on the way to layer {layer!r} is {step.name()}, from {tuple(before)} to {tuple(after)}"
            " positions: its windows differ in size, so no one receptive field fits; name an earlier layer"
        )
    kernel = [rows // out for rows, out in zip(before, after, strict=True)]
    return kernel, kernel, (0, 0), (1, 1)
