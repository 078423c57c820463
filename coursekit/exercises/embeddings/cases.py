"""What the exercises of this chapter share."""

import torch
from torch import Tensor

__all__ = ["ANSWERS", "affinities", "clusters", "nats", "perplexity", "squared"]

ANSWERS = ("coursekit.embeddings", "coursekit.exercises.embeddings", "sklearn")


def squared(x: Tensor) -> Tensor:
    """Squared distances between all rows, (N, N)."""
    return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").square()


def clusters(
    n: int, dimensions: int, generator: torch.Generator, *, groups: int = 3
) -> tuple[Tensor, Tensor]:
    """Draw points (n, D) of overlapping groups, some narrow and some wide, and their numbers (n,)."""
    group = torch.randint(groups, (n,), generator=generator)
    middle = 1.5 * torch.randn(groups, dimensions, generator=generator)
    width = torch.linspace(0.4, 1.2, groups)
    x = middle[group] + width[group, None] * torch.randn(n, dimensions, generator=generator)
    return x, group


def affinities(x: Tensor, sigma: Tensor) -> Tensor:
    """p_{j|i} (N, N) for widths (N,)."""
    return (-squared(x).fill_diagonal_(torch.inf) / (2 * sigma[:, None] ** 2)).softmax(1)


def nats(p: Tensor) -> Tensor:
    """The entropy of each row in nats."""
    return torch.special.entr(p).sum(1)


def perplexity(p: Tensor) -> Tensor:
    """The perplexity of each row."""
    return nats(p).exp()
