"""Sums of contributions of a linear layer by a part of its weight, without a copy of the whole weight."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Blockwise"]

_NUMBERS = 2**20
"""Numbers in a block of rows: 4 MB in single precision, which a processor's cache holds."""


class Blockwise(torch.autograd.Function):
    """Puts x through a part of a weight, such as w⁺, a block of rows at a time.

    The first linear layer of VGG16 has 100 million weights. To write out the positive ones takes longer than
    all that is calculated with them, and 400 MB.

    Args:
        x: inputs (…, F).
        weight: w (K, F), which gets no gradient.
        part: makes the part of some rows of the weight, of the same shape.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """Return Σ x part(w) for each unit (…, K)."""
        ctx.blocks, ctx.part = _blocks(weight), part
        return torch.cat([F.linear(x, part(rows)) for rows in ctx.blocks], dim=-1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient for x, and None for the weight and its part."""
        by_rows = gradients[0].split([len(rows) for rows in ctx.blocks], dim=-1)
        first, *others = zip(by_rows, ctx.blocks, strict=True)
        passed = first[0] @ ctx.part(first[1])
        for gradient, rows in others:
            passed += gradient @ ctx.part(rows)
        return passed, None, None


def _blocks(weight: Tensor) -> tuple[Tensor, ...]:
    """Split a weight (K, F) into blocks of rows."""
    return weight.split(max(1, _NUMBERS // max(1, weight.shape[1])))
