"""Exercise: how many decisions a tag turns."""

import torch
from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["TAG_FLIPS"]


def _flips(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now == target)[(label != target) & (was != target)].float().mean()


@mistake(
    "the share of all pictures that are called the target with the tag",
    "Pictures of the target, and those that were called it before, are no success of the tag: leave "
    "them out.",
)
def _over_all(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    return (after.argmax(1) == target).float().mean()


@mistake(
    "the share with pictures of the target among them",
    "To call a boat a boat is no mistake: keep only label != target.",
)
def _with_the_class(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now == target)[was != target].float().mean()


@mistake(
    "the share with pictures that were called the target before the tag",
    "The tag did not turn those: keep only what was called something else before.",
)
def _already_there(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    return (after.argmax(1) == target)[label != target].float().mean()


@mistake(
    "the share of decisions that changed, to whatever class",
    "Count those that are called the target afterwards.",
)
def _any_change(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return (now != was)[(label != target) & (was != target)].float().mean()


@mistake(
    "the turned decisions as a share of all pictures",
    "Divide by the number of pictures that could be turned.",
)
def _of_all_pictures(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    was, now = before.argmax(1), after.argmax(1)
    return ((now == target) & (label != target) & (was != target)).float().mean()


@mistake(
    "the share of pictures whose score for the target rises",
    "A decision is the largest score: compare argmax(1) with the target.",
)
def _rises(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    higher = after[:, target] > before[:, target]
    return higher[(label != target) & (before.argmax(1) != target)].float().mean()


@mistake(
    "the mean probability of the target instead of the share of decisions",
    "Count decisions: argmax(1) == target.",
)
def _probability(before: Tensor, after: Tensor, label: Tensor, target: int) -> Tensor:
    kept = (label != target) & (before.argmax(1) != target)
    return after.softmax(1)[kept, target].mean()


def _score_cases(draws: Draws) -> list[Case]:
    """Scores before and after; in each case all ways of counting differ."""
    cases = []
    for name, n, classes in (("400 pictures", 400, 3), ("500 pictures", 500, 4), ("600 pictures", 600, 5)):
        generator = draws(name)
        label = torch.randint(classes, (n,), generator=generator)
        target = int(torch.randint(classes, (), generator=generator))
        before = torch.randn(n, classes, generator=generator)
        before[torch.arange(n), label] += 1.5
        after = before + 0.8 * torch.randn(n, classes, generator=generator)
        after[:, target] += 1.3 + torch.rand((), generator=generator)
        cases.append(Case(name, {"before": before, "after": after, "label": label, "target": target}))
    return cases


TAG_FLIPS = Exercise(
    name="tag_flips",
    points=1,
    minutes=8,
    reference=_flips,
    draw=_score_cases,
    mistakes=(
        _over_all,
        _with_the_class,
        _already_there,
        _any_change,
        _of_all_pictures,
        _rises,
        _probability,
    ),
    hidden=ANSWERS,
)
