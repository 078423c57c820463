"""Exercises: what the wrong lesson costs, and how many decisions a tag turns."""

import torch
from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS, crossed
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["GROUP_ACCURACY", "TAG_FLIPS"]


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


def _by_prediction(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, said)
    return right / there.clamp(min=1)


def _of_all(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[0] / len(said)


def _of_class(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, label)
    return right / there.sum(1, keepdim=True)


def _of_group(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    right, there = _cells(said, label, group, label)
    return right / there.sum(0)


def _counts(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[0]


def _shares(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return _cells(said, label, group, label)[1] / len(said)


def _everywhere(said: Tensor, label: Tensor, group: Tensor) -> Tensor:
    return (said == label).float().mean().expand_as(_accuracy(said, label, group)).clone()


def _decision_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, classes, groups in (
        ("two classes, three kinds of weather", 60, 2, 3),
        ("three classes, two kinds of weather", 80, 3, 2),
        ("four classes, two cameras", 120, 4, 2),
    ):
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
    cases=_decision_cases,
    mistakes=(
        Mistake(
            "the accuracy over everything, in every cell",
            _everywhere,
            "That is the mean that hides the trouble: take the pictures of one cell at a time.",
        ),
        Mistake(
            "the share of what was said that is right, instead of the share of each class",
            _by_prediction,
            "A row is a true class: select by label == k, not by said == k.",
        ),
        Mistake(
            "the right decisions as a share of all pictures",
            _of_all,
            "Divide by the number of pictures in the cell.",
        ),
        Mistake(
            "the right decisions as a share of their class",
            _of_class,
            "Divide by the number of pictures in the cell, of this class and this group.",
        ),
        Mistake(
            "the right decisions as a share of their group",
            _of_group,
            "Divide by the number of pictures in the cell, of this class and this group.",
        ),
        Mistake("the number of right decisions", _counts, "Divide by the number of pictures in the cell."),
        Mistake(
            "the share of pictures in each cell",
            _shares,
            "Average said == label within the cell, rather than count the pictures.",
        ),
    ),
    hidden=ANSWERS,
)


def _flips(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now == target)[(label != target) & (was != target)].float().mean()


def _over_all(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    return (after.argmax(1) == target).float().mean()


def _with_the_class(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now == target)[was != target].float().mean()


def _already_there(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    return (after.argmax(1) == target)[label != target].float().mean()


def _any_change(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now != was)[(label != target) & (was != target)].float().mean()


def _of_all_pictures(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return ((now == target) & (label != target) & (was != target)).float().mean()


def _rises(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    higher = after[:, target] > before[:, target]
    return higher[(label != target) & (before.argmax(1) != target)].float().mean()


def _probability(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    kept = (label != target) & (before.argmax(1) != target)
    return after.softmax(1)[kept, target].mean()


def _score_cases(seed: int) -> list[Case]:
    """Scores before and after; in each case all ways of counting differ."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, classes in (("40 pictures", 40, 3), ("64 pictures", 64, 4), ("90 pictures", 90, 5)):
        label = torch.randint(classes, (n,), generator=generator)
        target = int(torch.randint(classes, (), generator=generator))
        before = torch.randn(n, classes, generator=generator)
        before[torch.arange(n), label] += 1.5
        after = before + 0.8 * torch.randn(n, classes, generator=generator)
        after[:, target] += 1.8
        cases.append(Case(name, {"before": before, "after": after, "label": label, "target": target}))
    return cases


TAG_FLIPS = Exercise(
    name="tag_flips",
    points=1,
    minutes=8,
    reference=_flips,
    cases=_score_cases,
    mistakes=(
        Mistake(
            "the share of all pictures that are called the target with the tag",
            _over_all,
            "Pictures of the target, and those that were called it before, are no success of the tag: leave "
            "them out.",
        ),
        Mistake(
            "the share with pictures of the target among them",
            _with_the_class,
            "To call a boat a boat is no mistake: keep only label != target.",
        ),
        Mistake(
            "the share with pictures that were called the target before the tag",
            _already_there,
            "The tag did not turn those: keep only what was called something else before.",
        ),
        Mistake(
            "the share of decisions that changed, to whatever class",
            _any_change,
            "Count those that are called the target afterwards.",
        ),
        Mistake(
            "the turned decisions as a share of all pictures",
            _of_all_pictures,
            "Divide by the number of pictures that could be turned.",
        ),
        Mistake(
            "the share of pictures whose score for the target rises",
            _rises,
            "A decision is the largest score: compare argmax(1) with the target.",
        ),
        Mistake(
            "the mean probability of the target instead of the share of decisions",
            _probability,
            "Count decisions: argmax(1) == target.",
        ),
    ),
    hidden=ANSWERS,
)
