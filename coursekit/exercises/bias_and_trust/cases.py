"""What the exercises of this chapter share: cases, rates and correlations."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Property

__all__ = [
    "ANSWERS",
    "ARE_SHARES",
    "by_group",
    "correlation",
    "decision_cases",
    "given_prediction",
    "ranks",
    "rates",
    "ratio",
    "spearman",
    "table",
]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.core.targets",
    "coursekit.fairness",
    "coursekit.exercises.bias_and_trust",
    "scipy.stats",
)


def ratio(above: Tensor, below: Tensor) -> Tensor:
    """How many of ``below`` are ``above``."""
    return above.sum() / below.sum()


def by_group(groups: Tensor) -> list[Tensor]:
    """Which decisions belong to each group."""
    return [groups == g for g in range(int(groups.max()) + 1)]


def table(rows: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Rows of two shares as a matrix."""
    return torch.stack([torch.stack(row) for row in rows])


def rates(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    """The rates of true and false positives of each group, (G, 2)."""
    said, true = predicted == 1, labels == 1
    return table(
        [
            (ratio(here & true & said, here & true), ratio(here & ~true & said, here & ~true))
            for here in by_group(groups)
        ]
    )


def given_prediction(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    """The same shares of what was said: precision, and what it lacks to 1."""
    said, true = predicted == 1, labels == 1
    return table(
        [
            (ratio(here & true & said, here & said), ratio(here & ~true & said, here & said))
            for here in by_group(groups)
        ]
    )


def decision_cases(draws: Draws) -> list[Case]:
    """Groups of different sizes and base rates, on which a net errs in different ways."""
    cases = []
    for name, count in {"two groups": 2, "three groups": 3, "four groups": 4}.items():
        generator = draws(name)
        parts = []
        for group in range(count):
            n = int(torch.randint(20, 60, (), generator=generator))
            base, hit, alarm = torch.rand(3, generator=generator) * 0.5 + torch.tensor([0.25, 0.4, 0.05])
            labels = (torch.rand(n, generator=generator) < base).long()
            labels[:4] = torch.tensor([0, 1, 0, 1])  # so that every rate has pictures to be taken of
            said = torch.rand(n, generator=generator) < torch.where(labels == 1, hit, alarm)
            said[:2] = True  # … and every precision
            parts.append((said.long(), labels, torch.full((n,), group)))
        predicted, labels, groups = (torch.cat(column) for column in zip(*parts, strict=True))
        mixed = torch.randperm(len(labels), generator=generator)
        arguments = {"predicted": predicted[mixed], "labels": labels[mixed], "groups": groups[mixed]}
        cases.append(Case(name, arguments))
    return cases


ARE_SHARES = Property(
    lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()), "Shares lie between 0 and 1."
)


def correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson's correlation of rows (N, K)."""
    a, b = (values - values.mean(1, keepdim=True) for values in (a, b))
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))


def ranks(values: Tensor) -> Tensor:
    """Each value's place within its row, from the least."""
    return values.argsort(1).argsort(1).to(torch.float32)


def spearman(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's ρ of maps (N, H, W) without ties."""
    return correlation(ranks(first.flatten(1)), ranks(second.flatten(1)))
