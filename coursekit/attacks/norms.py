"""A perturbation budget as three small methods: the steepest step, a random start, and the projection."""

from typing import Literal, Protocol

import torch
from torch import Tensor

__all__ = [
    "L0",
    "L2",
    "NORMS",
    "Linf",
    "Norm",
    "NormName",
    "assert_size",
    "assert_within",
    "find_norm",
    "to_grid",
]

NormName = Literal["linf", "l2", "l0"]


class Norm(Protocol):
    """A ball {η : ‖η‖ ≤ ε} per image; all tensors are (N, C, H, W), ε is in pixel units of [0, 1]."""

    def size(self, eta: Tensor) -> Tensor:
        """Return ‖η‖ of each image, shape (N,)."""

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return the step of unit norm along which the loss grows fastest."""

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Return η drawn at random from the ball of radius ``eps``."""

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

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Return independent pixels, uniform in [−ε, ε]."""
        return eps * _uniform(like, generator)

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

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Return a random direction with length ε u^(1/d), which is uniform in the ball of d dimensions."""
        direction = self.steepest(
            torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)
        )
        length = torch.rand(len(like), generator=generator, dtype=like.dtype).to(like.device)
        return eps * (direction * _column(length, like) ** (1 / like[0].numel()))

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Scale η down to length ε where it is longer."""
        return eta * (eps / _column(self.size(eta), eta).clamp_min(1e-12)).clamp_max(1)


class L0:
    """How many pixels differ ≤ ε, in any of their channels and by however much; ε is a whole number."""

    def size(self, eta: Tensor) -> Tensor:
        """Return the number of pixels that are not 0, (N,)."""
        return eta.ne(0).any(1).flatten(1).sum(1).to(eta)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return g / max |g|: the projection then picks the pixels."""
        return gradient / _column(gradient.flatten(1).abs().amax(1), gradient).clamp_min(1e-12)

    def random(self, like: Tensor, eps: float, generator: torch.Generator | None) -> Tensor:
        """Return ε random pixels, each uniform in [−1, 1]."""
        return self.project(_uniform(like, generator), eps)

    def project(self, eta: Tensor, eps: float) -> Tensor:
        """Keep the ε pixels that differ most, and undo the others."""
        energy = eta.square().sum(1).flatten(1)
        kept = energy.topk(min(int(eps), energy.shape[1])).indices
        chosen = torch.zeros_like(energy).scatter_(1, kept, 1).unflatten(1, eta.shape[2:])
        return eta * chosen[:, None]


NORMS: dict[str, Norm] = {"linf": Linf(), "l2": L2(), "l0": L0()}


def find_norm(name: str) -> Norm:
    """Return the norm called ``name``.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in NORMS:
        raise ValueError(f"norm: wanted one of {', '.join(NORMS)}, got {name!r}")
    return NORMS[name]


def assert_within(adversarial: Tensor, x: Tensor, ball: Norm, eps: float) -> None:
    """Asserted, not hoped: the images are within ``eps`` of ``x``, and in [0, 1]."""
    assert_size(adversarial - x, ball, eps)
    low, high = (v.item() for v in torch.aminmax(adversarial))
    if not (low >= 0 and high <= 1):
        raise AssertionError(f"attack left its budget: pixels {low:.3g} to {high:.3g}")


def assert_size(eta: Tensor, ball: Norm, eps: float) -> None:
    """Assert ‖η‖ ≤ ε; rounding may add a few units in the last place, never more."""
    size = ball.size(eta).amax().item()
    if not size <= eps * (1 + 1e-4) + 1e-6:
        raise AssertionError(f"attack left its budget: size {size:.6g} for eps {eps:.6g}")


def to_grid(adversarial: Tensor, x: Tensor, ball: Norm, eps: float) -> Tensor:
    """Round ``adversarial`` to grey levels k/255, within the ball around ``x``, which has such levels.

    x + round(s · η) for the largest s with ‖round(s · η)‖₂ ≤ ‖η‖₂ and ‖round(s · η)‖ ≤ ε. So a faint
    perturbation, each pixel of which would round to nothing, survives where it is strongest. What it does not
    change stays as it is in ``x``, to the last bit.
    """
    eta, slack = adversarial - x, 1 + 1e-5  # for η that is k/255 but for its last bits
    length = slack * L2().size(eta)
    low, high = torch.zeros_like(length), 2 + 1 / (255 * Linf().size(eta)).clamp_min(1e-6)
    for _ in range(24):
        middle = (low + high) / 2
        rounded = (eta * _column(middle, eta) * 255).round() / 255
        inside = (L2().size(rounded) <= length) & (ball.size(rounded) <= slack * eps)
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    rounded = (eta * _column(low, eta) * 255).round()
    return torch.where(rounded == 0, x, ((x * 255).round() + rounded).clamp(0, 255) / 255)


def _column(values: Tensor, like: Tensor) -> Tensor:
    """(N,) as (N, 1, 1, 1), to broadcast over images."""
    return values.view(-1, *[1] * (like.ndim - 1))


def _uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """In [−1, 1]; drawn on the CPU, so that one seed gives one start on every device."""
    return torch.rand(like.shape, generator=generator, dtype=like.dtype).to(like.device) * 2 - 1
