"""The rounding of another device: sums of products are up to 1e-6 of their size off, the same each time."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

SIZE = 1e-6
ON = False


def rounded(result: Any) -> Any:
    """Products in single precision, each a little off; double precision and all else as it is."""
    if isinstance(result, Tensor):
        return result.mul_(_factors(_some(result.shape))) if result.dtype == torch.float32 else result
    if isinstance(result, (list, tuple)):
        return type(result)([rounded(item) for item in result])
    return result


def _some(shape: torch.Size) -> torch.Size:
    """The shape; or for large tensors that of one item: all of a batch may be off alike."""
    return shape if shape.numel() <= 1 << 16 or len(shape) < 3 else shape[1:]


@lru_cache(maxsize=256)
def _factors(shape: torch.Size) -> Tensor:
    chance = torch.Generator().manual_seed(shape.numel())
    return 1 + SIZE * (2 * torch.rand(shape, generator=chance) - 1)
