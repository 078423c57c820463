"""The layers of a net as numbers: the ranges of their activations and gradients."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.graphs import check_leads_back, step_of
from coursekit.core.hooks import passing, record
from coursekit.core.images import check_tensors
from coursekit.core.inputs import check_input
from coursekit.core.targets import Target, explaining

__all__ = ["ActivationRange", "activation_ranges", "map_layers", "winning_channels"]


@dataclass(frozen=True)
class ActivationRange:
    """A layer's least and largest values for each of N images. Made by ``activation_ranges``.

    Attributes:
        layer: its name.
        shape: channels, rows and columns of its map.
        low: least activation (N,).
        high: largest activation (N,).
        gradient_low: least entry of the gradient of the score with respect to the activation (N,).
        gradient_high: largest entry of that gradient (N,).
    """

    layer: str
    shape: tuple[int, ...]
    low: Tensor
    high: Tensor
    gradient_low: Tensor
    gradient_high: Tensor


def map_layers(model: nn.Module, x: Tensor) -> list[str]:
    """Return the names of the layers that put out a map of several positions, in the order in which they run.

    Blocks made of layers are left out, and so are layers that run more than once in a pass, or that put out
    windows of a picture as if they were pictures (Swin).

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].

    Returns:
        Names of layers, such as "conv1".

    Raises:
        TypeError: ``model`` is no module, or ``x`` no tensor.
        ValueError: bad input.
    """
    check_input(model, x)
    blocks = {name for name, layer in model.named_modules() if any(True for _ in layer.children())}
    runs: Counter[str] = Counter()

    def see(name: str, output: Any) -> None:
        if name not in blocks and isinstance(output, Tensor) and output.ndim == 4 and len(output) == 1:
            runs[name] += 1 if output[0, 0].numel() > 1 else 2

    with explaining(model, x, None), passing(model, see):
        model(x[:1])
    return [name for name, count in runs.items() if count == 1]


def activation_ranges(
    model: nn.Module, x: Tensor, target: Target = None, *, layers: Sequence[str] | None = None
) -> list[ActivationRange]:
    """Return the least and largest activation of each layer, and of the score's gradient ∂s/∂A there.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].
        target: class whose score is differentiated; None for the predicted one.
        layers: names of the layers; None for all that ``map_layers`` lists.

    Returns:
        A range for each layer, in the order of ``layers``.

    Raises:
        TypeError: ``model`` is no module, or ``x`` no tensor.
        ValueError: bad input, target or layer, or a score that does not depend on the picture or the layer.
    """
    names = map_layers(model, x) if layers is None else list(layers)
    with explaining(model, x, target) as scorer, record(model, *names) as outputs:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            total = scorer.scores(leaf.clone(), torch.arange(len(x))).sum()
            check_leads_back({"the score": total}, step_of(leaf))
            gradients = _slopes(total, {name: outputs[name] for name in names})
        return [
            ActivationRange(name, tuple(outputs[name].shape[1:]), *_ends(outputs[name]), *_ends(gradient))
            for name, gradient in zip(names, gradients, strict=True)
        ]


def _slopes(total: Tensor, outputs: Mapping[str, Tensor]) -> list[Tensor]:
    """Return ∂ total / ∂ output for each layer's output, by one way back."""
    live = {name: output for name, output in outputs.items() if output.requires_grad}
    slopes = torch.autograd.grad(total, list(live.values()), allow_unused=True) if live else ()
    found = dict(zip(live, slopes, strict=True))
    if blind := [name for name in outputs if found.get(name) is None]:
        raise ValueError(
            f"the score does not depend on what layer {blind[0]!r} puts out in a way that can be"
            " differentiated: name layers that lead to it, layers=…"
        )
    return [found[name] for name in outputs]


def _ends(values: Tensor) -> tuple[Tensor, Tensor]:
    low, high = values.detach().flatten(1).aminmax(dim=1)
    return low, high


def winning_channels(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return, for every position, the channel that most often has the highest activation, and how often.

    Args:
        maps: activations (N, K, h, w) of N images.

    Returns:
        Number of the channel (h, w), the smallest where two are equal; and the share of the images in which
        it is the highest (h, w), in (0, 1].

    Raises:
        TypeError: ``maps`` is no tensor.
        ValueError: ``maps`` is of another rank or empty.
    """
    check_tensors(maps=maps)
    if maps.ndim != 4 or not maps.numel():
        raise ValueError(f"maps: wanted activations (N, K, h, w), got shape {tuple(maps.shape)}")
    highest = maps.argmax(1, keepdim=True)
    wins = torch.zeros_like(maps).scatter_(1, highest, 1.0).mean(0)
    share, channel = wins.max(0)
    return channel, share
