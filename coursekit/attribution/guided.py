"""Gradients for which each ReLU has another rule on the way back."""

import torch
from torch import Tensor, nn

from coursekit.attribution.gradient import saliency
from coursekit.core.registry import method
from coursekit.core.relus import relu_rule
from coursekit.core.targets import Target

__all__ = ["deconvnet", "guided_backprop"]


@method("gradient", "guided backpropagation", row="guided backprop", peer="captum.attr:GuidedBackprop")
def guided_backprop(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return the guided gradient: ∂s/∂x where each ReLU passes only positive gradients to positive inputs.

    At a ReLU: g ← g · [input > 0] · [g > 0]; at a ReLU6: g ← g · [0 < input < 6] · [g > 0].

    Args:
        model: the net.
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F).
        target: class, or unit of the layer, that is explained; None for the predicted class.
        layer: name of the layer whose unit is explained; None for the scores.
        batch_size: how many inputs go through the net at once.

    Returns:
        Attribution shaped like ``x``, with its sign.

    Raises:
        ValueError: bad input, target or layer, a net without ReLU, or with another rectifier (it is named).

    Reference: Springenberg, Dosovitskiy, Brox & Riedmiller 2015 (arXiv:1412.6806).
    """
    with relu_rule(model, _guided):
        return saliency(model, x, target, layer=layer, batch_size=batch_size)


@method("gradient", "deconvnet", peer="captum.attr:Deconvolution")
def deconvnet(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return the deconvnet's picture: ∂s/∂x where each ReLU passes positive gradients to any input.

    At a ReLU: g ← g · [g > 0]. A ReLU6, which the paper does not know and whose output has a ceiling, is open
    where it has a slope: g ← g · [0 < input < 6] · [g > 0].

    Args:
        model: the net.
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F).
        target: class, or unit of the layer, that is explained; None for the predicted class.
        layer: name of the layer whose unit is explained; None for the scores.
        batch_size: how many inputs go through the net at once.

    Returns:
        Attribution shaped like ``x``, with its sign.

    Raises:
        ValueError: bad input, target or layer, a net without ReLU, or with another rectifier (it is named).

    Reference: Zeiler & Fergus 2014 (arXiv:1311.2901).
    """
    with relu_rule(model, _deconvnet):
        return saliency(model, x, target, layer=layer, batch_size=batch_size)


def _guided(gradient: Tensor, output: Tensor) -> Tensor:
    # The ReLU's own backward pass, in one sweep; a comparison and a product take 20 times as long.
    return torch.ops.aten.threshold_backward(gradient.clamp(min=0), output, 0)


def _deconvnet(gradient: Tensor, output: Tensor) -> Tensor:
    return gradient.clamp(min=0)
