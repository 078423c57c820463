"""What the exercises of this chapter share: their cases, and the steps that their mistakes take."""

import torch
from torch import Tensor, nn

from coursekit.core.hooks import record
from coursekit.exercises.nets import Net

__all__ = ["ANSWERS", "SIZES", "draw_net", "length", "maps"]

# Not coursekit.core.hooks: `ck.record` lives there, and students are told to use it.
ANSWERS = ("coursekit.synthesis", "coursekit.exercises.deep_dream")

# One picture by itself, and sides and batches that differ, so that no axis can stand in for another.
SIZES = {"one picture": (1, 3, 9, 12), "a batch of two": (2, 3, 12, 10), "a batch of three": (3, 3, 10, 9)}


def draw_net(generator: torch.Generator) -> Net:
    """A small net with random weights."""
    return Net.drawn("classifier", generator)


def length(x: Tensor) -> Tensor:
    """The length of each picture as one long vector, (N, 1, 1, 1)."""
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def maps(model: nn.Module, x: Tensor, layer: str) -> Tensor:
    """What a layer puts out (N, K, h, w), with its graph."""
    with record(model, layer) as outputs:
        model(x)
    return outputs[layer]
