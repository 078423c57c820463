"""Exercise: how often shape wins over texture."""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["SHAPE_SHARE"]


_CLASSES = 6


def _counts(predicted: Tensor, shape: Tensor, texture: Tensor) -> tuple[Tensor, Tensor, int]:
    return (predicted == shape).sum(), (predicted == texture).sum(), len(predicted)


def _share(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    by_shape, by_texture, _ = _counts(predicted, shape, texture)
    return by_shape / (by_shape + by_texture)


@mistake(
    "the share of all pictures instead of the decisions for either cue",
    "A decision for neither cue says nothing about the choice between the two: divide by the number "
    "of decisions for shape or for texture.",
)
def _of_all(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    by_shape, _, n = _counts(predicted, shape, texture)
    return by_shape / n


@mistake("the share of texture", "Put the decisions for shape above the line.")
def _of_texture(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    return 1 - _share(predicted, shape, texture)


@mistake(
    "all decisions that are not for texture, counted as shape",
    "Some are for neither: count only those that name the class of the outline.",
)
def _not_texture(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    _, by_texture, n = _counts(predicted, shape, texture)
    return 1 - by_texture / n


@mistake("the ratio of shape to texture", "That can be more than 1: divide by the sum of both.")
def _ratio(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    by_shape, by_texture, _ = _counts(predicted, shape, texture)
    return by_shape / by_texture


@mistake(
    "the difference of the two shares",
    "Divide the decisions for shape by those for either; nothing is subtracted.",
)
def _difference(predicted: Tensor, shape: Tensor, texture: Tensor) -> Tensor:
    by_shape, by_texture, n = _counts(predicted, shape, texture)
    return (by_shape - by_texture) / n


def _conflicts(draws: Draws) -> list[Case]:
    """Decisions for shape, for texture and for neither, so many of each that their share is no guess."""
    cases = []
    for name, least in {
        "mostly shape": (70, 20, 10),
        "mostly texture": (12, 60, 15),
        "mostly neither": (10, 20, 80),
    }.items():
        generator = draws(name)
        counts = torch.tensor(least) + torch.randint(30, (3,), generator=generator)
        kind = torch.repeat_interleave(torch.arange(3), counts)
        n = len(kind)
        shape = torch.randint(_CLASSES, (n,), generator=generator)
        texture, neither = ((shape + step) % _CLASSES for step in (1, 2))
        turn = torch.randint(2, (n,), generator=generator).bool()
        texture, neither = torch.where(turn, neither, texture), torch.where(turn, texture, neither)
        predicted = torch.stack([shape, texture, neither])[kind, torch.arange(n)]
        mixed = torch.randperm(n, generator=generator)
        columns = {"predicted": predicted, "shape": shape, "texture": texture}
        cases.append(Case(name, {key: column[mixed] for key, column in columns.items()}))
    return cases


SHAPE_SHARE = Exercise(
    name="shape_share",
    points=1,
    minutes=5,
    reference=_share,
    draw=_conflicts,
    mistakes=(_of_all, _of_texture, _not_texture, _ratio, _difference),
    properties=(Property(lambda value, arguments: bool(0 <= value <= 1), "A share lies between 0 and 1."),),
    hidden=ANSWERS,
)
