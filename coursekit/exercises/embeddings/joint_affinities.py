"""Exercise: t-SNE's affinities, of pairs."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, affinities, clusters
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["JOINT_AFFINITIES"]


def _joint(p: Tensor) -> Tensor:
    return (p + p.T) / (2 * len(p))


def _joint_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n in (("six points", 6), ("fifteen points", 15), ("thirty points", 30)):
        generator = draws(name)
        x, _ = clusters(n, 4, generator)
        sigma = 0.6 + 1.5 * torch.rand(n, generator=generator)
        cases.append(Case(name, {"p": affinities(x, sigma)}))
    return cases


JOINT_AFFINITIES = Exercise(
    name="joint_affinities",
    points=1,
    minutes=5,
    reference=_joint,
    draw=_joint_cases,
    mistakes=(
        mistake("affinities that are not symmetrised", "p(i, j) is p(j, i): add the transposed matrix.")(
            lambda p: p / len(p)
        ),
        mistake(
            "the mean of both directions, not divided by the number of points",
            "All of them add up to 1: each of N rows brings 1, so divide by N too.",
        )(lambda p: (p + p.T) / 2),
        mistake(
            "a sum over pairs of 2 instead of 1", "Each pair is counted in both directions: divide by 2 N."
        )(lambda p: (p + p.T) / len(p)),
        mistake("the product of both directions", "A point that nobody chooses would drop out: add them.")(
            lambda p: p * p.T / (p * p.T).sum()
        ),
        mistake(
            "the geometric mean of both directions", "A point that nobody chooses would drop out: add them."
        )(lambda p: (p * p.T).sqrt() / (p * p.T).sqrt().sum()),
        mistake("the larger of both directions", "Add both directions.")(
            lambda p: torch.maximum(p, p.T) / torch.maximum(p, p.T).sum()
        ),
    ),
    hidden=ANSWERS,
)
