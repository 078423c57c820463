"""What the exercises of this chapter share."""

import torch
from torch import Tensor

__all__ = ["ANSWERS", "clusters", "squared"]

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
