"""Exercise: how rough a picture is."""

from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["TOTAL_VARIATION"]


def _differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """To the pixel below and to that on the right, wherever both are in the picture."""
    here = x[..., :-1, :-1]
    return x[..., 1:, :-1] - here, x[..., :-1, 1:] - here


def _variation(x: Tensor, power: float) -> Tensor:
    down, across = _differences(x)
    return (down.square() + across.square()).pow(power / 2).mean((1, 2, 3))


def _from(mix: Callable[[Tensor, Tensor, float], Tensor]) -> Callable[..., Tensor]:
    """A mistake of how the two differences become one number each."""
    return lambda x, power: mix(*_differences(x), power).mean((1, 2, 3))


@mistake("the sum instead of the mean", "Take the mean: then a larger picture is no rougher.")
def _sum(x: Tensor, power: float) -> Tensor:
    down, across = _differences(x)
    return (down.square() + across.square()).pow(power / 2).sum((1, 2, 3))


@mistake("one number for the whole batch", "Keep the pictures apart: .mean((1, 2, 3)).")
def _batch(x: Tensor, power: float) -> Tensor:
    return _variation(x, power).mean().expand(len(x))


@mistake(
    "differences round the border",
    "roll joins the last row to the first. Slice instead: x[..., 1:, :-1] − x[..., :-1, :-1].",
)
def _round(x: Tensor, power: float) -> Tensor:
    down, across = x.roll(-1, 2) - x, x.roll(-1, 3) - x
    return (down.square() + across.square()).pow(power / 2).mean((1, 2, 3))


@mistake(
    "each difference by itself, with a mean of its own",
    "Take the pixels that have both neighbours, and add the two squares there.",
)
def _each_way(x: Tensor, power: float) -> Tensor:
    down, across = x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]
    return down.abs().pow(power).mean((1, 2, 3)) + across.abs().pow(power).mean((1, 2, 3))


@mistake(
    "differences between the colours", "A picture is (N, C, H, W): rows are dimension 2, columns dimension 3."
)
def _colours(x: Tensor, power: float) -> Tensor:
    rows, colours = x[:, 1:, :-1] - x[:, :-1, :-1], x[:, :-1, 1:] - x[:, :-1, :-1]
    return (rows.square() + colours.square()).pow(power / 2).mean((1, 2, 3))


@mistake(
    "a sum over the colours before the power",
    "Each colour has its own slope: the mean over colours comes last.",
)
def _distance(x: Tensor, power: float) -> Tensor:
    down, across = _differences(x)
    return (down.square() + across.square()).sum(1).pow(power / 2).mean((1, 2))


def _cases(draws: Draws) -> list[Case]:
    """Pictures of different contrast, else noise is as rough as any other noise."""
    cases = []
    for (name, shape), power in zip(SIZES.items(), (2.0, 1.0, 1.5), strict=True):
        generator = draws(name)
        contrast = 0.3 + 0.7 * torch.rand(shape[0], 1, 1, 1, generator=generator)
        x = contrast * torch.rand(shape, generator=generator)
        cases.append(Case(f"{name}, p = {power}", {"x": x, "power": power}))
    return cases


TOTAL_VARIATION = Exercise(
    name="total_variation",
    points=1,
    minutes=10,
    reference=_variation,
    draw=_cases,
    mistakes=(
        mistake("squares, whatever p", "Raise the sum of the two squares to the power p / 2.")(
            _from(lambda down, across, power: down.square() + across.square())
        ),
        mistake("the power p instead of p / 2", "The squares hold a 2 already: the power is p / 2.")(
            _from(lambda down, across, power: (down.square() + across.square()).pow(power))
        ),
        mistake(
            "each difference raised to p by itself",
            "Add the squares, then take the power p / 2: a slope counts alike whichever way it runs.",
        )(_from(lambda down, across, power: down.abs().pow(power) + across.abs().pow(power))),
        _each_way,
        mistake("the rows alone", "Add the difference to the pixel on the right, along dimension 3.")(
            _from(lambda down, across, power: down.abs().pow(power))
        ),
        mistake("the columns alone", "Add the difference to the pixel below, along dimension 2.")(
            _from(lambda down, across, power: across.abs().pow(power))
        ),
        _colours,
        _distance,
        _sum,
        _batch,
        _round,
    ),
    hidden=ANSWERS,
)
