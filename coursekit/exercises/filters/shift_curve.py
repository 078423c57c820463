"""Exercise: what a score does while the picture moves."""

import torch
from torch import Tensor, nn

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.filters.cases import ANSWERS
from coursekit.exercises.saliency.cases import picture_cases

__all__ = ["SHIFT_CURVE"]


def _curve(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    moved = [model(x.roll(step, dims=3)) for step in range(steps)]
    return torch.stack([scores[torch.arange(len(x)), target] for scores in moved], 1).detach()


@mistake(
    "a shift of the rows instead of the columns",
    "The picture should move to the right: columns are dimension 3.",
)
def _along_rows(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    return _curve_of(model, [x.roll(step, dims=2) for step in range(steps)], target)


def _curve_of(model: nn.Module, pictures: list[Tensor], target: Tensor) -> Tensor:
    rows = torch.arange(len(target))
    return torch.stack([model(moved)[rows, target] for moved in pictures], 1).detach()


@mistake("a shift to the left", "roll by a number above 0 moves to the right.")
def _to_the_left(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    return _curve_of(model, [x.roll(-step, dims=3) for step in range(steps)], target)


@mistake("probabilities instead of scores", "A softmax near 1 hides every change. Take the score before it.")
def _probabilities(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    rows = torch.arange(len(target))
    return torch.stack([model(x.roll(s, dims=3)).softmax(1)[rows, target] for s in range(steps)], 1).detach()


@mistake("a curve that starts at one pixel", "The first value is that of the unmoved picture.")
def _from_one(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    return _curve_of(model, [x.roll(step + 1, dims=3) for step in range(steps)], target)


@mistake(
    "a roll over all dimensions at once",
    "Without dims, roll takes the batch as one long row of numbers: say dims=3.",
)
def _flat(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    return _curve_of(model, [x.roll(step) for step in range(steps)], target)


@mistake("the strongest class at each step", "Follow one class, the target, through all steps.")
def _strongest(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    return torch.stack([model(x.roll(step, dims=3)).amax(1) for step in range(steps)], 1).detach()


@mistake(
    "each step on top of the last",
    "Shift the original by 0, 1, 2 … pixels, or the last picture by one; not the last by ever more.",
)
def _further_and_further(model: nn.Module, x: Tensor, target: Tensor, steps: int) -> Tensor:
    pictures = [x]
    for step in range(1, steps):
        pictures.append(pictures[-1].roll(step, dims=3))
    return _curve_of(model, pictures, target)


def _cases(draws: Draws) -> list[Case]:
    counts = iter((5, 6, 4, 7))
    return picture_cases(draws, steps=lambda *_: next(counts))


SHIFT_CURVE = Exercise(
    name="shift_curve",
    points=1,
    minutes=10,
    reference=_curve,
    draw=_cases,
    mistakes=(_along_rows, _to_the_left, _probabilities, _from_one, _flat, _strongest, _further_and_further),
    hidden=ANSWERS,
)
