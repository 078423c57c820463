"""What the exercises of this chapter share."""

import torch
from torch import Tensor

from coursekit.confounding import stress

__all__ = ["ANSWERS", "crossed", "draw_map", "pair_distances", "sammon"]

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


def sammon(points: Tensor, distances: Tensor) -> Tensor:
    """Sammon's stress, as the package has it."""
    return torch.tensor(stress(points, distances))


def pair_distances(points: Tensor, distances: Tensor) -> tuple[Tensor, Tensor]:
    """Wanted and found distances of every pair, each once."""
    i, j = torch.triu_indices(len(points), len(points), 1)
    return distances[i, j], torch.pdist(points)


def draw_map(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A map (2·n, 2), and the distances of points in five dimensions that it shows badly."""
    truth = torch.randn(2 * n, 5, generator=generator)
    distances = torch.cdist(truth, truth, compute_mode="donot_use_mm_for_euclid_dist")
    distances = (distances + distances.T) / 2
    points = 1.3 * truth[:, :2] + 0.3 * torch.randn(2 * n, 2, generator=generator)
    return points, distances
