"""Exercise: t-SNE's affinities, of pairs."""

import torch
from torch import Tensor

from coursekit.exercises.embeddings.cases import ANSWERS, affinities, clusters
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["JOINT_AFFINITIES"]


def _joint(p: Tensor) -> Tensor:
    return (p + p.T) / (2 * len(p))


def _joint_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n in (("six points", 6), ("fifteen points", 15), ("thirty points", 30)):
        x, _ = clusters(n, 4, generator)
        sigma = 0.6 + 1.5 * torch.rand(n, generator=generator)
        cases.append(Case(name, {"p": affinities(x, sigma)}))
    return cases


JOINT_AFFINITIES = Exercise(
    name="joint_affinities",
    points=1,
    minutes=5,
    reference=_joint,
    cases=_joint_cases,
    mistakes=(
        Mistake(
            "affinities that are not symmetrised",
            lambda p: p / len(p),
            "p(i, j) is p(j, i): add the transposed matrix.",
        ),
        Mistake(
            "the mean of both directions, not divided by the number of points",
            lambda p: (p + p.T) / 2,
            "All of them add up to 1: each of N rows brings 1, so divide by N too.",
        ),
        Mistake(
            "a sum over pairs of 2 instead of 1",
            lambda p: (p + p.T) / len(p),
            "Each pair is counted in both directions: divide by 2 N.",
        ),
        Mistake(
            "the product of both directions",
            lambda p: p * p.T / (p * p.T).sum(),
            "A point that nobody chooses would drop out: add them.",
        ),
        Mistake(
            "the geometric mean of both directions",
            lambda p: (p * p.T).sqrt() / (p * p.T).sqrt().sum(),
            "A point that nobody chooses would drop out: add them.",
        ),
        Mistake(
            "the larger of both directions",
            lambda p: torch.maximum(p, p.T) / torch.maximum(p, p.T).sum(),
            "Add both directions.",
        ),
    ),
    hidden=ANSWERS,
)
