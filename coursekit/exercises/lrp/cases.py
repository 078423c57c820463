"""What the exercises of this chapter share: the rule of one layer in two forms, and how numbers are drawn."""

import torch
from torch import Tensor, nn

__all__ = ["ANSWERS", "backward", "contributions", "draw_eps", "spread", "stabilise"]

ANSWERS = ("coursekit.attribution", "coursekit.core.hooks", "coursekit.exercises.lrp", "captum", "zennit")


def stabilise(z: Tensor, eps: float) -> Tensor:
    """z, moved away from 0 by eps; 0 itself counts as positive."""
    return torch.where(z >= 0, z + eps, z - eps)


def contributions(activation: Tensor, weight: Tensor) -> Tensor:
    """What each input (N, J) brings to each output of a linear layer, (N, K, J)."""
    return activation[:, None] * weight


def spread(parts: Tensor, total: Tensor, relevance: Tensor) -> Tensor:
    """Divide the relevance of each output (N, K) by its total, and hand it out by the parts (N, K, J)."""
    return torch.einsum("nkj,nk->nj", parts, relevance / total)


def backward(layer: nn.Module, activation: Tensor, message: Tensor) -> Tensor:
    """Bring a message from the layer's output back to its input, through the transposed weights."""
    activation = activation.detach().requires_grad_()
    return torch.autograd.grad(layer(activation), activation, message)[0]


def draw_eps(generator: torch.Generator) -> float:
    """An ε large enough to be seen in the result."""
    return 0.1 + 0.2 * float(torch.rand((), generator=generator))
