"""Exercise: what the wrong lesson costs, by class and group."""

import torch
from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS, crossed
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["GROUP_ACCURACY"]


def _table(rows: Tensor, columns: Tensor, like: Tensor, weight: Tensor) -> Tensor:
    """Sums of ``weight`` in the cells of a table as large as the one that ``like`` says."""
    table = torch.zeros(like.tolist())
    return table.index_put_((rows, columns), weight, accumulate=True)


def _cells(said: Tensor, label: Tensor, group: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """How many decisions are right, and how many there are, by ``rows`` and group."""
    size = torch.stack([label.max() + 1, group.max() + 1])
    right = (said == label).float()
    return _table(rows, group, size, right), _table(rows, group, size, torch.ones(len(said)))


def _accuracy(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, label)
    return right / there


@mistake(
    "the share of what was said that is right, instead of the share of each class",
    "A row is a true class: select by label == k, not by said == k.",
)
def _by_prediction(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, said)
    return right / there.clamp(min=1)


@mistake("the right decisions as a share of all pictures", "Divide by the number of pictures in the cell.")
def _of_all(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[0] / len(said)


@mistake(
    "the right decisions as a share of their class",
    "Divide by the number of pictures in the cell, of this class and this group.",
)
def _of_class(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, label)
    return right / there.sum(1, keepdim=True)


@mistake(
    "the right decisions as a share of their group",
    "Divide by the number of pictures in the cell, of this class and this group.",
)
def _of_group(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, label)
    return right / there.sum(0)


@mistake("the number of right decisions", "Divide by the number of pictures in the cell.")
def _counts(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[0]


@mistake(
    "the share of pictures in each cell",
    "Average said == label within the cell, rather than count the pictures.",
)
def _shares(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[1] / len(said)


@mistake(
    "the accuracy over everything, in every cell",
    "That is the mean that hides the trouble: take the pictures of one cell at a time.",
)
def _everywhere(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return (said == label).float().mean().expand_as(_accuracy(said, label, group)).clone()


def _decision_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, classes, groups in (
        ("two classes, three kinds of weather", 60, 2, 3),
        ("three classes, two kinds of weather", 80, 3, 2),
        ("four classes, two cameras", 120, 4, 2),
    ):
        generator = draws(name)
        label, group = crossed(n, classes, groups, generator)
        wrong = torch.rand(len(label), generator=generator) < 0.15 + 0.5 * group / groups
        said = torch.where(wrong, (label + 1) % classes, label)
        cases.append(Case(name, {"said": said, "label": label, "group": group}))
    return cases


GROUP_ACCURACY = Exercise(
    name="group_accuracy",
    points=1,
    minutes=8,
    reference=_accuracy,
    draw=_decision_cases,
    mistakes=(_everywhere, _by_prediction, _of_all, _of_class, _of_group, _counts, _shares),
    hidden=ANSWERS,
)
