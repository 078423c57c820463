"""The rounding of another device, the same each time: of sums of products, and of what TF32 multiplies."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

SIZE = 1e-6
ON = False
TF32 = False
_OPERANDS = {"convolution": 2, "convolution_backward": 3}
_DROPPED = 13  # of the 23 bits of a mantissa


def shortened(name: str, args: list[Any]) -> list[Any]:
    """What a convolution multiplies, of which TF32 keeps 10 bits where torch allows it, as by default."""
    n = _OPERANDS.get(name, 0) if torch.backends.cudnn.allow_tf32 else 0
    return [*map(_shortened, args[:n]), *args[n:]]


def _shortened(value: Tensor) -> Tensor:
    if value.dtype != torch.float32:
        return value
    half, mask = 1 << (_DROPPED - 1), -1 << _DROPPED
    return ((value.view(torch.int32) + half) & mask).view(torch.float32)


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
