"""A perturbation budget as three small methods: the steepest step, a random start, and the projection."""

from typing import Protocol

import torch
from torch import Tensor

__all__ = ["L2", "NORMS", "Linf", "Norm", "find_norm"]


class Norm(Protocol):
    """A ball {η : ‖η‖ ≤ ε} per image; all tensors are (N, C, H, W), ε is in pixel units of [0, 1]."""

    def size(self, eta: Tensor) -> Tensor:
        """Return ‖η‖ of each image, shape (N,)."""

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return the step of unit norm along which the loss grows fastest."""

    def random(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return η drawn uniformly from the unit ball."""

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Return the point of the ball of radius ``eps`` nearest to η."""


class Linf:
    """max |η_i| ≤ ε: each pixel may move by ε."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the largest change of any pixel, (N,)."""
        return eta.flatten(1).abs().amax(1)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return sign(g)."""
        return gradient.sign()

    def random(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return independent pixels, uniform in [−1, 1]."""
        return _uniform(like, generator) * 2 - 1

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Clip each pixel to [−ε, ε]."""
        return eta.clamp(-eps, eps)


class L2:
    """√Σ η_i² ≤ ε: the changes share one budget."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the Euclidean length, (N,)."""
        return eta.flatten(1).norm(dim=1)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return g / ‖g‖; a zero gradient gives a zero step."""
        return gradient / _column(self.size(gradient), gradient).clamp_min(1e-12)

    def random(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a random direction with length u^(1/d), which is uniform in the ball of d dimensions."""
        direction = self.steepest(
            torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)
        )
        length = torch.rand(len(like), generator=generator, dtype=like.dtype).to(like.device)
        return direction * _column(length, like) ** (1 / like[0].numel())

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Scale η down to length ε where it is longer."""
        return eta * (eps / _column(self.size(eta), eta).clamp_min(1e-12)).clamp_max(1)


NORMS: dict[str, Norm] = {"linf": Linf(), "l2": L2()}


def find_norm(name: str) -> Norm:
    """Return the norm called ``name``.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in NORMS:
        raise ValueError(f"norm: wanted one of {', '.join(NORMS)}, got {name!r}")
    return NORMS[name]


def _column(values: Tensor, like: Tensor) -> Tensor:
    """(N,) as (N, 1, 1, 1), to broadcast over images."""
    return values.view(-1, *[1] * (like.ndim - 1))


def _uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Drawn on the CPU, so that one seed gives one start on every device."""
    return torch.rand(like.shape, generator=generator, dtype=like.dtype).to(like.device)
