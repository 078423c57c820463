"""What the exercises of this chapter share."""

import torch
from torch import Tensor

__all__ = ["ANSWERS", "crossed"]

ANSWERS = ("coursekit.confounding", "coursekit.exercises.confounders", "coursekit.datasets.recordings")


def crossed(
    n: int, classes: int, groups: int, generator: torch.Generator, lean: float = 0.6
) -> tuple[Tensor, Tensor]:
    """Draw classes and confounders (n,) that go along with each other, each combination at least once."""
    every = torch.cartesian_prod(torch.arange(classes), torch.arange(groups))
    # Some classes and some confounders are rarer than others, so that no share can stand in for another.
    label = torch.multinomial(1.0 / torch.arange(1, classes + 1), n, replacement=True, generator=generator)
    free = torch.multinomial(1.0 / torch.arange(2, groups + 2), n, replacement=True, generator=generator)
    follows = torch.rand(n, generator=generator) < lean
    confounder = torch.where(follows, label % groups, free)
    both = torch.cat([every, torch.stack([label, confounder], 1)])[
        torch.randperm(n + len(every), generator=generator)
    ]
    return both[:, 0].clone(), both[:, 1].clone()
