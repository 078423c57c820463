"""The map that a class activation map weighs: found in a net and taken out of a forward pass."""

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attribution.targets import Scorer, explaining, resolve, score
from coursekit.hooks import passing
from coursekit.images import check_images

__all__ = ["Look", "last_map", "look", "put_back"]


@dataclass
class Look:
    """What a forward pass of some images shows of a layer. Made by ``look``.

    Attributes:
        scorer: the net, and what is explained.
        pictures: all the explained images (N, C, H, W).
        images: which of them were put through (n,).
        layer: name of the layer.
        leaf: its map (n, K, h, w), which the outputs can be differentiated by.
        outputs: the net's scores (n, classes).
        index: the explained class of each image (n, 1).
        tokens: whether the layer puts out a transformer's tokens.
        layout: how images lie in memory for this net.
    """

    scorer: Scorer
    pictures: Tensor
    images: Tensor
    layer: str
    leaf: Tensor
    outputs: Tensor
    index: Tensor
    tokens: bool
    layout: torch.memory_format

    @property
    def x(self) -> Tensor:
        """The images that were put through (n, C, H, W): a copy, since a net may write to its input."""
        return _laid(self.pictures[self.images], self.layout)

    @property
    def maps(self) -> Tensor:
        """The layer's map A, (n, K, h, w)."""
        return self.leaf.detach()

    def gradient(self) -> Tensor:
        """Return ∂s/∂A, shaped like the map.

        Raises:
            ValueError: the scores do not depend on the map.
        """
        gradient = None
        if self.outputs.requires_grad:
            with torch.inference_mode(False):  # which also turns gradients on, whatever the caller turned off
                scores = score(self.outputs, self.index)
                (gradient,) = torch.autograd.grad(scores.sum(), self.leaf, allow_unused=True)
        if gradient is None or (self.tokens and not gradient.any()):
            raise ValueError(
                f"the score does not depend on the map of layer {self.layer!r}: name a layer that leads to it"
            )
        return gradient


def last_map(model: nn.Module, x: Tensor) -> str:
    """Return the name of the layer that class activation maps use by themselves.

    It is the last to put out a map (N, K, h, w) of more than one position, poolings aside, that runs once in
    a pass; in a vision transformer, the norm before the last attention, whose tokens (N, 1 + h·w, D) are the
    last that all reach the score.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].

    Raises:
        ValueError: bad input, or a net without a map.
    """
    check_images(x)
    with explaining(model, x, None) as scorer:
        return look(scorer, x, torch.arange(1)).layer


def look(
    scorer: Scorer,
    x: Tensor,
    images: Tensor,
    layer: str | None = None,
    layout: torch.memory_format | None = None,
) -> Look:
    """Put some images through the net and take a layer's map out.

    Only what lies behind the layer is in the graph: nothing before the map can be differentiated.

    Args:
        scorer: the net, and what is explained.
        x: all the explained images (N, C, H, W).
        images: which of them are put through (n,).
        layer: name of the layer; None for the last one with a map.
        layout: how the images lie in memory; None for what is quickest.

    Raises:
        ValueError: the layer does not exist, does not run exactly once, or puts out no map of the picture.
    """
    finder = _Finder(scorer.model, x, layer)
    names = [] if layer is None else [layer]
    # A fifth quicker on the CPU; but a net that flattens its map by view() takes only the usual layout.
    layout = layout or (torch.channels_last if x.device.type == "cpu" else torch.contiguous_format)
    try:
        with passing(scorer.model, finder.see, *names), torch.inference_mode(False), torch.no_grad():
            outputs = scorer.outputs(_laid(x[images], layout))
            index = resolve(outputs, scorer.target_of(images))
    except RuntimeError:
        if layout is torch.contiguous_format:
            raise
        return look(scorer, x, images, layer, torch.contiguous_format)
    name = finder.found()
    if finder.leaf is None:
        return look(scorer, x, images, name, layout)
    return Look(scorer, x, images, name, finder.leaf, outputs, index, finder.tokens, layout)


def _laid(x: Tensor, layout: torch.memory_format) -> Tensor:
    return x.detach().contiguous(memory_format=layout)


