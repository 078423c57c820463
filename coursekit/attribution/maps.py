"""The map that a class activation map weighs: found in a net and taken out of a forward pass."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attribution.attentions import attentions
from coursekit.attribution.rectified import RectifiedPlaces
from coursekit.core.graphs import derivative
from coursekit.core.hooks import entering, passing
from coursekit.core.images import check_images
from coursekit.core.places import Where
from coursekit.core.targets import Scorer, explaining, resolve, score

__all__ = ["Look", "last_map", "look"]


@dataclass
class Look:
    """What a forward pass of some images shows of a layer. Made by ``look``.

    Attributes:
        scorer: the net, and what is explained.
        pictures: all the explained images (N, C, H, W).
        images: which of them were put through (n,).
        layer: name of the layer.
        run: which of its runs in a pass is meant, counted from 1: the last one that puts out a map.
        leaf: its map (n, K, h, w), which the outputs can be differentiated by.
        outputs: the net's scores (n, classes).
        index: the explained class of each image (n, 1).
        where: how the map lies in what the layer puts out.
        tokens: whether that is a transformer's tokens.
        layout: how images lie in memory for this net.
    """

    scorer: Scorer
    pictures: Tensor
    images: Tensor
    layer: str
    run: int
    leaf: Tensor
    outputs: Tensor
    index: Tensor
    where: Where
    tokens: bool
    layout: torch.memory_format

    @property
    def x(self) -> Tensor:
        """The images that were put through (n, C, H, W): a copy, since a net may write to its input."""
        return self.pictures[self.images].detach().contiguous(memory_format=self.layout)

    @property
    def maps(self) -> Tensor:
        """The layer's map A, (n, K, h, w)."""
        return self.leaf.detach()

    def gradient(self) -> Tensor:
        """Return ∂s/∂A, the gradient of the explained scores by the map.

        Returns:
            The gradient (n, K, h, w).

        Raises:
            ValueError: the scores do not depend on the map.
        """
        with torch.inference_mode(False):  # which also turns gradients on, whatever the caller turned off
            scores = score(self.outputs, self.index)
            gradient = derivative(scores.sum(), self.leaf, what=f"the map of layer {self.layer!r}")
        if self.tokens and not gradient.any():
            raise ValueError(
                f"the score does not depend on the map of layer {self.layer!r}: name a layer that leads to it"
            )
        return gradient


def last_map(model: nn.Module, x: Tensor) -> str:
    """Return the name of the layer that class activation maps use by themselves.

    It is the last, in the order of execution, to put out a map (N, K, h, w) of more than one position,
    poolings aside; also with the channels last (N, h, w, K). Where tokens (N, h·w + others, D) run behind the
    last such map, it is what put out the picture's tokens that the last attention reads, which are the last
    that all reach the score: a norm, in most vision transformers; without any attention, the last tokens.
    Where all tokens are the picture's, it is the last ones too if what the attention reads is a sum that no
    layer puts out, as between residual blocks that end in a norm: the norm gave but one branch of it.

    Of an activation that runs many times in a pass, the last run is meant. A layer with weights that does is
    passed over. An activation that is no layer of its own has no name, and the layer before it is named:
    DenseNet's batch norm. Where a method looks for the layer itself, it takes the map behind such an
    activation, if it is a ReLU that comes at once and nothing else reads what the layer puts out.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].

    Returns:
        The name, in the spelling of ``model.named_modules()``.

    Raises:
        ValueError: bad input, a net without a map, or one in whose tokens the picture cannot be told.
    """
    check_images(x)
    with explaining(model, x, None, checked=True) as scorer:
        return look(scorer, x, torch.arange(1)).layer


def look(
    scorer: Scorer,
    x: Tensor,
    images: Tensor,
    layer: str | None = None,
    layout: torch.memory_format | None = None,
    rectified: bool = False,
) -> Look:
    """Put some images through the net and take a layer's map out.

    Only what lies behind the layer is in the graph: nothing before the map can be differentiated. Where the
    map lies in what the layer puts out is followed from the picture on, see ``Places``.

    Args:
        scorer: the net, and what is explained.
        x: all the explained images (N, C, H, W).
        images: which of them are put through (n,).
        layer: name of the layer; None for the last one with a map.
        layout: how the images lie in memory; None for what is quickest.
        rectified: whether the map is taken behind a ReLU that follows by a function, see ``RectifiedPlaces``.

    Returns:
        The map, and the scores that it leads to.

    Raises:
        ValueError: the layer does not exist, does not run, has weights and runs more than once, or puts out
            no map of the picture.
    """
    # A fifth quicker on the CPU; but a net that flattens its map by view() takes only the usual layout.
    layout = layout or (torch.channels_last if x.device.type == "cpu" else torch.contiguous_format)
    names = [] if layer is None else [layer]
    scorer.layout = layout
    try:
        with torch.inference_mode(False), torch.no_grad():
            inputs = x[images].detach().contiguous(memory_format=layout)
            finder = _Finder(scorer.model, inputs, layer, rectified)
            reading = [] if names else sorted(finder.attentions - finder.within)
            entered = entering(scorer.model, finder.enter, *reading)
            with passing(scorer.model, finder.see, *names), entered, finder.places:
                outputs = scorer.outputs(inputs)
            index = resolve(outputs, scorer.target_of(images))
    except RuntimeError:
        if layout is torch.contiguous_format:
            raise
        return look(scorer, x, images, layer, torch.contiguous_format, rectified)
    name = finder.found()
    if finder.leaf is None or finder.where is None:
        return look(scorer, x, images, name, layout, rectified)
    taken = name, finder.run, finder.leaf if finder.places.map is None else finder.places.map
    return Look(scorer, x, images, *taken, outputs, index, finder.where, finder.tokens, layout)


