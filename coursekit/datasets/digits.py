"""scikit-learn's 1,797 handwritten digits as images: real data that needs no download."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

__all__ = ["CLASSES", "load_digits"]

CLASSES = tuple("0123456789")
_SIZE = 32
_TEST = 360
_SPLITS = ("train", "test")


def load_digits(split: str = "train") -> tuple[Tensor, Tensor]:
    """Return the digits of one half of a fixed split.

    The scans have 8×8 pixels of 17 grey levels; they are enlarged by bicubic interpolation, which adds no
    information but gives a convolution room. The test half holds 360 digits, drawn once for all with seed 0.

    Args:
        split: ``"train"`` (1,437 digits) or ``"test"`` (360).

    Returns:
        Images (N, 1, 32, 32) float32 in [0, 1], white on black, and labels (N,) int64.

    Raises:
        ValueError: ``split`` is neither.

    Reference: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998, as shipped with
        scikit-learn.
    """
    if split not in _SPLITS:
        raise ValueError(f"load_digits: wanted a split of {_SPLITS}, got {split!r}")
    images, labels = _all_digits()
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(labels)))
    chosen = order[:_TEST] if split == "test" else order[_TEST:]
    return images[chosen], labels[chosen]


@lru_cache(maxsize=1)
def _all_digits() -> tuple[Tensor, Tensor]:
    from sklearn import datasets

    data = datasets.load_digits()
    scans = torch.from_numpy(data.images).float()[:, None] / 16
    images = interpolate(scans, size=(_SIZE, _SIZE), mode="bicubic", align_corners=False).clamp(0, 1)
    return images, torch.from_numpy(data.target).long()
