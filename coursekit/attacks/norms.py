"""A perturbation budget as three small methods: the steepest step, a random start, and the projection."""

from typing import Literal, Protocol

import torch
from torch import Tensor

__all__ = ["L0", "L2", "NORMS", "Linf", "Norm", "NormName", "find_norm"]

NormName = Literal["linf", "l2", "l0"]


class Norm(Protocol):
    """A ball {η : ‖η‖ ≤ ε} for each image; ε is in units of [0, 1], or for L0 a number of pixels."""

    def size(self, eta: Tensor) -> Tensor:
        """Return ‖η‖ of each image.

        Args:
            eta: changes η (N, C, H, W).

        Returns:
            Sizes (N,).
        """

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return the step of size 1 along which the loss grows fastest.

        Args:
            gradient: of the loss (N, C, H, W).

        Returns:
            Steps, shaped like the gradient.
        """

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Draw η at random from the ball.

        Args:
            like: images (N, C, H, W), whose shape, type and device are taken.
            eps: radius ε of the ball.
            generator: source of the numbers, on the CPU; None for torch's own.

        Returns:
            Changes η, shaped like ``like``.
        """

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Return the point of the ball that is nearest to η.

        Args:
            eta: changes η (N, C, H, W).
            eps: radius ε of the ball.

        Returns:
            Changes of size ε at most, shaped like ``eta``.
        """


class Linf:
    """max |η_i| ≤ ε: each pixel may move by ε."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the largest change of any number: max |η_i|.

        Args:
            eta: changes η (N, C, H, W).

        Returns:
            Sizes (N,).
        """
        return eta.flatten(1).abs().amax(1)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return sign(g).

        Args:
            gradient: g, of the loss (N, C, H, W).

        Returns:
            Steps of −1, 0 and 1, shaped like the gradient.
        """
        return gradient.sign()

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Draw each number of η from the uniform distribution on [−ε, ε].

        Args:
            like: images (N, C, H, W), whose shape, type and device are taken.
            eps: ε, in units of [0, 1].
            generator: source of the numbers, on the CPU; None for torch's own.

        Returns:
            Changes η, shaped like ``like``.
        """
        return eps * _uniform(like, generator)

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Clip each number of η to [−ε, ε].

        Args:
            eta: changes η (N, C, H, W).
            eps: ε, in units of [0, 1].

        Returns:
            Clipped changes, shaped like ``eta``.
        """
        return eta.clamp(-eps, eps)


class L2:
    """√Σ η_i² ≤ ε: the changes share one budget."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the Euclidean length √Σ η_i².

        Args:
            eta: changes η (N, C, H, W).

        Returns:
            Lengths (N,).
        """
        return eta.flatten(1).norm(dim=1)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return g / ‖g‖; a zero gradient gives a zero step.

        Args:
            gradient: g, of the loss (N, C, H, W).

        Returns:
            Steps of length 1, shaped like the gradient.
        """
        return gradient / _column(self.size(gradient), gradient).clamp_min(1e-12)

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Draw η uniformly from the ball of d dimensions: a random direction, with length ε u^(1/d).

        u is drawn uniformly from [0, 1].

        Args:
            like: images (N, C, H, W), whose shape, type and device are taken.
            eps: ε, in units of [0, 1].
            generator: source of the numbers, on the CPU; None for torch's own.

        Returns:
            Changes η, shaped like ``like``.
        """
        direction = self.steepest(
            torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)
        )
        length = torch.rand(len(like), generator=generator, dtype=like.dtype).to(like.device)
        return eps * (direction * _column(length, like) ** (1 / like[0].numel()))

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Scale η down to length ε where it is longer: η · min(1, ε / ‖η‖).

        Args:
            eta: changes η (N, C, H, W).
            eps: ε, in units of [0, 1].

        Returns:
            Changes of length ε at most, shaped like ``eta``.
        """
        return eta * (eps / _column(self.size(eta), eta).clamp_min(1e-12)).clamp_max(1)


class L0:
    """How many pixels differ ≤ ε, in any of their channels and by however much; ε is a whole number."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the number of pixels in which any channel is not 0.

        Args:
            eta: changes η (N, C, H, W).

        Returns:
            Counts (N,), as floats.
        """
        return eta.ne(0).any(1).flatten(1).sum(1).to(eta)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return g / max |g|: the projection then picks the pixels.

        Args:
            gradient: g, of the loss (N, C, H, W).

        Returns:
            Steps in [−1, 1], shaped like the gradient.
        """
        return gradient / _column(gradient.flatten(1).abs().amax(1), gradient).clamp_min(1e-12)

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Draw each number of η from the uniform distribution on [−1, 1], and keep the ε strongest pixels.

        Args:
            like: images (N, C, H, W), whose shape, type and device are taken.
            eps: ε, a number of pixels.
            generator: source of the numbers, on the CPU; None for torch's own.

        Returns:
            Changes η, shaped like ``like``.
        """
        return self.project(_uniform(like, generator), eps)

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Keep the ε pixels that differ most, by Σ_c η_c², and undo the others.

        Args:
            eta: changes η (N, C, H, W).
            eps: ε, a number of pixels.

        Returns:
            Changes of ε pixels at most, shaped like ``eta``.
        """
        energy = eta.square().sum(1).flatten(1)
        kept = energy.topk(min(int(eps), energy.shape[1])).indices
        chosen = torch.zeros_like(energy).scatter_(1, kept, 1).unflatten(1, eta.shape[2:])
        return eta * chosen[:, None]


NORMS: dict[str, Norm] = {"linf": Linf(), "l2": L2(), "l0": L0()}


def find_norm(name: str) -> Norm:
    """Return the norm of a name.

    Args:
        name: "linf", "l2" or "l0".

    Returns:
        The norm's ball.

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
    """In [−1, 1]; drawn on the CPU, so that one seed gives one start on every device."""
    return torch.rand(like.shape, generator=generator, dtype=like.dtype).to(like.device) * 2 - 1