class _Finder:
    """Watches a forward pass and takes a map out: of the layer ``wanted``, or of the last that has one."""

    def __init__(self, model: nn.Module, x: Tensor, wanted: str | None, rectified: bool) -> None:
        self.layers = dict(model.named_modules(remove_duplicate=False))
        self.picture = x.shape[1:]
        self.places = RectifiedPlaces(x, self.layers if rectified else {})
        self.wanted = wanted
        self.late = {wanted} if wanted else _late(self.layers)
        self.attentions, self.within = attentions(model)
        self.runs: Counter[str] = Counter()
        self.names: list[str] = []  # of the layers whose map could be the last, in the order of their maps
        self.reads = ""  # who put out the tokens that the next attention reads
        self.whole = False  # whether these tokens are all the picture's
        self.branch = False  # whether the attention that runs reads them only in a sum with others
        self.lost = ""  # who put out something in which the picture cannot be told, since then
        self.unread = ""  # the same, once an attention has read it
        self.attended = False
        self.leaf: Tensor | None = None
        self.where: Where | None = None
        self.run = 0  # which run of the layer puts the map out
        self.tokens = False
        self.output: Any = None
        self.pooled: Any = None

    def enter(self, name: str) -> None:
        """Note, as an attention begins, whether the tokens that it reads are a sum that no layer puts out."""
        self.branch = bool(self.reads) and not self.lost and self.whole and self.places.added

    def see(self, name: str, output: Any) -> Tensor | None:
        """Look at what a layer puts out; return what to put in its place."""
        with torch._C.DisableTorchFunction():  # what is only looked at moves nothing
            self.runs[name] += 1
            where, self.output = self.places.of(output), output
            if not (self.wanted or self._is_candidate(name, output, where)) or where is None:
                return None  # a ReLU may also serve where there is no map any more
            self.leaf, self.where, self.run = None, where, self.runs[name]
            self._add(name)
            self.tokens = output.ndim == 3
        if name not in self.late:
            return None
        # A leaf cuts off the graph before it. The net goes on with a copy, which it may overwrite.
        torch.set_grad_enabled(True)
        self.leaf = where.read(output).detach().requires_grad_()
        return self.places.follow(where.put_back(self.leaf.clone(), output), where)

    def _add(self, name: str) -> None:
        self.names.append(name)
        self.reads = self.lost = self.unread = ""

    def _is_candidate(self, name: str, output: Any, where: Where | None) -> bool:
        """Whether a layer's map could be the last; also note the tokens, and who reads them."""
        layer = self.layers[name]
        if name in self.attentions:
            self._attend()
        if "Pool" in type(layer).__name__ and not any(True for _ in layer.parameters()):
            self.pooled = output
            return False
        # A block that ends in a pooling puts out the very same tensor.
        pooled = output is self.pooled and any(True for _ in layer.children())
        if not isinstance(output, Tensor) or pooled or name in self.within:
            return False
        if self.places.lost(output):
            self.lost = name
        elif where and output.ndim == 3:
            self.reads, self.lost, self.whole = name, "", where.index is None
            self.places.watch(output)
        # Of the shape of the picture is a picture: what a layer for normalisation puts out.
        return where is not None and output.ndim == 4 and output.shape[1:] != self.picture

    def _attend(self) -> None:
        self.attended = not self.branch
        if self.branch:
            self.unread = ""
        elif self.lost:
            self.unread = self.lost
        elif self.reads:
            self._add(self.reads)
            self.leaf = None

    def found(self) -> str:
        """Return the layer's name. Its map is missing if it was not foreseen that it would be the last.

        Raises:
            ValueError: there is no map.
        """
        if self.wanted:
            self._check_wanted(self.wanted)
            return self.wanted
        if self.unread:
            raise ValueError(
                f"where the picture lies in what layer {self.unread!r} puts out cannot be told, and behind it"
                " runs an attention: name the layer whose map is meant"
            )
        if self.reads and not self.attended:
            self._add(self.reads)
            self.leaf = None
        usable = [name for name in self.names if self._runs_once(name)]
        if not usable:
            raise ValueError(
                "no layer of the net puts out a map (N, K, h, w) with more than one position, so there is no"
                " class activation map of it; use saliency or integrated_gradients, or name a layer"
            )
        if usable[-1] != self.names[-1]:
            self.leaf = None
        return usable[-1]

    def _runs_once(self, name: str) -> bool:
        """Whether one run of a layer is meant: its only one, or the last of a mere function, as a ReLU is."""
        return self.runs[name] == 1 or not self.layers[name].state_dict()

    def _check_wanted(self, name: str) -> None:
        if not self.runs[name] or not self._runs_once(name):
            how = "runs more than once" if self.runs[name] else "does not run"
            raise ValueError(f"layer {name!r} {how} in a forward pass; name one that runs once")
        if self.leaf is None:
            output = self.output
            came = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(
                f"layer {name!r} puts out {came}; wanted a map (N, K, h, w) or tokens (N, h·w + others, D)"
                " with more than one position, each of which can be followed from the picture on"
            )


def _late(layers: dict[str, nn.Module]) -> set[str]:
    """Name the layers from the last convolution on, and those that it is a part of.

    The last map is of one of these where layers are registered in the order in which they run. A guess that
    saves copying every layer's output; where it is wrong, there is a second pass.
    """
    names = list(layers)
    last = max((i for i, name in enumerate(names) if isinstance(layers[name], nn.Conv2d)), default=0)
    return {*names[last:], *(name for name in names if names[last].startswith(f"{name}."))}
