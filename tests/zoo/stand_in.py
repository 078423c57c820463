"""What ``ck.wrap`` does, until it is there."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["wrap"]


class Wrapped(nn.Module):
    def __init__(self, model: nn.Module, mean: Sequence[float] | None, std: Sequence[float] | None) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("mean", torch.tensor(mean or (0.0,)).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std or (1.0,)).view(-1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        outputs = self.model((x - self.mean) / self.std)
        return outputs if isinstance(outputs, Tensor) else outputs.logits


def wrap(
    model: nn.Module,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    classes: Sequence[str] | None = None,
) -> nn.Module:
    wrapped = Wrapped(model, mean, std).train(model.training)
    wrapped.classes = classes
    return wrapped
