"""Exercise: what the nearest neighbours have in common."""

import torch
from torch import Tensor

from coursekit.embeddings import purity
from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, clusters, squared
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["NEIGHBOUR_PURITY"]


def _same(x: Tensor, labels: Tensor, k: int) -> Tensor:
    """Whether each of the k nearest others bears the label, (N, k)."""
    nearest = squared(x).fill_diagonal_(torch.inf).topk(k, largest=False).indices
    return (labels[nearest] == labels[:, None]).float()


@mistake(
    "each point as one of its k neighbours",
    "The nearest point to a point is itself, at distance 0: put the diagonal to infinity first.",
)
def _itself(x: Tensor, labels: Tensor, k: int) -> Tensor:
    nearest = squared(x).topk(k, largest=False).indices
    return (labels[nearest] == labels[:, None]).float().mean(1)


@mistake(
    "k neighbours and the point itself",
    "Leave the point itself out of the mean: put the diagonal to infinity, and take k.",
)
def _itself_among_more(x: Tensor, labels: Tensor, k: int) -> Tensor:
    return _itself(x, labels, k + 1)


@mistake("the farthest points", "topk takes the largest: say largest=False.")
def _farthest(x: Tensor, labels: Tensor, k: int) -> Tensor:
    nearest = squared(x).topk(k).indices
    return (labels[nearest] == labels[:, None]).float().mean(1)


@mistake(
    "neighbours by angle instead of distance",
    "Take the Euclidean distance, torch.cdist, of the points as they are.",
)
def _by_angle(x: Tensor, labels: Tensor, k: int) -> Tensor:
    rows = torch.nn.functional.normalize(x, dim=1)
    return _same(rows, labels, k).mean(1)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, dimensions, k in (
        ("three neighbours", 30, 4, 3),
        ("five neighbours", 50, 3, 5),
        ("four neighbours in the plane", 40, 2, 4),
    ):
        generator = draws(name)
        x, labels = clusters(n, dimensions, generator)
        cases.append(Case(name, {"x": x + 1, "labels": labels, "k": k}))
    return cases


NEIGHBOUR_PURITY = Exercise(
    name="neighbour_purity",
    points=2,
    minutes=10,
    reference=purity,
    draw=_cases,
    mistakes=(
        _itself,
        _itself_among_more,
        _farthest,
        mistake("whether most neighbours have the label", "Return the share itself.")(
            lambda x, labels, k: (_same(x, labels, k).mean(1) > 0.5).float()
        ),
        mistake("whether any neighbour has the label", "Return the share of them that do.")(
            lambda x, labels, k: _same(x, labels, k).amax(1)
        ),
        mistake("the number of neighbours instead of their share", "Divide by k.")(
            lambda x, labels, k: _same(x, labels, k).sum(1)
        ),
        mistake("the nearest neighbour alone", "Average over all k.")(
            lambda x, labels, k: _same(x, labels, k)[:, 0]
        ),
        mistake("the share of neighbours with another label", "Count those with the same label.")(
            lambda x, labels, k: 1 - _same(x, labels, k).mean(1)
        ),
        _by_angle,
    ),
    hidden=ANSWERS,
)