class _Finder:
    """Watches a forward pass and takes a map out: of the layer ``wanted``, or of the last that has one."""

    def __init__(self, model: nn.Module, x: Tensor, wanted: str | None) -> None:
        self.layers = dict(model.named_modules(remove_duplicate=False))
        self.picture = x.shape[1:]
        self.wanted = wanted
        self.late = {wanted} if wanted else _late(self.layers)
        self.readers, self.within = _around_attention(model)
        self.runs: Counter[str] = Counter()
        self.name = ""
        self.leaf: Tensor | None = None
        self.tokens = False
        self.output: Any = None
        self.pooled: Any = None

    def see(self, name: str, output: Any) -> Tensor | None:
        """Look at what a layer puts out; return what to put in its place."""
        self.runs[name] += 1
        if self.wanted:
            self.output = output
        elif not self._is_candidate(name, output):
            return None
        maps = _as_map(output, self.picture)
        if maps is None:
            return None
        self.name, self.leaf, self.tokens = name, None, output.ndim == 3
        if name not in self.late:
            return None
        # The map becomes a leaf, which cuts off the graph before it. The net goes on with a copy, which it
        # may overwrite.
        torch.set_grad_enabled(True)
        self.leaf = maps.detach().requires_grad_()
        return put_back(self.leaf.clone(), output)

    def _is_candidate(self, name: str, output: Any) -> bool:
        layer = self.layers[name]
        if "Pool" in type(layer).__name__:
            self.pooled = output
            return False
        # A block that ends in a pooling puts out the very same tensor.
        pooled = output is self.pooled and any(True for _ in layer.children())
        if not isinstance(output, Tensor) or pooled or self.runs[name] > 1:
            return False
        if output.ndim != 4:
            return name in self.readers
        # Of the shape of the picture is a picture: what a layer for normalisation puts out.
        return output.shape[1:] != self.picture and name not in self.within

    def found(self) -> str:
        """Return the layer's name. Its map is missing if it was not foreseen that it would be the last.

        Raises:
            ValueError: there is no map.
        """
        if self.wanted and self.runs[self.wanted] != 1:
            how = "runs more than once" if self.runs[self.wanted] else "does not run"
            raise ValueError(f"layer {self.wanted!r} {how} in a forward pass; name one that runs once")
        if self.name:
            return self.name
        if not self.wanted:
            raise ValueError(
                "no layer of the net puts out a map (N, K, h, w) with more than one position, so there is no"
                " class activation map of it; use saliency or integrated_gradients, or name a layer"
            )
        came = tuple(self.output.shape) if isinstance(self.output, Tensor) else type(self.output).__name__
        raise ValueError(
            f"layer {self.wanted!r} puts out {came}; wanted a map (N, K, h, w) or tokens (N, 1 + h·w, D) with"
            " more than one position"
        )


def _late(layers: dict[str, nn.Module]) -> set[str]:
    """Name the layers from the last convolution on, and those that it is a part of.

    The last map is of one of these where layers are registered in the order in which they run. A guess that
    saves copying every layer's output; where it is wrong, there is a second pass.
    """
    names = list(layers)
    last = max((i for i, name in enumerate(names) if isinstance(layers[name], nn.Conv2d)), default=0)
    return {*names[last:], *(name for name in names if names[last].startswith(f"{name}."))}


def _around_attention(model: nn.Module) -> tuple[set[str], set[str]]:
    """Name the layers registered right before an attention layer, as the norm of a transformer's block is.

    Then those inside one, where weights (N, heads, tokens, tokens) pass that are no map of the picture.
    """
    before, within = set(), set()
    for path, block in model.named_modules():
        names = [f"{path}.{name}".removeprefix(".") for name, _ in block.named_modules()]
        if path and "Attention" in type(block).__name__:
            within |= {*names[1:]}
        for (name, _), (_, layer) in pairwise(block.named_children()):
            if "Attention" in type(layer).__name__:
                before.add(f"{path}.{name}".removeprefix("."))
    return before, within


def _as_map(output: Any, picture: torch.Size) -> Tensor | None:
    """Return a layer's output as a map (N, K, h, w), or None for what is none of more than one position.

    Args:
        output: a map (N, K, h, w), also with the channels last (N, h, w, K), which is told by the picture's
            shape; or tokens (N, h·w, D) or (N, 1 + h·w, D), in rows, the class's first.
        picture: shape (C, H, W) of the picture.
    """
    if not isinstance(output, Tensor) or not output.is_floating_point():
        return None
    if output.ndim == 3 and (grid := _grid(output.shape[1], picture)):
        return output[:, -math.prod(grid) :].transpose(1, 2).unflatten(2, grid)
    if output.ndim != 4:
        return None
    maps = output.permute(0, 3, 1, 2) if _channels_last(output, picture) else output
    return maps if maps.shape[2] * maps.shape[3] > 1 else None


def put_back(maps: Tensor, output: Tensor) -> Tensor:
    """Return the layer's ``output`` with another map in it: the inverse of ``_as_map``."""
    if output.ndim == 3:
        tokens = maps.flatten(2).transpose(1, 2)
        return torch.cat([output[:, : output.shape[1] - tokens.shape[1]], tokens], dim=1)
    return maps if maps.shape[1:] == output.shape[1:] else maps.permute(0, 2, 3, 1)


def _grid(tokens: int, picture: torch.Size) -> tuple[int, int] | None:
    """Return the rows and columns that ``tokens``, less one for the class or not, form on the picture."""
    _, height, width = picture
    for places in (tokens - 1, tokens):
        rows = math.isqrt(places * height // width)
        if rows and rows * width % height == 0 and rows * (rows * width // height) == places > 1:
            return rows, rows * width // height
    return None


def _channels_last(output: Tensor, picture: torch.Size) -> bool:
    """Whether the first two sizes have the picture's aspect, and the last two clearly less so."""
    _, height, width = picture

    def off(rows: int, columns: int) -> float:
        return abs(math.log(rows * width / (columns * height)))

    first = off(*output.shape[1:3])
    return first < math.log(2) and off(*output.shape[2:4]) > first + 0.25
