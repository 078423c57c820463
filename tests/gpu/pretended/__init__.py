"""A GPU that is pretended: what a notebook would do on CUDA, seen on a machine that has none.

    with pretending():
        x = torch.rand(2, 3, device="cuda")   # x.device is cuda:0
        x + torch.rand(2, 3)                  # RuntimeError, as on CUDA

See tests/GPU.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

__all__ = ["pretending", "switch_on"]


@contextmanager
def pretending(*, rounding: bool = False, tf32: bool = False) -> Iterator[None]:
    """Let there be a GPU in the block: one, `cuda:0`. Tensors made on it must not leave the block.

    With `rounding`, sums of products come out up to 1e-6 of their size off, as on another device.
    With `tf32`, convolutions multiply numbers of 10 bits, about 1e-3 off, as on NVIDIA's from 2020 on, where
    `torch.backends.cudnn.allow_tf32` does not forbid it.
    """
    import torch._dynamo  # noqa: F401 - optimisers do, and it remembers torch's names as it finds them

    with _changed(rounding, tf32):
        yield


@contextmanager
def _changed(rounding: bool, tf32: bool) -> Iterator[None]:
    from tests.gpu.pretended import rounding as rounds
    from tests.gpu.pretended.names import renamed
    from tests.gpu.pretended.tensor import Factories

    with patch.multiple(rounds, ON=rounding, TF32=tf32), renamed(), Factories():
        yield


def switch_on(*, rounding: bool = False, tf32: bool = False) -> None:
    """Let there be a GPU for as long as this process lives, as in the first cell of a notebook."""
    global _on
    _on = _changed(rounding, tf32)
    _on.__enter__()
