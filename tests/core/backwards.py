"""The way back through a small net, written down layer by layer."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["backwards"]

Rule = Callable[[Tensor, Tensor], Tensor]


def backwards(
    model: nn.Module, x: Tensor, target: int, rectify: Callable[[Tensor], Tensor], rule: Rule
) -> Tensor:
    """Return the gradient for ``x`` of a net built as ``nets.Modular``, with a rule for its rectifiers.

    Args:
        model: the net.
        x: images.
        target: the class.
        rectify: what the net's rectifiers do.
        rule: (gradient that arrives, the rectifier's input) → gradient that leaves.
    """
    inputs, layers = [], [model.conv1, rectify, model.pool, lambda x: model.norm(model.conv2(x)), rectify]
    layers += [model.pool, model.conv3, rectify, lambda x: model.head(x.mean((2, 3)))]
    for layer in layers:
        inputs.append(x.detach().requires_grad_())
        x = layer(inputs[-1])
    gradient = F.one_hot(torch.full((len(x),), target), x.shape[1]).to(x)
    for layer, before in reversed(list(zip(layers, inputs, strict=True))):
        if layer is rectify:
            gradient = rule(gradient, before)
        else:
            (gradient,) = torch.autograd.grad(layer(before), before, gradient)
    return gradient
