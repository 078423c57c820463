"""Kernels as pictures, and a number for how noisy they look."""

import torch
from torch import Tensor, nn

from coursekit.core.images import check_tensors

__all__ = ["first_kernels", "kernel_noise", "kernel_pictures"]

_GRID = 32  # frequencies to the axis, at least: a kernel of 9 pixels has too few of its own to cut between


def first_kernels(model: nn.Module) -> Tensor:
    """Return a copy of the weights of the net's first convolution, without a graph.

    The first is the one that ``model.modules()`` lists first, even if several see the picture (RepVGG).

    Args:
        model: the net.

    Returns:
        Kernels (K, C, h, w).

    Raises:
        ValueError: the net has no convolution.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            return layer.weight.detach().clone()
    raise ValueError(f"the net ({type(model).__name__}) has no nn.Conv2d, so no kernels to look at")


def kernel_pictures(weight: Tensor, *, jointly: bool = False) -> Tensor:
    """Return kernels as pictures in [0, 1]: (w − min w) / (max w − min w), over all of a kernel's numbers.

    Args:
        weight: kernels (K, C, h, w), or the rows of a linear layer given the shape of the picture.
        jointly: take least and largest value of all kernels instead of each by itself. Then brightness
            compares kernels, and weak ones are grey.

    Returns:
        Pictures shaped like ``weight``. A kernel of one value is grey, 0.5.

    Raises:
        TypeError: ``weight`` is no tensor.
        ValueError: ``weight`` is of another rank, or holds NaN.

    Reference: Krizhevsky, Sutskever & Hinton 2012, figure 3.
    """
    _check(weight)
    axes = (0, 1, 2, 3) if jointly else (1, 2, 3)
    low, high = weight.amin(axes, keepdim=True), weight.amax(axes, keepdim=True)
    return torch.where(high > low, (weight - low) / (high - low), 0.5)


def kernel_noise(weight: Tensor, *, cutoff: float = 0.25) -> Tensor:
    """Return how noisy each kernel is: the share of its energy above a spatial frequency.

    Σ |F(f)|² over |f| > cutoff, divided by Σ |F(f)|² over all f, where F is the Fourier transform of the
    kernel, padded with zeros, and both sums run over its colours. White noise has about 1 − π cutoff².

    Args:
        weight: kernels (K, C, h, w).
        cutoff: in cycles per pixel, in (0, 0.5]; stripes of two pixels have 0.5.

    Returns:
        Shares (K,) in [0, 1]; 0 for a kernel of zeros.

    Raises:
        TypeError: ``weight`` is no tensor.
        ValueError: ``weight`` is of another rank or holds NaN, or the cutoff is out of range.
    """
    _check(weight)
    if not 0 < cutoff <= 0.5:
        raise ValueError(f"cutoff: wanted cycles per pixel in (0, 0.5], got {cutoff}")
    size = max(_GRID, *weight.shape[2:])
    energy = torch.fft.fft2(weight, s=(size, size)).abs().square().sum(1)
    along = torch.fft.fftfreq(size, device=weight.device)
    fine = torch.hypot(along[:, None], along) > cutoff
    total = energy.sum((1, 2))
    return (energy * fine).sum((1, 2)) / total.clamp(min=torch.finfo(total.dtype).tiny)


def _check(weight: Tensor) -> None:
    check_tensors(weight=weight)
    if weight.ndim != 4:
        raise ValueError(f"weight: wanted kernels (K, C, h, w), got shape {tuple(weight.shape)}")
    if not weight.isfinite().all():
        raise ValueError("weight: there are NaN or infinite entries; wanted finite numbers")
