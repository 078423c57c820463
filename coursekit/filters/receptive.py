"""Receptive fields: which pixels a unit can see at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attribution.targets import explaining
from coursekit.hooks import record

__all__ = ["Box", "ReceptiveField", "outline", "receptive_field"]

Box = tuple[int, int, int, int]
"""Top, left, bottom and right; the last two are the first row and column beyond."""

# Steps whose output at a position depends on their input at that position alone.
_POINTWISE = {
    *("Relu", "LeakyRelu", "PreluKernel", "Hardtanh", "Hardswish", "Hardsigmoid", "Silu", "Gelu", "Elu"),
    *("Sigmoid", "Tanh", "Softplus", "Clamp", "Threshold", "NativeBatchNorm", "CudnnBatchNorm"),
    *("Add", "Sub", "Mul", "Div", "Neg", "Cat", "NativeDropout", "Clone", "Alias", "ToCopy"),
}
# Steps that may sort channels into groups, as a channel shuffle does, or take some of them.
_REGROUPING = {"View", "Split", "Transpose", "Permute"}
_POOLS = {"MaxPool2DWithIndices", "AvgPool2D"}
_ADAPTIVE = {"AdaptiveAvgPool2D", "AdaptiveMaxPool2D"}
_AMBER = (0.88, 0.44, 0.1)


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
        """Return what the unit at ``row`` and ``column`` sees; part of it may lie outside the picture."""
        top, left = (o + i * s for o, i, s in zip(self.offset, (row, column), self.stride, strict=True))
        return top, left, top + self.size[0], left + self.size[1]


def receptive_field(model: nn.Module, x: Tensor, layer: str) -> ReceptiveField:
    """Return the receptive field of a layer's units, through every path that leads to it.

    A convolution or pooling with kernel k, stride t, padding p and dilation d makes of size n, stride s and
    offset o: n + (k − 1) d s, s t, and o − p s. Where paths meet, the field is all that one of them sees.

    Args:
        model: the net, also one that is no chain of layers: the graph of a forward pass is followed.
        x: images (N, C, H, W) in [0, 1] of the size that the net takes; their content does not matter.
        layer: name of a layer that puts out a map (N, K, h, w).

    Raises:
        ValueError: bad input or layer; or on the way is a step, such as a mean over all positions or a
            linear layer, behind which units see no window of the picture. The message names it.

    After: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks.
    """
    with explaining(model, x, None), record(model, layer) as outputs:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x[:1].detach().clone().requires_grad_()
            model(leaf.clone())
        if layer not in outputs or outputs[layer].ndim != 4:
            came = tuple(outputs[layer].shape) if layer in outputs else "nothing"
            raise ValueError(f"layer {layer!r} puts out {came}; wanted a map (N, K, h, w)")
        rows, columns = _follow(outputs[layer].grad_fn, leaf, layer)
    return ReceptiveField(
        size=(rows.last - rows.first + 1, columns.last - columns.first + 1),
        stride=(rows.stride, columns.stride),
        offset=(rows.first, columns.first),
    )


def outline(image: Tensor, box: Box, colour: Sequence[float] = _AMBER, width: int = 1) -> Tensor:
    """Return the image (3, H, W) with a frame along the inner edge of the box, as far as it lies inside."""
    top, left, bottom, right = box
    rows = torch.arange(image.shape[1], device=image.device)[:, None]
    columns = torch.arange(image.shape[2], device=image.device)
    inside = [
        (rows >= top + w) & (rows < bottom - w) & (columns >= left + w) & (columns < right - w)
        for w in (0, width)
    ]
    return torch.where(inside[0] & ~inside[1], torch.tensor(colour).to(image)[:, None, None], image)


@dataclass(frozen=True)
class _Reach:
    """What unit i of a row or column sees: pixels from first + i · stride to last + i · stride."""

    first: int = 0
    last: int = 0
    stride: int = 1

    def through(self, kernel: int, stride: int, padding: int, dilation: int = 1) -> "_Reach":
        """Return the reach behind a convolution or a pooling."""
        first = self.first - padding * self.stride
        last = self.last + ((kernel - 1) * dilation - padding) * self.stride
        return _Reach(first, last, self.stride * stride)


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
            reaches = [(_Reach(), _Reach())]
        known[step] = _behind(step, _all_of(reaches, layer), layer) if reaches else None
    found = known[end]
    if found is None:
        raise ValueError(f"what layer {layer!r} puts out does not depend on the picture")
    return found


def _all_of(reaches: Sequence[_Reaches], layer: str) -> _Reaches:
    """Return what is seen on any of the paths that meet."""
    together = []
    for paths in zip(*reaches, strict=True):
        if len({path.stride for path in paths}) > 1:
            raise ValueError(
                f"on the way to layer {layer!r} paths of different strides meet; name one earlier"
            )
        first, last = min(path.first for path in paths), max(path.last for path in paths)
        together.append(_Reach(first, last, paths[0].stride))
    return tuple(together)


def _behind(step: Any, reaches: _Reaches, layer: str) -> _Reaches:
    name = step.name().partition("Backward")[0]
    if name in _POINTWISE or name == "torch::autograd::AccumulateGrad":
        return reaches
    if name in _REGROUPING and _keeps_places(step):
        return reaches
    geometry: Sequence[Sequence[int]]
    if name == "Convolution" and not step._saved_transposed:
        kernel = step._saved_weight.shape[2:]
        geometry = (kernel, step._saved_stride, step._saved_padding, step._saved_dilation)
    elif name in _POOLS:
        kernel = step._saved_kernel_size
        dilation = getattr(step, "_saved_dilation", (1, 1))
        geometry = (kernel, step._saved_stride or kernel, step._saved_padding, dilation)
    elif name in _ADAPTIVE:
        geometry = _windows(step, layer)
    else:
        raise ValueError(
            f"on the way to layer {layer!r} is {step.name()}, behind which units see no window of the"
            " picture; name an earlier layer"
        )
    return tuple(
        reach.through(*sizes) for reach, sizes in zip(reaches, zip(*geometry, strict=True), strict=True)
    )


def _keeps_places(step: Any) -> bool:
    """Whether rows and columns, the last two dimensions, are what they were."""
    after = step._input_metadata[0].shape
    # Dimensions counted from the end are kept as huge unsigned numbers: what they name is not looked into.
    if step.name().startswith("Transpose"):
        return max(step._saved_dim0, step._saved_dim1) < len(after) - 2
    if step.name().startswith("Permute"):
        return tuple(step._saved_dims[-2:]) == (len(after) - 2, len(after) - 1)
    before = step._saved_self_sym_sizes
    return min(len(before), len(after)) >= 4 and tuple(before[-2:]) == tuple(after[-2:])


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
